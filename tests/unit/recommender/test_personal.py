from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from recommender.personal import FIXED, USUAL_HABIT, Personal, habit, steadied

STEADY = Personal(shrinkage=2.0, half_life_days=1e6, band=(2.0, 0.2))
POINTS = st.floats(-3, 3, width=32)
BANDS = st.tuples(st.floats(0, 5), st.floats(0, 1))
HABITS = st.floats(0.05, 0.95)
DAYS = st.sets(st.integers(900, 1100), max_size=60).map(lambda days: np.array(sorted(days), np.int64))
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


def usual(said: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.full(said.shape[:-1], USUAL_HABIT)


@given(said=ANSWERS, band=BANDS, likely=HABITS)
def test_a_steady_answer_is_never_further_off_than_the_band(
    said: np.ndarray[Any, Any], band: tuple[float, float], likely: float
) -> None:
    habits = usual(said)
    habits[-1] = likely
    widest = np.array(band) * USUAL_HABIT / likely
    assert (np.abs(steadied(said, habits, band) - said[-1]) <= widest + 1e-9).all()
    np.testing.assert_allclose(steadied(said, habits, (0.0, 0.0)), said[-1], atol=1e-9)


@given(said=ANSWERS, band=BANDS)
def test_steady_answers_swing_less(said: np.ndarray[Any, Any], band: tuple[float, float]) -> None:
    answers = np.array([steadied(said[:days], usual(said[:days]), band) for days in range(1, len(said) + 1)])
    swing, before = (np.abs(np.diff(each, axis=0)).sum(axis=0) for each in (answers, said))
    assert (swing <= before + 1e-9).all()


@given(yesterday=POINTS, said=POINTS, price=st.floats(0, 1), likely=HABITS)
def test_the_step_is_what_costs_least(yesterday: float, said: float, price: float, likely: float) -> None:
    """Half the squared distance from what is said, as often as it counts, and the price of the step."""
    habits = np.array([USUAL_HABIT, likely])
    [found, _] = steadied(np.array([[yesterday, 0.0], [said, 0.0]]), habits, (price, 0.0))

    def cost(answer: Any) -> Any:
        counts = likely / USUAL_HABIT
        return counts * (answer - said) ** 2 / 2 + price * np.abs(answer - yesterday)

    others = np.append(np.linspace(-4, 4, 801), [yesterday, said])
    assert cost(found) <= cost(others).min() + 1e-9


def test_many_people_at_once_are_as_one_by_one() -> None:
    chance = np.random.default_rng(1)
    said, habits = chance.normal(size=(5, 29, 2)), chance.uniform(0.2, 0.7, (5, 29))
    alone = [steadied(one, its, (0.3, 0.2)) for one, its in zip(said, habits, strict=True)]
    np.testing.assert_array_equal(steadied(said, habits, (0.3, 0.2)), alone)


@given(days=DAYS, trained=DAYS)
def test_a_habit_is_a_probability_and_knows_nothing_of_later_days(
    days: np.ndarray[Any, Any], trained: np.ndarray[Any, Any]
) -> None:
    found = habit(days, trained)
    assert found.shape == days.shape
    assert ((found > 0.0) & (found < 1.0)).all()
    for day, likely in zip(days, found, strict=True):
        [alone] = habit(np.array([day]), trained[trained < day])
        assert alone == likely
        if not (trained <= day - 7).any():
            assert likely == pytest.approx(USUAL_HABIT)


def test_who_trains_on_mondays_is_likely_to_train_on_mondays() -> None:
    mondays = np.array([1, 8, 15, 22, 29])
    week = habit(np.arange(29, 36), mondays)
    assert week.argmax() == 0
    assert week[0] > USUAL_HABIT > week[1:].max()
    known = habit(mondays, mondays)
    assert known[0] == pytest.approx(USUAL_HABIT)
    assert (np.diff(known) > 0).all()
    assert habit(np.array([64]), mondays) < habit(np.array([57]), mondays)  # five weeks ago is forgotten


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
