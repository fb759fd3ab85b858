"""Every day of a table; that it is what a box says of one day is tested in `test_prescribing.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender.personal import FIXED, Personal, habit
from recommender.training.everyday import last_weeks, prescribed, surprises
from tests.unit.recommender.training.tables import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.training.dataset import Dataset


@dataclass(frozen=True)
class Model:
    """Says the minutes of the last week, and more intensity in a later phase and after good nights."""

    personal: Personal | None

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        points = 1.5 + 0.2 * values[:, 9] + values[:, 6] + 0.1 * imputed[:, 0]
        return np.stack([values[:, 2], points], axis=1).astype(np.float32)


KNOWS = Personal(2.0, 10.0, (1.0, 0.1))


def said(rows: Dataset, personal: Personal | None) -> NDArray[np.float64]:
    return prescribed(Model(personal), rows)


def test_the_network_alone_is_within_the_limits_of_goals() -> None:
    rows = table(3, days=5)
    rows.wanted[:] -= 0.5
    network = Model(None).predict(rows.values, rows.imputed).clip([10, 1], [120, 5])
    np.testing.assert_allclose(said(rows, FIXED), (network - [0, 0.5]).clip([10, 1], [120, 5]), atol=1e-5)
    np.testing.assert_allclose(said(rows, None), Model(None).predict(rows.values, rows.imputed))


def test_nobody_is_told_by_what_another_did() -> None:
    rows = table(4, days=30)
    alone = [said(rows.take(rows.member == each), KNOWS) for each in range(4)]
    np.testing.assert_allclose(said(rows, KNOWS), np.concatenate(alone))


def test_what_comes_later_changes_nothing_before() -> None:
    rows = table(1, days=40)
    before = said(rows, KNOWS)
    rows.ease[20:] += 2.0
    rows.values[25:, 6] = 0.3
    np.testing.assert_allclose(said(rows, KNOWS)[:21], before[:21])
    assert np.abs(said(rows, KNOWS)[21:] - before[21:]).max() > 0.1


def test_four_weeks_are_looked_back_however_few_rows_they_have() -> None:
    rows = table(1, days=6)
    rows.day[:] = (700, 702, 720, 728, 729, 800)
    [(member, weeks, habits)] = last_weeks(Model(FIXED), FIXED, rows)
    assert (member.start, member.stop, weeks.shape, habits.shape) == (0, 6, (6, 29, 2), (6, 29))
    minutes = rows.values[:, 2]
    for row, seen in enumerate([[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [1, 2, 3, 4], [5]]):
        expected = [minutes[seen[0]]] * (29 - len(seen)) + [minutes[each] for each in seen]
        np.testing.assert_allclose(weeks[row, :, 0], expected, atol=1e-4)


def test_a_workout_that_nobody_rated_is_a_habit_too() -> None:
    rows = table(1, days=40)
    rows.trained[:] = rows.day % 7 == 0
    rows.ease[:] = np.nan
    [(_, _, habits)] = last_weeks(Model(FIXED), FIXED, rows)
    np.testing.assert_array_equal(habits[-1], habit(rows.day[-29:], rows.day[rows.trained]))
    assert habits[-1].max() > 2 * habits[-1].min()


def test_a_surprise_is_what_suited_the_phase_less_what_was_said() -> None:
    rows = table(2, days=10)
    rows.wanted[:] -= 0.25
    rows.target[:, 1] -= 0.25  # the goal asks for less: that is no surprise
    expected = rows.network_target[:, 1] - Model(None).predict(rows.values, rows.imputed)[:, 1]
    found = surprises(Model(None), rows)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.isnan(found).tolist() == np.isnan(rows.target[:, 1]).tolist()


def test_an_empty_table_has_no_answers() -> None:
    assert said(table(1, days=2).take(np.zeros(0, int)), KNOWS).shape == (0, 2)
