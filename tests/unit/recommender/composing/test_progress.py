"""Somebody who does what the plans say, for months: how the rules act on each other."""

from datetime import date, timedelta
from itertools import cycle, pairwise

import pytest

from recommender.composing.compose import compose
from recommender.history import History, PerformedExercise, Workout
from recommender.plan import Composition, ExerciseSets
from recommender.prescription import Prescription
from tests.unit.recommender.composing.people import FULL, somebody

FIRST_DAY = date(2026, 1, 5)
FIRST_LOAD = {"beginner": 75.0, "intermediate": 120.0, "advanced": 157.5}


def performed(plan: Composition, day: date) -> Workout:
    """What the plan says, done to the letter."""
    sets = [item for item in plan.blocks[1].items if isinstance(item, ExerciseSets)]
    return Workout(
        day=day,
        type=plan.type,
        duration_minutes=plan.prescription.duration_minutes,
        intensity_score=plan.prescription.intensity_score,
        exercises=tuple(
            PerformedExercise(exercise=item.exercise, sets=item.sets, reps=item.reps or 0) for item in sets
        ),
    )


def followed(
    level: str, wanted: Prescription, gaps_days: tuple[int, ...], weeks: int = 12, began: date = FIRST_DAY
) -> list[Workout]:
    """Strength and steady work in turn, every so many days."""
    done: list[Workout] = []
    day, gaps = began, cycle(gaps_days)
    while day < began + timedelta(weeks=weeks):
        plan = compose(
            person=somebody(level=level),
            prescription=wanted,
            type="steady" if len(done) % 2 else "resistance",
            gym=FULL,
            history=History(tuple(done)),
            today=day,
            seed=len(done),
        )
        done.append(performed(plan, day))
        day += timedelta(days=next(gaps))
    return done


def load(workout: Workout) -> float:
    return workout.duration_minutes * (workout.intensity_score or 0.0)


@pytest.mark.parametrize("level", FIRST_LOAD)
@pytest.mark.parametrize("gaps_days", [(2, 2, 3), (3, 4), (7,)])
def test_who_follows_the_plan_gets_where_it_leads(level: str, gaps_days: tuple[int, ...]) -> None:
    wanted = Prescription(50.0, 3.2)
    done = followed(level, wanted, gaps_days)
    loads = [load(each) for each in done]
    assert loads[0] <= FIRST_LOAD[level]
    assert loads[-1] == pytest.approx(wanted.load)
    # Hardly a step back on the way, and no workout that is only left over.
    assert all(later >= 0.9 * earlier for earlier, later in pairwise(loads))


@pytest.mark.parametrize("level", FIRST_LOAD)
def test_no_week_carries_a_tenth_more_than_the_one_before(level: str) -> None:
    done = followed(level, Prescription(60.0, 3.5), (2, 2, 3))
    weeks = [sum(map(load, done[begin : begin + 3])) for begin in range(0, len(done), 3)]
    assert weeks[-1] > 1.3 * weeks[0]
    for earlier, later in pairwise(weeks):
        assert later <= 1.1 * max(earlier, 3 * FIRST_LOAD[level]) + 1e-6


def test_after_three_weeks_away_it_begins_again() -> None:
    before = followed("intermediate", Prescription(60.0, 3.5), (2, 2, 3))
    back = before[-1].day + timedelta(days=21)
    plan = compose(
        person=somebody(level="intermediate"),
        prescription=Prescription(60.0, 3.5),
        type="steady",
        gym=FULL,
        history=History(tuple(before)),
        today=back,
        seed=1,
    )
    assert plan.prescription == Prescription(40.0, 3.0)
    assert "comeback" in {rule.name for rule in plan.rules}
