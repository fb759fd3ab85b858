from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from recommender.exertion import COMPLETED
from recommender.history import Workout
from recommender.prescription import WORKOUT_TYPES, Prescription
from recommender.simulation.heart import HeartRates
from recommender.simulation.people import draw_person
from recommender.simulation.training import attempt, record
from recommender.simulation.truth import Truth

_, DRAWN = draw_person(np.random.default_rng(7))
SOMEBODY = replace(DRAWN, rating_bias=0.0, rates=1.0, wears_band=1.0)
HEART = HeartRates.of(SOMEBODY.heart)
DAY = Truth(
    suited=Prescription(50, 3.0), fitness=1.0, fatigue=1.0, strain=0.5, injury=0.0, adherence=0.3,
    worth=(1.0, 1.0, 1.0, 1.0),
)  # fmt: skip


def records(plan: Prescription, times: int = 1500) -> list[Workout]:
    chance = np.random.default_rng(1)
    tried = (attempt(chance, DAY, "steady", plan) for _ in range(times))
    return [
        record(chance, SOMEBODY, HEART, today=date(2026, 1, 1), truth=DAY, done=done)
        for done in tried
        if done
    ]


@pytest.mark.parametrize("plan", [Prescription(50, 3.0), Prescription(58, 3.5), Prescription(35, 2.0)])
def test_records_agree_with_the_truth_that_they_hide(plan: Prescription) -> None:
    taken = [each for each in records(plan) if each.accepted]
    kind, asked = np.array([0]), np.array([[plan.duration_minutes, plan.intensity_score]])
    _, completed, rpe = DAY.answers(kind, asked)[0]
    assert np.mean([(each.completion or 0) >= COMPLETED for each in taken]) == pytest.approx(
        completed, abs=0.06
    )
    assert np.mean([each.rpe or 0 for each in taken]) == pytest.approx(rpe, abs=0.2)


def test_what_does_not_suit_is_refused_more_often() -> None:
    shares = []
    for plan in (Prescription(50, 3.0), Prescription(100, 3.0), Prescription(100, 5.0)):
        made = records(plan, 600)
        shares.append(sum(each.accepted is True for each in made) / 600)
    assert shares[0] > shares[1] > shares[2]
    assert len(records(Prescription(100, 5.0), 600)) < 600  # some go home


def test_people_move_towards_what_suits_them() -> None:
    taken = [each for each in records(Prescription(80, 4.0)) if each.accepted]
    assert 50 < np.mean([each.duration_minutes for each in taken]) < 65
    assert 3.3 < np.mean([each.intensity_score or 0 for each in taken]) < 3.8


def test_what_is_not_measured_is_missing() -> None:
    chance = np.random.default_rng(1)
    done = attempt(chance, DAY, WORKOUT_TYPES[0], DAY.suited)
    assert done is not None
    silent = replace(SOMEBODY, rates=0.0, wears_band=0.0)
    kept = record(chance, silent, HEART, today=date(2026, 1, 1), truth=DAY, done=done)
    assert (kept.rpe, kept.mean_bpm) == (None, None)
    assert kept.prescribed == DAY.suited
