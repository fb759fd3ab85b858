from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recommender.personal import FIXED, UNMOVED, Personal
from recommender.training.dataset import PHASE_INTENSITIES, Dataset
from recommender.training.evaluation import evaluate_intensity
from recommender.training.personal_fit import fit, shrinkage_of
from tests.unit.recommender.training.tables import table

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Model:
    """Says the minutes of the last week, and the same intensity to everybody."""

    personal: Personal = FIXED

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        del imputed
        return np.stack([values[:, 2], np.full(len(values), 3.0)], axis=1).astype(np.float32)


def people(between: float, within: float, members: int = 200, days: int = 30) -> Dataset:
    """Whom the same intensity suits less or more by `between`; a rating is off by `within`."""
    chance = np.random.default_rng(4)
    rows = table(members, days)
    rows.values[:, -1] = 0
    told = ~np.isnan(rows.target[:, 1])
    suits = 3.0 + np.repeat(chance.normal(0, between, members), days) + chance.normal(0, within, len(rows))
    rows.target[:, 1] = np.where(told, suits, np.nan)
    rows.wanted[:] = PHASE_INTENSITIES[0]
    rows.ease[:] = rows.target[:, 1] - PHASE_INTENSITIES[0]
    return rows


def surprises(rows: Dataset) -> NDArray[np.float64]:
    return np.asarray(rows.target[:, 1] - 3.0, dtype=np.float64)


@pytest.mark.parametrize(("between", "within"), [(0.5, 0.5), (0.25, 0.5), (0.6, 0.2)])
def test_variances_are_found_again(between: float, within: float) -> None:
    rows = people(between, within)
    assert shrinkage_of(surprises(rows), rows) == pytest.approx((within / between) ** 2, rel=0.25)


def test_people_who_do_not_differ_are_left_alone() -> None:
    rows = people(0.0, 0.5)
    assert shrinkage_of(surprises(rows), rows) > 50
    once = rows.take(np.arange(0, len(rows), 30))
    assert shrinkage_of(surprises(once), once) == UNMOVED
    assert shrinkage_of(np.full(len(rows), np.nan), rows) == UNMOVED


def test_people_get_known_and_the_band_is_as_wide_as_it_takes() -> None:
    rows = people(0.5, 0.3)
    alone = evaluate_intensity(Model(), rows)
    most = 0.5 * alone.swing[0], 0.05
    model = Model(fit(Model(), rows, rows, most))
    found = evaluate_intensity(model, rows)
    assert found.error[1] < 0.8 * alone.error[1]
    assert 0.9 * most[0] < found.swing[0] <= most[0] + 1e-9
    assert found.swing[1] <= most[1] + 1e-9
    narrower = replace(model.personal, band=(0.8 * model.personal.band[0], model.personal.band[1]))
    assert evaluate_intensity(Model(narrower), rows).swing[0] > most[0]


def test_a_band_is_no_wider_for_what_was_said_four_weeks_ago() -> None:
    """Within a band that holds every step, answers are those of the oldest day, which is another each day."""
    rows = people(0.5, 0.3, members=60, days=70)
    rows.values[:, 2] = np.random.default_rng(2).normal(60, 1.2, len(rows))
    wanted = 0.3 * evaluate_intensity(Model(), rows).swing[0]
    model = Model(fit(Model(), rows, rows, (wanted, 1.0)))
    assert model.personal.band[0] < 3
    assert evaluate_intensity(model, rows).swing[0] <= wanted + 1e-9


def test_where_nothing_swings_there_is_no_band() -> None:
    rows = people(0.5, 0.3, members=20)
    rows.values[:, 2] = 40
    assert fit(Model(), rows, rows, (1.0, 1.0)).band == pytest.approx((0.0, 0.0), abs=0.06)
