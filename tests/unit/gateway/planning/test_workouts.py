"""From sessions to workouts: one a day, with what was measured, told and planned."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.planning.workouts import (
    PastSession,
    Planned,
    completion_of,
    intensity_of,
    performed_minutes,
    workouts,
)
from recommender.features import feature_vector
from recommender.history import History, PerformedExercise, Workout
from recommender.person import Person
from recommender.prescription import Prescription, WorkoutType

from .pasts import DAYS, MORNING, past_sessions, session

HALF_AN_HOUR = Planned(id="p", type="steady", prescription=Prescription(30.0, 3.0))


def only(*sessions: PastSession, maximum_bpm: float | None = 200.0) -> Workout:
    (workout,) = workouts(sessions, days=DAYS, maximum_bpm=maximum_bpm)
    return workout


@pytest.mark.parametrize(
    ("elapsed_s", "belt_s", "counted", "minutes"),
    [
        (1800.0, None, False, 30.0),
        (1800.0, 1500.0, False, 25.0),  # stood beside the belt for five minutes
        (1800.0, 1500.0, True, 30.0),  # squats beside the belt
        (1800.0, 9999.0, False, 30.0),  # a counter that runs too fast
        (0.0, None, False, 0.0),
    ],
)
def test_minutes_are_those_that_were_trained(
    elapsed_s: float, belt_s: float | None, *, counted: bool, minutes: float
) -> None:
    assert performed_minutes(elapsed_s, belt_s=belt_s, counted=counted) == minutes


def test_completion_is_a_share_of_the_plan() -> None:
    assert completion_of(15.0, Prescription(30.0, 3.0)) == 0.5
    assert completion_of(45.0, Prescription(30.0, 3.0)) == 1.0


@pytest.mark.parametrize(
    ("kind", "mean_bpm", "maximum_bpm", "planned", "expected"),
    [
        ("steady", 154.0, 200.0, 2.0, 3.5),  # 77 %: vigorous begins
        ("intervals", 128.0, 200.0, None, 2.5),  # 64 %: moderate begins
        ("steady", 80.0, 200.0, None, 1.0),
        ("steady", 230.0, 200.0, None, 5.0),
        ("steady", None, 200.0, 2.0, 2.0),
        ("steady", 154.0, None, 2.0, 2.0),
        ("resistance", 154.0, 200.0, 4.0, 4.0),
        ("resistance", 154.0, 200.0, None, None),
    ],
)
def test_intensity_is_measured_or_planned_or_unknown(
    kind: WorkoutType,
    mean_bpm: float | None,
    maximum_bpm: float | None,
    planned: float | None,
    expected: float | None,
) -> None:
    assert intensity_of(kind, mean_bpm=mean_bpm, maximum_bpm=maximum_bpm, planned=planned) == expected


@given(st.lists(st.floats(0.3, 1.2), min_size=2, max_size=20))
def test_a_faster_heart_never_means_an_easier_workout(fractions: list[float]) -> None:
    found = [
        intensity_of("steady", mean_bpm=each * 190.0, maximum_bpm=190.0, planned=None)
        for each in sorted(fractions)
    ]
    assert found == sorted(found, key=lambda each: each or 0.0)
    assert all(each is not None and 1.0 <= each <= 5.0 for each in found)


def test_stations_of_one_day_are_one_workout() -> None:
    belt = session(10.0, belt_s=540.0, belt_mean_kmh=8.0, belt_max_kmh=9.0, mean_bpm=140.0, rpe=4)
    mat = session(
        21.0,
        at=MORNING + timedelta(minutes=12),
        sets=(("squat", 12), ("squat", 10), ("pushup", 8)),
        mean_bpm=120.0,
        rpe=8,
        planned=HALF_AN_HOUR,
    )
    workout = only(mat, belt)
    assert (workout.day, workout.duration_minutes, workout.type) == (date(2026, 3, 2), 30.0, "resistance")
    assert (workout.completion, workout.prescribed) == (1.0, HALF_AN_HOUR.prescription)
    assert workout.mean_bpm == pytest.approx((140.0 * 9 + 120.0 * 21) / 30)
    assert workout.rpe == pytest.approx((4 * 9 + 8 * 21) / 30)
    assert workout.exercises == (
        PerformedExercise(exercise="squat", sets=2, reps=22),
        PerformedExercise(exercise="pushup", sets=1, reps=8),
    )


def test_who_checks_out_again_at_once_has_not_trained() -> None:
    assert workouts([session(0.9, planned=HALF_AN_HOUR)], days=DAYS, maximum_bpm=None) == ()
    assert only(session(0.9, sets=(("squat", 3),))).exercises[0].reps == 3


def test_a_refused_plan_does_not_tell_how_hard_it_was() -> None:
    refused = Planned(
        id="p", type="steady", prescription=Prescription(30.0, 3.0), accepted=False, note="pain"
    )
    workout = only(session(planned=refused))
    assert (workout.intensity_score, workout.prescribed, workout.accepted, workout.note) == (
        None,
        refused.prescription,
        False,
        "pain",
    )
    assert only(session(planned=HALF_AN_HOUR)).intensity_score == 3.0


def test_a_day_is_the_gyms_and_not_that_of_utc() -> None:
    late = session(at=datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    assert [each.day for each in workouts([late, session()], days=DAYS, maximum_bpm=None)] == [
        date(2026, 3, 2),
        date(2026, 3, 3),
    ]


def test_what_is_said_of_the_whole_plan_outweighs_each_check_out() -> None:
    told = Planned(id="p", type="steady", prescription=Prescription(30.0, 3.0), accepted=True, rpe=9)
    workout = only(session(rpe=3, planned=told))
    assert (workout.rpe, workout.accepted) == (9, True)
    assert only(session(rpe=3, planned=HALF_AN_HOUR)).rpe == 3


@pytest.mark.parametrize(
    ("facts", "planned", "kind"),
    [
        ({"belt_s": 900.0, "belt_mean_kmh": 8.0, "belt_max_kmh": 10.0}, None, "steady"),
        ({"belt_s": 900.0, "belt_mean_kmh": 8.0, "belt_max_kmh": 14.0}, None, "intervals"),
        ({"belt_s": 900.0, "belt_mean_kmh": 8.0, "belt_max_kmh": 14.0}, "steady", "steady"),
        ({"belt_s": 900.0, "belt_mean_kmh": 8.0, "belt_max_kmh": 10.0}, "resistance", "steady"),
        ({"belt_s": 900.0}, None, "steady"),
        ({"sets": (("squat", 5),)}, "steady", "resistance"),
        ({}, "resistance", "resistance"),
        ({}, None, "mobility"),
    ],
)
def test_what_was_used_tells_what_it_was(
    facts: dict[str, Any], planned: WorkoutType | None, kind: str
) -> None:
    plan = None if planned is None else Planned(id="p", type=planned, prescription=Prescription(30.0, 3.0))
    assert only(session(planned=plan, **facts)).type == kind


@settings(max_examples=60)
@given(st.lists(past_sessions, max_size=12), st.none() | st.floats(100.0, 240.0))
def test_whatever_was_stored_makes_a_history_that_features_can_be_told_from(
    sessions: list[PastSession], maximum_bpm: float | None
) -> None:
    found = workouts(sessions, days=DAYS, maximum_bpm=maximum_bpm)
    trained = {DAYS.of(each.started_at) for each in sessions if each.sets or each.minutes >= 1.0}
    assert [each.day for each in found] == sorted(trained)
    for workout in found:
        mine = [each for each in sessions if DAYS.of(each.started_at) == workout.day]
        assert 0.0 <= workout.duration_minutes <= sum(each.minutes for each in mine) + 1e-6
        assert (workout.completion is None) == (workout.prescribed is None)
        assert workout.completion is None or 0.0 <= workout.completion <= 1.0
        assert sum(each.reps for each in workout.exercises) == sum(r for each in mine for _, r in each.sets)
    person = Person(age_years=40.0, maximum_bpm=maximum_bpm)
    values = feature_vector(person, History(workouts=found), DAYS.today()).values
    assert np.isfinite(values).all()


@settings(max_examples=30)
@given(st.lists(past_sessions, max_size=6, unique_by=lambda each: each.started_at))
def test_the_order_of_rows_does_not_matter(sessions: list[PastSession]) -> None:
    forwards, backwards = (
        workouts(rows, days=DAYS, maximum_bpm=190.0) for rows in (sessions, sessions[::-1])
    )
    assert forwards == backwards
