import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.composing import set_work
from recommender.composing.catalogue import Exercise, catalogue
from recommender.composing.rules.doses import FOR_GOAL, Dose
from recommender.history import History
from recommender.person import LEVELS
from recommender.plan import ExerciseSets
from tests.unit.recommender.composing.people import chance_of, did, situated

STRETCHES = [each for each in catalogue().values() if each.kind == "mobility"]
STRENGTH = [each for each in catalogue().values() if each.kind == "strength"]
DOSE = Dose(4, 10, 60.0, 90.0)


def lasting(items: Sequence[ExerciseSets]) -> float:
    return sum(item.duration_s for item in items)


def trained(
    budget_s: float, exercises: list[Exercise] = STRENGTH, dose: Dose = DOSE, seed: int = 1, **known: Any
) -> list[ExerciseSets]:
    return set_work.resistance(
        exercises, budget_s, dose=dose, effort_rpe=6.0, situation=situated(**known), chance=chance_of(seed)
    )


@given(
    st.integers(1, 12),
    st.floats(60.0, 5000.0),
    st.tuples(st.sampled_from(((40.0, 60.0), (40.0, 65.0), (50.0, 65.0))), st.sampled_from((0.0, 5.0))),
    st.integers(1, 15),
    st.integers(1, 3),
)
def test_a_time_is_shared_and_never_exceeded(
    many: int, budget_s: float, piece: tuple[tuple[float, float], float], most: int, fewest: int
) -> None:
    used, (piece_s, rest_s) = STRETCHES[:many], piece
    items = set_work.evenly(
        used, budget_s, piece_s=piece_s, rest_s=rest_s, effort_rpe=2.0, most_sets=most, fewest_sets=fewest
    )
    sets = items[0].sets
    assert lasting(items) <= budget_s
    assert [item.exercise for item in items] == [each.id for each in used[: len(items)]]
    assert {item.sets for item in items} == {sets}
    assert sets <= most
    assert all(item.work_s + item.rest_s <= piece_s[1] for item in items)
    assert all((item.hold_s or 0.0) % 5.0 == 0.0 for item in items)
    needed = min(most, max(fewest, math.ceil(budget_s / (many * piece_s[1]))))
    pieces = {each * count for each in range(1, many + 1) for count in range(1, needed + 1)}
    if any(count * piece_s[0] <= budget_s <= count * piece_s[1] for count in pieces):
        # Lost are only parts of a repetition, and of a step, for each set.
        held = sum(item.hold_s is not None for item in items)
        assert lasting(items) >= budget_s - sets * (5.0 * held + 30.0 * (len(items) - held))


@pytest.mark.parametrize(
    ("budget_s", "expected"),
    [
        (120.0, (3, 1, 35.0)),  # more of them first,
        (360.0, (6, 1, 55.0)),  # then longer,
        (480.0, (6, 2, 35.0)),  # then more often
        (720.0, (6, 2, 55.0)),
        (9000.0, (6, 4, 60.0)),  # and no more than that
    ],
)
def test_more_exercises_then_longer_ones_then_more_sets(
    budget_s: float, expected: tuple[int, int, float]
) -> None:
    used = [each for each in STRETCHES if each.seconds_per_rep is None][:6]
    items = set_work.evenly(used, budget_s, piece_s=(40.0, 65.0), rest_s=5.0, effort_rpe=2.0, most_sets=4)
    assert (len(items), items[0].sets, items[0].hold_s) == expected


def test_seconds_that_are_left_make_the_first_holds_longer() -> None:
    used = [each for each in STRETCHES if each.seconds_per_rep is None][:3]
    items = set_work.evenly(used, 131.0, piece_s=(40.0, 65.0), rest_s=5.0, effort_rpe=2.0, most_sets=4)
    assert [item.work_s for item in items] == [item.hold_s for item in items] == [40.0, 40.0, 35.0]


