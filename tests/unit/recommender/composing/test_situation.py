import math
from typing import Any, get_args

import pytest

from recommender.composing.catalogue import Muscle
from recommender.gym import Gym, Machine
from recommender.history import History
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import did, situated


def past(*workouts: object) -> History:
    return History(tuple(workouts))  # type: ignore[arg-type]


def test_loads_are_added_up_by_days_in_any_order() -> None:
    found = situated(
        past(
            did(7, duration_minutes=20.0, intensity_score=2.0),
            did(0, duration_minutes=10.0, intensity_score=None, rpe=6.0),
            did(6, duration_minutes=30.0, intensity_score=None, prescribed=Prescription(30.0, 4.0)),
            did(-1, duration_minutes=99.0),
        )
    )
    assert found.load(0, 6) == 10.0 * 3.0 + 30.0 * 4.0
    assert found.load(7, 13) == 40.0
    assert found.load(14, 99) == 0.0


@pytest.mark.parametrize(
    ("exercises", "tired"),
    [
        (("squat",), {"quadriceps"}),
        (("pushup", "pullup"), {"chest", "upper_back"}),
        (("burpee",), {"quadriceps"}),  # a jump
        (("walking", "arm_circles", "calf_stretch", "jumping_jack"), set()),
    ],
)
def test_strength_and_jumps_tire_what_they_train(exercises: tuple[str, ...], tired: set[str]) -> None:
    assert situated(past(did(1, *exercises))).tired == tired
    assert situated(past(did(0, *exercises))).tired == tired
    assert situated(past(did(2, *exercises))).tired == set()


@pytest.mark.parametrize("workout", [did(1, "squat", "zorb"), did(1, type="resistance")])
def test_when_nobody_knows_what_was_trained_everything_rests(workout: object) -> None:
    found = situated(past(workout))
    assert found.tired == set(get_args(Muscle))
    assert "2026-11-19 may have trained any of them" in found.tired_because


@pytest.mark.parametrize(
    ("told", "taken", "words"),
    [
        (40.9, 40.9, "age 40"),
        (None, 65.0, "age not known, taken as 65"),
        (4.0, 65.0, "age not known, taken as 65"),
        (math.nan, 65.0, "age not known, taken as 65"),
    ],
)
def test_whose_age_nobody_knows_is_treated_with_care(told: float | None, taken: float, words: str) -> None:
    found = situated(age_years=told)
    assert (found.age_years, found.age_in_words) == (taken, words)


@pytest.mark.parametrize(
    ("known", "complaint"),
    [
        ({"duration_minutes": math.nan}, "duration_minutes of nan"),
        ({"duration_minutes": -1.0}, "duration_minutes of -1"),
        ({"duration_minutes": 2000.0}, "duration_minutes of 2000"),
        ({"intensity_score": math.inf}, "load of inf"),
        ({"intensity_score": -3.0}, "load of -135"),
    ],
)
def test_an_absurd_workout_is_refused_by_its_day(known: dict[str, float], complaint: str) -> None:
    with pytest.raises(ValueError, match=f"the workout of 2026-11-15 has a {complaint}"):
        situated(past(did(5, **known)))


def test_a_machine_is_usable_when_it_is_free_and_may_move() -> None:
    machines = (
        Machine(kind="treadmill", station_id="free"),
        Machine(kind="treadmill", station_id="taken", free=False),
        Machine(kind="treadmill", station_id="slow", max_speed_kmh=1.0),
        Machine(kind="treadmill", station_id="down", max_incline_percent=-3.0),
        Machine(kind="treadmill", station_id="walk", max_speed_kmh=2.0, max_incline_percent=0.0),
        Machine(kind="bike", station_id="bike"),
    )
    found = situated(gym=Gym(machines=machines))
    assert [each.station_id for each in found.usable_machines("treadmill")] == ["free", "walk"]
    assert found.usable_machines("rower") == []


@pytest.mark.parametrize("known", [{"goal": "rehab"}, {"training_phase": "rehab"}])
def test_rehab_is_a_goal_or_a_phase(known: dict[str, Any]) -> None:
    assert situated(**known).recovers
    assert not situated().recovers
