"""Two models on the same held-out days, in each segment, and what chance does to the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from recommender.training.learned import Models
from sync.cloud.retraining.comparison import _comparison, _segments
from tests.unit.recommender.training.tables import table


@dataclass
class Said:
    """Says what was right, and a little more for some members."""

    answers: np.ndarray[Any, Any]
    off: float
    personal: None = None

    def predict(self, values: np.ndarray[Any, Any], *_rest: Any) -> np.ndarray[Any, Any]:
        return np.resize(self.answers, (len(values), self.answers.shape[1])).astype(np.float32) + self.off


def models(off: float) -> Models:
    return Models(Said(np.array([[45.0, 3.0]]), off), Said(np.array([[0.4, 0.5, 6.0]]), off))


def test_every_segment_is_judged_by_the_same_figures() -> None:
    dataset = table(members=30, days=12)
    names = [name for name, _ in _segments(dataset)]
    assert names == ["all", "sex=female", "sex=male", "age_band=30_to_44", "level=beginner"]
    parts = dict(_segments(dataset))
    assert len(parts["sex=female"]) + len(parts["sex=male"]) == len(dataset) == len(parts["all"])


def test_who_is_always_further_off_is_so_by_no_chance() -> None:
    found = _comparison("all", table(members=40, days=12), [models(3.0), models(0.0)])
    changes = found.changes()
    assert changes["rpe"] > 0.3
    assert 0 < found.chance["rpe"] < 0.3 * changes["rpe"]
    assert found.members == 40


def test_who_is_the_same_differs_by_nothing() -> None:
    found = _comparison("all", table(members=20, days=12), [models(0.1), models(0.1)])
    assert set(found.changes().values()) == {0.0}
    assert found.chance == pytest.approx(dict.fromkeys(found.changes(), 0.0))