def test_stretches_come_again_before_others_are_begun() -> None:
    items = set_work.evenly(
        STRETCHES, 400.0, piece_s=(40.0, 65.0), rest_s=5.0, effort_rpe=2.0, most_sets=4, fewest_sets=2
    )
    assert [item.sets for item in items] == [2, 2, 2, 2, 2]
    assert [(item.hold_s, item.rest_s) for item in items[:1]] == [(35.0, 5.0)]


@given(
    st.floats(300.0, 4000.0), st.sampled_from(sorted(FOR_GOAL)), st.sampled_from(LEVELS), st.integers(0, 50)
)
def test_strength_fills_the_time_and_never_more(budget_s: float, goal: Any, level: Any, seed: int) -> None:
    items = trained(budget_s, dose=FOR_GOAL[goal], seed=seed, level=level, goal=goal)
    dose = FOR_GOAL[goal]
    assert items
    assert lasting(items) <= budget_s + 1e-6  # sums of floats
    assert len({item.exercise for item in items}) == len(items) <= 12
    assert all(1 <= item.sets <= dose.sets for item in items)
    assert all(dose.rest_s <= item.rest_s <= dose.longest_rest_s for item in items)


def test_every_movement_comes_once_before_any_comes_again() -> None:
    items = trained(3600.0, dose=Dose(2, 10, 30.0, 30.0))
    patterns = [catalogue()[item.exercise].pattern for item in items]
    assert sorted(patterns[:4]) == ["hinge", "pull", "push", "squat"]
    assert set(patterns[-4:]) >= {"core", "isolation"}


def test_where_time_is_short_four_movements_come_before_more_sets() -> None:
    items = trained(1000.0)
    assert len(items) >= 4
    assert {item.sets for item in items} <= {2, 3}


def test_weights_for_who_wants_to_be_strong_and_what_helps_tired_muscles_last() -> None:
    strong = trained(3600.0, goal="strength")
    first = [catalogue()[item.exercise] for item in strong[:4]]
    assert all(each.equipment for each in first)
    # Biceps trained yesterday: rows that the biceps help with come after those that it does not.
    rows = [each for each in STRENGTH if each.pattern == "pull"]
    curls = History((did(1, "curl"),))
    names = [item.exercise for item in trained(9000.0, rows, history=curls)]
    assert set(names[:2]) == {"face_pull", "band_pull_apart"}


@pytest.mark.parametrize(
    ("exercise", "reps", "hold_s", "work_s"),
    [("bench_press", 5, None, 20.0), ("squat", 10, None, 30.0), ("plank", None, 45.0, 45.0)],
)
def test_a_set_is_what_the_dose_says(
    exercise: str, reps: int | None, hold_s: float | None, work_s: float
) -> None:
    [item] = trained(300.0, [catalogue()[exercise]], Dose(1, 5, 120.0, 120.0))
    assert (item.reps, item.hold_s, item.work_s, item.rest_s) == (reps, hold_s, work_s, 120.0)


def test_time_that_is_left_makes_the_rests_longer() -> None:
    [item] = trained(400.0, [catalogue()["bench_press"]], Dose(4, 10, 50.0, 90.0))
    assert (item.sets, item.rest_s, item.duration_s) == (4, 60.0, 400.0)


@given(st.floats(120.0, 2000.0), st.integers(2, 6), st.sampled_from(LEVELS))
def test_a_circuit_has_its_rounds(budget_s: float, many: int, level: Any) -> None:
    used = [each for each in catalogue().values() if each.kind == "cardio" and each.seconds_per_rep][:many]
    interval = set_work.CIRCUITS[level]
    items = set_work.circuit(used, budget_s, interval, 8.0)
    assert sum(item.sets for item in items) == interval.rounds(budget_s)
    assert lasting(items) <= budget_s
    assert max(item.sets for item in items) - min(item.sets for item in items) <= 1
    assert all(0.0 < item.work_s <= interval.work_s for item in items)
