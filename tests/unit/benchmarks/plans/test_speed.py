"""The straightforward way to Shapley values comes to the same as ours; figures are told with ratios."""

from typing import Any

import numpy as np
import pytest

from benchmarks.plans import speed
from benchmarks.plans.timing import Timing
from recommender.explanation.attribution import attribute


class Model:
    """Says something of every feature, and nothing that is a sum of them."""

    background = (np.linspace(0, 1, 30, dtype=np.float32).reshape(3, 10), np.zeros((3, 10), np.bool_))

    def predict(self, values: Any, imputed: Any) -> Any:
        whole = values.prod(axis=1, keepdims=True) + values @ np.arange(10.0)[:, None] + imputed[:, :1]
        return np.hstack([whole, np.tanh(whole)])


def test_shapley_values_one_by_one_are_the_same() -> None:
    (case,), model = speed.cases(1), Model()
    ours = attribute(case.features, model.predict, model.background).parts
    assert np.allclose(speed.one_by_one(case, model), ours, atol=1e-4)  # type: ignore[arg-type]  # a played one
    speed.require_alike(case, model)  # type: ignore[arg-type]


def test_two_ways_that_differ_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "one_by_one", lambda *_: np.ones((10, 2)))
    with pytest.raises(RuntimeError, match="differ"):
        speed.require_alike(speed.cases(1)[0], Model())  # type: ignore[arg-type]


def test_speed_is_told_with_ratios() -> None:
    names = (speed.WHOLE, speed.MODEL, speed.ALONE, speed.EXACT, speed.ONE_BY_ONE)
    figures = {
        name: Timing(median_ms, 9.0, 1.0, 3) for name, median_ms in zip(names, (10, 2, 1, 4, 40), strict=True)
    }
    assert list(speed.ratios(figures).values()) == [10.0, 2.0, 0.5]
    text = "\n".join(speed.table(figures))
    assert "whole plan" in text
    assert "a call for each coalition, times ours: 10.00" in text
