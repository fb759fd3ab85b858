import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.simulation.body import Body
from recommender.simulation.people import Traits, draw_person

SOMEBODY = replace(draw_person(np.random.default_rng(1))[1], age_years=40.0, bmi=25.0, strain=0.0)


def body(**known: float) -> Body:
    state = {
        "recovery_days": 7.0,
        "daily_load": 0.5,
        "fitness": 1.0,
        "fatigue": 1.0,
        "acute": 0.5,
        "chronic": 0.5,
    }
    return Body(**(state | known))


def test_rest_costs_fitness_slowly_and_fatigue_quickly() -> None:
    resting = body()
    for _ in range(42):
        resting.sleep_over(0.0)
    assert resting.fitness == pytest.approx(math.exp(-1))
    assert resting.fatigue == pytest.approx(math.exp(-6))


def test_usual_training_keeps_what_there_is() -> None:
    training = body()
    for _ in range(300):
        training.sleep_over(0.5)
    assert training.fitness == pytest.approx(1)
    assert training.fatigue == pytest.approx(1, abs=0.01)
    assert training.acute / training.chronic == pytest.approx(1)


def test_more_load_costs_more_than_in_proportion() -> None:
    usual, doubled = body(), body()
    for _ in range(100):
        usual.sleep_over(0.5)
        doubled.sleep_over(1.0)
    assert doubled.fitness < 2 * usual.fitness
    assert doubled.fatigue > 2.2 * usual.fatigue


def test_a_jump_in_load_injures_more_often() -> None:
    chance = np.random.default_rng(3)
    hurt = [sum(body(acute=acute).is_hurt(chance) for _ in range(20_000)) for acute in (0.5, 0.65, 0.9)]
    assert hurt[0] == pytest.approx(12, abs=11)
    assert hurt[1] == pytest.approx(12, abs=11)
    assert hurt[2] > 2 * max(hurt[:2])


def test_an_injury_happens_once_and_heals() -> None:
    chance = np.random.default_rng(3)
    unlucky = body(acute=5.0)
    while not unlucky.is_hurt(chance):
        pass
    assert unlucky.injury == 1
    assert not any(unlucky.is_hurt(chance) for _ in range(500))
    for _ in range(12):
        unlucky.sleep_over(0.0)
    assert unlucky.injury == pytest.approx(math.exp(-1))


def test_an_ordinary_day_strains_nobody() -> None:
    assert body().strain(SOMEBODY, 0.85, 4.0) == pytest.approx(0)
    assert body().strain(SOMEBODY, 0.75, 6.0) == pytest.approx(0.9 + 0.9)
    assert body(injury=1.0).strain(SOMEBODY, 0.85, 4.0) == pytest.approx(2.5)


@given(
    sleep=st.floats(0.4, 0.9), stress=st.floats(0, 9), fatigue=st.floats(0, 3), fitness=st.floats(0.3, 1.5)
)
def test_whatever_is_worse_strains_no_less(
    sleep: float, stress: float, fatigue: float, fitness: float
) -> None:
    now = body(fatigue=fatigue, fitness=fitness).strain(SOMEBODY, sleep, stress)
    older: Traits = replace(SOMEBODY, age_years=60.0, bmi=30.0)
    worse = (
        body(fatigue=fatigue, fitness=fitness).strain(SOMEBODY, sleep - 0.1, stress),
        body(fatigue=fatigue, fitness=fitness).strain(SOMEBODY, sleep, stress + 1),
        body(fatigue=fatigue + 0.2, fitness=fitness).strain(SOMEBODY, sleep, stress),
        body(fatigue=fatigue, fitness=fitness - 0.2).strain(SOMEBODY, sleep, stress),
        body(fatigue=fatigue, fitness=fitness).strain(older, sleep, stress),
    )
    assert min(worse) >= now
