import os
import subprocess
import sys
from typing import Any

import pytest

from recommender.composing.catalogue import catalogue
from recommender.gym import Gym, Machine
from recommender.history import History
from recommender.person import BODY_PARTS, CONDITIONS
from recommender.plan import Composition
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import FULL, composed, did, somebody


def main(plan: Composition) -> list[Any]:
    return list(plan.blocks[1].items)


def bound(plan: Composition) -> dict[str, str]:
    return {rule.name: rule.detail for rule in plan.rules}


@pytest.mark.parametrize("kind", ["steady", "intervals", "resistance", "mobility"])
@pytest.mark.parametrize("minutes", [10.0, 30.0, 45.0])
def test_nothing_binds_somebody_with_nothing_in_the_way(kind: str, minutes: float) -> None:
    plan = composed(type=kind, prescription=Prescription(minutes, 2.4))
    assert (plan.type, plan.prescription, plan.rules) == (kind, Prescription(minutes, 2.4), ())
    assert 0.975 * minutes <= plan.duration_s / 60.0 <= minutes


def test_where_no_machine_is_free_people_walk() -> None:
    plan = composed(gym=Gym(machines=(Machine(kind="bike", station_id="a", free=False),)))
    assert [item.exercise for item in main(plan)] == ["walking"]
    assert "bike in use: 1" in bound(plan)["free_machine"]


def test_who_has_everything_still_gets_a_gentle_plan() -> None:
    person = somebody(injuries=frozenset(BODY_PARTS), conditions=frozenset(CONDITIONS), age_years=90.0)
    plan = composed(person=person, type="resistance", prescription=Prescription(90.0, 5.0))
    assert plan.type == "mobility"
    assert plan.prescription.intensity_score <= 2.5
    assert {"injury", "condition", "suitable_exercises", "condition_limit", "time_filled"} <= bound(
        plan
    ).keys()
    assert all(item.exercise for block in plan.blocks for item in block.items)


def test_only_what_the_workout_could_have_used_is_told() -> None:
    plan = composed(type="steady", gym=Gym(machines=FULL.machines))
    assert bound(plan)["equipment"].startswith("8 exercises left out (no foam roller: 3")
    assert "barbell" not in bound(plan)["equipment"]


def test_muscles_of_yesterday_rest() -> None:
    history = History(
        (*[did(days, duration_minutes=90.0) for days in range(2, 40, 2)], did(1, "squat", "pushup"))
    )
    plan = composed(type="resistance", history=history)
    primary = {muscle for item in main(plan) for muscle in catalogue()[item.exercise].primary}
    assert primary.isdisjoint({"quadriceps", "chest"})
    assert "chest, quadriceps trained in the last 48 h" in bound(plan)["rest_48h"]


def test_an_unknown_strength_workout_yesterday_makes_a_day_of_mobility() -> None:
    history = History((*[did(days) for days in range(2, 40, 2)], did(1, type="resistance")))
    plan = composed(type="resistance", history=history, prescription=Prescription(20.0, 2.0))
    assert plan.type == "mobility"
    assert bound(plan)["suitable_exercises"].startswith("resistance -> mobility")


def test_somebody_new_begins_gently_and_is_told() -> None:
    plan = composed(person=somebody(level="beginner"), history=History(), type="intervals")
    assert (plan.type, plan.prescription) == ("steady", Prescription(30.0, 2.5))
    assert list(bound(plan))[-2:] == ["interval_readiness", "comeback"]
    assert bound(plan)["comeback"].startswith("45 min at 3 -> 30 min at 2.5 (")


def test_a_lower_ceiling_is_told_only_where_something_was_above_it() -> None:
    beginner = somebody(level="beginner")
    assert "beginner_limit" not in bound(composed(person=beginner))
    peaks = bound(composed(person=beginner, type="intervals"))["beginner_limit"]
    assert peaks.startswith("45 min at 3, up to 4 -> 45 min at 3, up to 3.5")


def test_an_operators_limit_is_told() -> None:
    slow = Gym(
        machines=(Machine(kind="treadmill", station_id="1", max_speed_kmh=4.0, max_incline_percent=0.0),)
    )
    plan = composed(gym=slow)
    assert bound(plan)["machine_limit"].endswith("-> 4 km/h at 0 % (the operator's limit)")
    assert {step.speed_kmh for step in main(plan)[0].steps} == {4.0}


def test_lighter_sets_are_told() -> None:
    plan = composed(person=somebody(age_years=70.0, goal="strength"), type="resistance")
    assert bound(plan)["light_loads"].startswith("4 x 5 -> 4 x 10 (age 70")
    assert min(item.reps for item in main(plan) if item.reps) == 10


def test_another_seed_makes_another_plan() -> None:
    assert len({composed(type="resistance", seed=seed).blocks for seed in range(8)}) > 4
    assert len({composed(seed=seed).blocks[1].items[0].exercise for seed in range(20)}) > 2


def test_the_order_in_which_things_are_told_changes_nothing() -> None:
    history = History(tuple(did(days, "squat") for days in range(1, 30, 3)))
    turned = Gym(machines=FULL.machines, equipment=frozenset(sorted(FULL.equipment, reverse=True)))
    backwards = History(history.workouts[::-1])
    for kind in ("steady", "resistance"):
        plan = composed(type=kind, history=history)
        assert composed(type=kind, history=backwards, gym=turned) == plan


def test_a_plan_is_the_same_in_another_process() -> None:
    # Sets of words have another order in each process unless it is told not to.
    code = (
        "from tests.unit.recommender.composing.people import *\n"
        "hurt = somebody(injuries=frozenset({'knee', 'wrist'}), conditions=frozenset({'vertigo'}))\n"
        "told = [composed(person=hurt, type=kind, seed=3) for kind in WORKOUT_TYPES]"
    )
    here: dict[str, Any] = {}
    exec(code, here)  # noqa: S102 - the very lines that the other process runs
    there = subprocess.run(
        [sys.executable, "-c", f"{code}\nprint(told)"],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert there.stdout.strip() == str(here["told"])


@pytest.mark.parametrize("kind", ["steady", "intervals", "resistance"])
def test_a_day_to_recover_is_gentle_mobility_and_is_told(kind: str) -> None:
    week = (did(days, duration_minutes=120.0, intensity_score=5.0) for days in range(2, 7))
    plan = composed(type=kind, history=History((*week, did(10), did(13))))
    assert (plan.type, plan.prescription) == ("mobility", Prescription(10.0, 1.0))
    assert len(main(plan)) >= 3
    assert {catalogue()[item.exercise].kind for item in main(plan)} == {"mobility"}
    told = [name for name in bound(plan) if name in {"recovery_day", "weekly_progression", "acute_chronic"}]
    assert told == ["recovery_day"]


def test_what_is_told_is_round_and_never_more() -> None:
    plan = composed(prescription=Prescription(37.9999, 2.4999))
    assert plan.prescription == Prescription(37.5, 2.4)
    assert plan.rules == ()  # rounding is no rule
    assert 0.975 * 37.5 <= plan.duration_s / 60.0 <= 37.5
    assert composed(prescription=Prescription(10.2, 1.04)).prescription == Prescription(10.0, 1.0)
