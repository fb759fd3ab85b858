from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.exertion import (
    WORTH,
    ease,
    expected_rpe,
    limit_of_goal,
    phase_intensity,
    served,
    session_load,
    suited,
    wanted_rpe,
)
from recommender.history import Workout
from recommender.person import GOALS, TRAINING_PHASES, Goal, TrainingPhase
from recommender.prescription import WORKOUT_TYPES, Prescription
from tests.unit.recommender.pasts import WORKOUTS, workout

goals, phases = st.sampled_from(GOALS), st.sampled_from(TRAINING_PHASES)


def test_the_scale_of_intensity() -> None:
    assert [expected_rpe(score) for score in (1, 3, 5)] == [2, 6, 10]


@pytest.mark.parametrize(
    ("goal", "phase", "rpe"),
    [("strength", "peak", 8), ("fat_loss", "peak", 7), ("mobility", "build", 4), ("mobility", "rehab", 3.5)],
)
def test_a_phase_asks_for_no_more_than_the_goal(goal: Goal, phase: TrainingPhase, rpe: float) -> None:
    assert wanted_rpe(goal, phase) == rpe


@given(goal=goals)
def test_recovery_is_never_vigorous(goal: Goal) -> None:
    assert max(wanted_rpe(goal, "deload"), wanted_rpe(goal, "rehab")) < 5
    assert set(WORTH[goal]) == set(WORKOUT_TYPES)
    assert max(WORTH[goal].values()) == 1


@pytest.mark.parametrize(
    ("goal", "phase", "points"),
    [
        ("strength", "peak", 0.0),
        ("fat_loss", "peak", 0.5),
        ("mobility", "build", 1.25),
        ("rehab", "rehab", 0.0),
    ],
)
def test_how_much_less_a_goal_asks_for(goal: Goal, phase: TrainingPhase, points: float) -> None:
    assert limit_of_goal(goal, phase) == points
    assert phase_intensity(phase) - points == wanted_rpe(goal, phase) / 2


def test_how_easy_it_felt_by_hand() -> None:
    assert ease(workout(1, intensity_score=3.5, rpe=6)) == 0.5
    assert ease(workout(1, intensity_score=3.5, rpe=0)) == 3.0  # no rating is below 1
    assert ease(workout(1, rpe=8)) is None
    assert ease(workout(1, intensity_score=3)) is None


def test_what_would_have_suited_by_hand() -> None:
    # base wants 5; it felt like 8, so the 3.5 was 1.5 too much
    assert suited(workout(1, 42, intensity_score=3.5, rpe=8), "endurance", "base") == Prescription(42, 2.0)
    assert suited(workout(1, 200, intensity_score=1.5, rpe=10), "endurance", "base") == Prescription(120, 1.0)
    assert suited(workout(1, rpe=8), "endurance", "base") is None
    assert suited(workout(1, intensity_score=3), "endurance", "base") is None


@given(intensity=st.floats(2, 4), other=st.floats(2, 4), strain=st.floats(-1, 1))
def test_what_suits_does_not_depend_on_what_was_prescribed(
    intensity: float, other: float, strain: float
) -> None:
    answers = [
        suited(workout(1, intensity_score=each, rpe=expected_rpe(each) + strain), "strength", "build")
        for each in (intensity, other)
    ]
    assert answers[0] is not None
    assert answers[1] is not None
    assert answers[0].intensity_score == pytest.approx(answers[1].intensity_score)


@given(done=WORKOUTS, goal=goals, phase=phases, harder=st.integers(0, 9))
def test_what_felt_harder_suits_no_better(
    done: Workout, goal: Goal, phase: TrainingPhase, harder: int
) -> None:
    if done.rpe is None:
        return
    felt = suited(done, goal, phase)
    worse = suited(replace(done, rpe=min(done.rpe + harder, 10)), goal, phase)
    assert (felt is None) == (worse is None) == (done.intensity_score is None)
    assert felt is None or worse is None or worse.intensity_score <= felt.intensity_score


def test_how_well_it_served_by_hand() -> None:
    perfect = served(workout(1, 20, rpe=5, completion=1.0), "endurance", "base")
    assert perfect == pytest.approx(0.5)  # half of the dose, all of the rest
    assert served(workout(1, 40, rpe=5, completion=0.5), "endurance", "base") == pytest.approx(0.75 * 0.5)
    too_hard = served(workout(1, 20, rpe=7), "endurance", "base")
    assert too_hard == pytest.approx(0.5 * 2.718281828**-0.5)
    assert served(workout(1, 20), "endurance", "base") is None


@given(done=WORKOUTS, goal=goals, phase=phases)
def test_serving_is_a_share(done: Workout, goal: Goal, phase: TrainingPhase) -> None:
    share = served(done, goal, phase)
    assert (share is None) == (done.rpe is None)
    assert share is None or 0 <= share <= 1


def test_the_load_of_a_session() -> None:
    plan = Prescription(30, 2.0)
    assert session_load(workout(1, 30, intensity_score=4, rpe=2, prescribed=plan)) == 120
    assert session_load(workout(1, 30, rpe=2, prescribed=plan)) == 30
    assert session_load(workout(1, 30, prescribed=plan)) == 60
    assert session_load(workout(1, 30)) == 75
