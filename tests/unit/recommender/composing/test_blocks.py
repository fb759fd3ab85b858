from typing import Any

import pytest

from recommender.composing.catalogue import catalogue
from recommender.gym import Gym, Machine
from recommender.person import BODY_PARTS
from recommender.plan import Composition, ExerciseSets, MachineBout
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import EMPTY, FULL, composed, somebody


def main(plan: Composition) -> list[Any]:
    return list(plan.blocks[1].items)


def kinds(items: list[Any]) -> set[str]:
    return {catalogue()[item.exercise].kind for item in items}


def test_warm_up_and_cool_down_are_five_to_ten_minutes_of_an_hour() -> None:
    warm_up, _, cool_down = composed(prescription=Prescription(60.0, 2.5), type="resistance").blocks
    assert 540.0 <= warm_up.duration_s <= 600.0
    assert 540.0 <= cool_down.duration_s <= 900.0


@pytest.mark.parametrize("known", [{"age_years": 70.0}, {"conditions": frozenset({"hypertension"})}])
def test_who_needs_it_warms_up_longer(known: dict[str, Any]) -> None:
    usual, careful = composed(), composed(person=somebody(**known))
    for edge in (0, 2):
        assert careful.blocks[edge].duration_s > 1.3 * usual.blocks[edge].duration_s


def test_steady_work_goes_to_a_free_machine() -> None:
    gym = Gym(machines=tuple(Machine(kind="bike", station_id=each, free=each == "b") for each in "abc"))
    plan = composed(gym=gym)
    assert [item.station_id for item in main(plan)] == ["b"]
    assert kinds(main(plan)) == {"cardio"}
    assert [type(item) for item in plan.blocks[2].items][:2] == [MachineBout, ExerciseSets]


@pytest.mark.parametrize("kind", ["steady", "intervals", "resistance", "mobility"])
def test_a_gym_with_nothing_still_gives_a_plan(kind: str) -> None:
    plan = composed(gym=EMPTY, type=kind)
    assert plan.type == kind
    assert all(isinstance(item, ExerciseSets) for block in plan.blocks for item in block.items)


def test_intervals_without_a_machine_are_a_circuit() -> None:
    plan = composed(gym=EMPTY, type="intervals")
    circuit = [item for item in main(plan) if item.reps]
    assert len(circuit) >= 4
    assert {item.effort_rpe for item in circuit} == {8.0}


def test_the_next_best_exercises_stretch_what_was_trained() -> None:
    plan = composed(type="resistance", prescription=Prescription(40.0, 3.0))
    trained = {muscle for item in main(plan) for muscle in catalogue()[item.exercise].primary}
    first = plan.blocks[2].items[0]
    assert not trained.isdisjoint(catalogue()[first.exercise].primary)


def test_mobility_is_as_hard_as_it_says_and_its_cool_down_is_easy() -> None:
    _, main_part, cool_down = composed(type="mobility", prescription=Prescription(30.0, 2.2)).blocks
    assert {item.effort_rpe for item in main_part.items if isinstance(item, ExerciseSets)} == {4.4}
    assert {item.effort_rpe for item in cool_down.items if isinstance(item, ExerciseSets)} == {2.0}


def test_the_old_hold_their_stretches_longer() -> None:
    old = composed(person=somebody(age_years=70.0), type="mobility", prescription=Prescription(30.0, 2.0))
    assert all(item.hold_s is None or 45.0 <= item.hold_s <= 60.0 for item in main(old))


def test_a_minute_that_no_repetition_fills_goes_to_the_cool_down() -> None:
    for seed in range(20):
        plan = composed(type="resistance", prescription=Prescription(20.0, 3.0), seed=seed)
        assert 1200.0 - 15.0 <= plan.duration_s <= 1200.0


@pytest.mark.parametrize("kind", ["steady", "resistance", "mobility"])
@pytest.mark.parametrize("gym", [EMPTY, FULL], ids=["empty", "full"])
@pytest.mark.parametrize("minutes", [10.0, 30.0, 60.0])
def test_nobody_has_to_remember_many_little_things(kind: str, gym: Gym, minutes: float) -> None:
    for seed in range(5):
        plan = composed(type=kind, gym=gym, prescription=Prescription(minutes, 2.0), seed=seed)
        warm_up, main_part, cool_down = plan.blocks
        assert max(len(warm_up.items), len(cool_down.items)) <= 6
        assert len(main_part.items) <= (10 if kind == "mobility" else 12)
        for block in plan.blocks:
            calm = [catalogue()[item.exercise].pattern == "breathing" for item in block.items]
            assert True not in calm[:-1]
        assert plan.duration_s >= 0.975 * 60.0 * minutes


def test_who_can_only_breathe_is_told_one_way_to_in_each_part() -> None:
    plan = composed(
        person=somebody(injuries=frozenset(BODY_PARTS)), type="mobility", prescription=Prescription(20.0, 2.0)
    )
    ways = [[item.exercise for item in block.items] for block in plan.blocks[1:]]
    assert [len(each) for each in ways] == [1, 1]
    assert ways[0] != ways[1]
    assert plan.prescription.duration_minutes >= 10.0


@pytest.mark.parametrize("kind", ["resistance", "mobility"])
def test_half_an_hour_away_from_machines_begins_at_one(kind: str) -> None:
    for seed in range(10):
        warm_up = composed(type=kind, prescription=Prescription(30.0, 3.0), seed=seed).blocks[0]
        first = warm_up.items[0]
        assert isinstance(first, MachineBout)
        assert first.machine in {"treadmill", "bike", "cross_trainer"}
        assert [(step.duration_s, step.effort_rpe) for step in first.steps] == [(150.0, 2.0)]
        assert kinds(list(warm_up.items[1:])) == {"warm_up"}
    short = composed(type=kind, prescription=Prescription(29.5, 3.0)).blocks[0]
    assert kinds(list(short.items)) == {"warm_up"}


def test_a_warm_up_goes_to_no_machine_that_is_taken_or_forbidden() -> None:
    taken = Gym(
        machines=(Machine(kind="bike", station_id="a", free=False), Machine(kind="rower", station_id="r"))
    )
    hurt = somebody(injuries=frozenset({"knee"}))
    for known in ({"gym": taken}, {"person": hurt}):
        warm_up = composed(type="resistance", **known).blocks[0]
        assert kinds(list(warm_up.items)) == {"warm_up"}


@pytest.mark.parametrize("minutes", [10.0, 23.5, 47.0])
@pytest.mark.parametrize("kind", ["steady", "intervals"])
def test_steps_last_whole_half_minutes(minutes: float, kind: str) -> None:
    plan = composed(type=kind, prescription=Prescription(minutes, 2.0))
    steps = [
        step.duration_s
        for block in plan.blocks
        for item in block.items
        if isinstance(item, MachineBout)
        for step in item.steps
    ]
    assert len(steps) >= 4
    assert {seconds % 30.0 for seconds in steps} == {0.0}


def test_holds_and_rests_last_whole_steps() -> None:
    for kind in ("mobility", "resistance"):
        plan = composed(type=kind, prescription=Prescription(37.0, 2.0))
        sets = [item for block in plan.blocks for item in block.items if isinstance(item, ExerciseSets)]
        assert {(item.hold_s or 0.0) % 5.0 for item in sets} | {item.rest_s % 5.0 for item in sets} == {0.0}
