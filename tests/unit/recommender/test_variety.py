from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.history import History, Workout
from recommender.person import GOALS, TRAINING_PHASES, Goal, Person, TrainingPhase
from recommender.prescription import WORKOUT_TYPES, WorkoutType
from recommender.variety import MOST_DUE, WANTED, WINDOW_DAYS, due

TODAY = date(2026, 11, 21)

goals = st.sampled_from(GOALS)
phases = st.sampled_from(TRAINING_PHASES)
pasts = st.lists(st.tuples(st.integers(-3, 40), st.sampled_from(WORKOUT_TYPES)), max_size=30)


def past(*done: tuple[int, WorkoutType]) -> History:
    return History(
        tuple(
            Workout(day=TODAY - timedelta(days=ago), type=kind, duration_minutes=40.0) for ago, kind in done
        )
    )


@pytest.mark.parametrize("goal", GOALS)
def test_the_shares_of_a_goal_are_a_whole(goal: Goal) -> None:
    assert sum(WANTED[goal].values()) == pytest.approx(1.0)
    assert set(WANTED[goal]) == set(WORKOUT_TYPES)


def test_the_first_workout_is_what_the_goal_wants_most() -> None:
    assert due(Person(goal="strength"), History(), TODAY)[0] == "resistance"
    assert due(Person(goal="endurance"), History(), TODAY)[0] == "steady"
    assert due(Person(goal="mobility"), History(), TODAY)[0] == "mobility"


def test_after_much_of_one_kind_another_is_due() -> None:
    runs = past(*[(ago, "steady") for ago in (1, 2, 4, 6)])
    assert due(Person(goal="fat_loss"), runs, TODAY) == ("resistance", "intervals")


def test_what_lies_further_back_does_not_count() -> None:
    old = past(*[(WINDOW_DAYS + 1 + n, "steady") for n in range(6)])
    assert due(Person(goal="endurance"), old, TODAY) == due(Person(goal="endurance"), History(), TODAY)


def test_no_intervals_for_who_should_go_gently() -> None:
    lacking = past(*[(ago, kind) for ago in (1, 3, 5) for kind in ("steady", "resistance", "mobility")])
    assert "intervals" in due(Person(goal="fat_loss"), lacking, TODAY)
    assert "intervals" not in due(Person(goal="fat_loss", training_phase="deload"), lacking, TODAY)
    assert "intervals" not in due(
        Person(goal="fat_loss", conditions=frozenset({"hypertension"})), lacking, TODAY
    )


@given(goals, phases, pasts)
def test_something_is_always_due_and_the_goal_wants_it(
    goal: Goal, phase: TrainingPhase, done: list[tuple[int, WorkoutType]]
) -> None:
    kinds = due(Person(goal=goal, training_phase=phase), past(*done), TODAY)
    assert 1 <= len(kinds) <= MOST_DUE
    assert len(set(kinds)) == len(kinds)
    assert all(WANTED[goal][kind] > 0 for kind in kinds)


@given(goals)
def test_two_weeks_of_taking_the_first_come_to_the_shares(goal: Goal) -> None:
    done: list[tuple[int, WorkoutType]] = []
    for _ in range(WINDOW_DAYS):
        kind = due(Person(goal=goal), past(*done), TODAY)[0]
        done = [(ago + 1, before) for ago, before in done] + [(1, kind)]
    for kind, share in WANTED[goal].items():
        assert abs(sum(each == kind for _, each in done) - share * WINDOW_DAYS) <= 1.5
