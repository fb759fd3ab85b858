from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recommender.training.evaluation import (
    calibration_error,
    evaluate,
    evaluate_effect,
    evaluate_intensity,
)
from recommender.training.learned import Models
from tests.unit.recommender.training.tables import table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.training.dataset import Dataset


class Says:
    """The same to everybody, whatever is asked."""

    personal = None

    def __init__(self, *answer: float) -> None:
        self._answer = answer

    def predict(self, values: NDArray[np.float32], *_: object) -> NDArray[np.float32]:
        return np.tile(np.array(self._answer, np.float32), (len(values), 1))


def by_hand() -> Dataset:
    rows = table(2, days=3)
    rows.values[:, -1] = 0
    rows.target[:] = [[40.0, 3.0], [50.0, 3.0], [np.nan, np.nan], [60.0, 2.0], [60.0, 4.0], [60.0, 3.0]]
    rows.segments["sex"][:] = ["female"] * 3 + ["male"] * 3
    return replace(rows, rules=(rows.target + np.array([2, 0.5])).astype(np.float32))


def test_errors_by_hand() -> None:
    found = evaluate_intensity(Says(50, 3), by_hand())
    assert found.days == 5
    assert found.error == pytest.approx((8.0, 0.4))
    assert found.rules == pytest.approx((2.0, 0.5))
    assert found.mean == pytest.approx(((14 + 4 + 6 + 6 + 6) / 5, 0.4))
    assert found.swing == (0.0, 0.0)
    assert found.segments["sex=female"].error == pytest.approx((5.0, 0.0))
    assert found.segments["sex=male"].error == pytest.approx((10.0, 2 / 3))
    assert found.segments["sex=male"].members == 1


def test_a_swing_by_hand() -> None:
    class Follows(Says):
        def predict(self, values: NDArray[np.float32], *_: object) -> NDArray[np.float32]:
            return values[:, [2, 6]]

    rows = by_hand()
    rows.values[:, 2] = [40, 50, 45, 10, 10, 16]
    rows.values[:, 6] = 0.5
    assert evaluate_intensity(Follows(), rows).swing == pytest.approx(((10 + 5 + 0 + 6) / 4, 0.0))


def test_what_really_suits_by_hand() -> None:
    rows = by_hand()
    rows.truth[:] = rows.target + np.array([1, 0.25])
    found = evaluate_intensity(Says(50, 3), rows).truth
    assert found is not None
    assert found.error == pytest.approx(((9 + 1 + 11 + 11 + 11) / 5, (0.25 * 3 + 0.75 + 1.25) / 5))
    assert found.rules == pytest.approx((1.0, 0.25))
    assert found.mean == evaluate_intensity(Says(50, 3), rows).mean
    assert found.floor == pytest.approx((1.0, 0.25))
    rows.truth[0] = np.nan
    assert evaluate_intensity(Says(50, 3), rows).truth is None  # as of real people


def test_each_answer_swings_by_itself() -> None:
    found = evaluate_intensity(Says(50, 3), by_hand())
    steady, lively = replace(found, swing=(1.0, 0.3)), replace(found, swing=(4.0, 0.1))
    assert steady.swing_shares(lively) == pytest.approx((0.25, 3.0))
    assert found.swing_shares(found) == (0.0, 0.0)
    assert steady.swing_shares(found) == (1.0, 1.0)


def test_rules_that_nobody_knows_are_no_baseline() -> None:
    rows = by_hand()
    rows.rules[0] = np.nan
    assert evaluate_intensity(Says(50, 3), rows).rules is None


def test_effects_by_hand() -> None:
    rows = table(1, days=4)
    rows.outcome[:] = [[0.2, 1, 4], [0.4, 0, 6], [np.nan, 1, 8], [np.nan, np.nan, np.nan]]
    found = evaluate_effect(Says(0.4, 0.5, 6), rows)
    assert found.workouts == 3
    assert found.effect == pytest.approx(0.1)
    assert found.effect_mean == pytest.approx(0.1)
    assert found.completion == pytest.approx(0.25)
    assert found.completion_mean == pytest.approx(2 / 9)
    assert found.rpe == pytest.approx(4 / 3)


def test_a_perfect_probability_is_calibrated_and_a_wrong_one_is_not() -> None:
    rng = np.random.default_rng(1)
    said = rng.random(20_000)
    happened = (rng.random(20_000) < said).astype(float)
    perfect, wrong = calibration_error(said, happened), calibration_error(said**3, happened)
    assert perfect is not None
    assert wrong is not None
    assert perfect < 0.02
    assert wrong > 0.15
    assert calibration_error(said[:0], happened[:0]) is None


def test_nothing_to_judge_by_is_said() -> None:
    rows = table(2, days=3)
    rows.target[:] = np.nan
    with pytest.raises(ValueError, match="a made-up table: no day"):
        evaluate_intensity(Says(50, 3), rows)
    rows.outcome[:] = np.nan
    with pytest.raises(ValueError, match="no workout"):
        evaluate_effect(Says(0, 0, 0), rows)


def test_both_together_are_json() -> None:
    found = evaluate(Models(Says(50, 3), Says(0.4, 0.5, 6)), table())
    assert json.loads(json.dumps(found.to_json()))["intensity"]["days"] == found.intensity.days
