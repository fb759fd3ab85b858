from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recommender.personal import FIXED, Personal, steadied

STEADY = Personal(shrinkage=2.0, half_life_days=1e6, band=(2.0, 0.2))
POINTS = st.floats(-3, 3, width=32)
BANDS = st.tuples(st.floats(0, 5), st.floats(0, 1))
ANSWERS = arrays.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=POINTS)


def intercept(personal: Personal, days_ago: list[int], surprises: list[float]) -> float:
    rated = 1000 - np.array(days_ago, np.int64)
    [found] = personal.intercepts(np.array([1000]), rated, np.array(surprises, np.float64))
    return float(found)


@given(
    surprises=st.lists(POINTS, min_size=1, max_size=12),
    noise=st.floats(0.1, 5),
    between=st.floats(0.1, 5),
)
def test_it_is_the_best_linear_unbiased_prediction(
    surprises: list[float], noise: float, between: float
) -> None:
    """Held against Henderson's equations for one person: the covariance of all that they said, solved."""
    count = len(surprises)
    covariance = noise * np.eye(count) + between
    expected = between * np.linalg.solve(covariance, surprises).sum()
    personal = Personal(noise / between, 1e9, (0.0, 0.0))
    assert intercept(personal, [7] * count, surprises) == pytest.approx(expected, abs=1e-6)


@given(
    told=st.lists(st.tuples(st.integers(1, 28), POINTS), min_size=1, max_size=12), half_life=st.floats(3, 60)
)
def test_it_says_no_more_than_the_ratings_do(told: list[tuple[int, float]], half_life: float) -> None:
    days_ago, surprises = [day for day, _ in told], [surprise for _, surprise in told]
    found = intercept(Personal(2.0, half_life, (0.0, 0.0)), days_ago, surprises)
    assert min(0.0, *surprises) - 1e-9 <= found <= max(0.0, *surprises) + 1e-9
    assert abs(intercept(FIXED, days_ago, surprises)) < 1e-6


def test_only_the_weeks_before_a_day_count_and_the_latest_most() -> None:
    assert intercept(STEADY, [0, -1, 29], [1.0, 1.0, 1.0]) == 0.0
    assert intercept(STEADY, [], []) == 0.0
    assert intercept(STEADY, [28], [1.0]) == pytest.approx(1 / 3, abs=1e-4)
    forgets = Personal(2.0, 7.0, (0.0, 0.0))
    assert intercept(forgets, [1, 15], [1.0, -1.0]) > 0 > intercept(forgets, [1, 15], [-1.0, 1.0])
    assert intercept(forgets, [7], [1.0]) == pytest.approx(0.5 / 2.5)


@given(said=ANSWERS, band=BANDS)
def test_a_steady_answer_is_never_further_off_than_the_band(
    said: np.ndarray[Any, Any], band: tuple[float, float]
) -> None:
    assert (np.abs(steadied(said, band) - said[-1]) <= np.array(band) + 1e-9).all()
    np.testing.assert_allclose(steadied(said, (0.0, 0.0)), said[-1], atol=1e-9)


@given(said=ANSWERS, band=BANDS)
def test_steady_answers_swing_less(said: np.ndarray[Any, Any], band: tuple[float, float]) -> None:
    answers = np.array([steadied(said[: day + 1], band) for day in range(len(said))])
    swing, before = (np.abs(np.diff(each, axis=0)).sum(axis=0) for each in (answers, said))
    assert (swing <= before + 1e-9).all()


@given(yesterday=POINTS, said=POINTS, price=st.floats(0, 1))
def test_the_step_is_what_costs_least(yesterday: float, said: float, price: float) -> None:
    """Half the squared distance from what is said, and the price of the step: no other answer costs less."""
    [found, _] = steadied(np.array([[yesterday, 0.0], [said, 0.0]]), (price, 0.0))

    def cost(answer: Any) -> Any:
        return (answer - said) ** 2 / 2 + price * np.abs(answer - yesterday)

    others = np.append(np.linspace(-4, 4, 801), [yesterday, said])
    assert cost(found) <= cost(others).min() + 1e-9


def test_many_people_at_once_are_as_one_by_one() -> None:
    said = np.random.default_rng(1).normal(size=(5, 29, 2))
    np.testing.assert_array_equal(steadied(said, (0.3, 0.2)), [steadied(one, (0.3, 0.2)) for one in said])


@given(shrinkage=st.floats(1e-3, 1e9), half_life=st.floats(0.1, 1e3), band=BANDS)
def test_a_file_keeps_it(shrinkage: float, half_life: float, band: tuple[float, float]) -> None:
    kept = Personal(shrinkage, half_life, band)
    assert Personal.from_json(kept.to_json()) == kept


@pytest.mark.parametrize(
    "changed",
    [
        {"shrinkage": 0},
        {"shrinkage": float("nan")},
        {"half_life_days": -1},
        {"band": [1.0, float("inf")]},
        {"band": [-1.0, 0.0]},
        {"band": [1.0]},
        {"band": [1.0, "a"]},
        {"other": 1},
    ],
)
def test_what_no_training_has_found_is_refused(changed: dict[str, object]) -> None:
    document = {**json.loads(STEADY.to_json()), **changed}
    with pytest.raises((ValueError, TypeError)):
        Personal.from_json(json.dumps(document))
