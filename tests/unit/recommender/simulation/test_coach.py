from dataclasses import replace

import numpy as np
import pytest

from recommender.history import Workout
from recommender.person import Person
from recommender.prescription import Prescription
from recommender.simulation.coach import Coach
from tests.unit.recommender.pasts import workout

PERSON = Person(level="intermediate", goal="strength", training_phase="strength")


def told(person: Person, *past: Workout, times: int = 300) -> tuple[float, float]:
    coach = Coach(np.random.default_rng(1), 0.0, 0.0)
    plans = [coach.prescribe(person, past)[1] for _ in range(times)]
    return tuple(np.mean([[each.duration_minutes, each.intensity_score] for each in plans], axis=0).tolist())


def test_a_newcomer_gets_what_the_level_and_the_phase_ask_for() -> None:
    minutes, score = told(PERSON)
    assert minutes == pytest.approx(50, rel=0.04)
    assert score == pytest.approx(3.75, abs=0.08)
    assert told(replace(PERSON, level="beginner"))[0] == pytest.approx(35, rel=0.04)


def test_the_coach_goes_after_the_last_workouts() -> None:
    calm = [workout(day, 80, intensity_score=3.0, rpe=6) for day in (4, 3, 2, 1)]
    assert told(PERSON, *calm)[0] > 65
    hard = [replace(each, rpe=9) for each in calm]
    assert told(PERSON, *hard)[1] == pytest.approx(told(PERSON, *calm)[1] - 0.75, abs=0.08)
    assert told(PERSON, *hard, *calm) == pytest.approx(told(PERSON, *calm))


def test_the_coach_tries_things_out_within_reason() -> None:
    coach = Coach.draw(np.random.default_rng(2))
    past = [workout(1, 110, intensity_score=1.0, rpe=1)]
    told_now = [coach.prescribe(PERSON, past) for _ in range(200)]
    assert {kind for kind, _ in told_now} == {"steady", "intervals", "resistance", "mobility"}
    assert sum(kind == "resistance" for kind, _ in told_now) > 80
    assert len({plan for _, plan in told_now}) > 150
    assert all(isinstance(plan, Prescription) for _, plan in told_now)
