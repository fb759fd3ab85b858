"""Which kinds of workout are due: what a goal wants over two weeks, less what was done. Pure.

The shares follow ACSM's Guidelines for Exercise Testing and Prescription (11th ed., 2021): aerobic work on
most days, resistance on two to three, weighted by goal. Intervals are left out where the guidelines want work
to be continuous and low: rehabilitation, a deload, people with a condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from recommender.history import History
    from recommender.person import Goal, Person
    from recommender.prescription import WorkoutType

WINDOW_DAYS: Final = 14
MOST_DUE: Final = 2
WANTED: Final[Mapping[Goal, Mapping[WorkoutType, float]]] = {
    "fat_loss": {"steady": 0.35, "intervals": 0.25, "resistance": 0.35, "mobility": 0.05},
    "endurance": {"steady": 0.55, "intervals": 0.2, "resistance": 0.2, "mobility": 0.05},
    "hypertrophy": {"steady": 0.15, "intervals": 0.05, "resistance": 0.75, "mobility": 0.05},
    "strength": {"steady": 0.15, "intervals": 0.05, "resistance": 0.75, "mobility": 0.05},
    "mobility": {"steady": 0.25, "intervals": 0.0, "resistance": 0.2, "mobility": 0.55},
    "rehab": {"steady": 0.35, "intervals": 0.0, "resistance": 0.25, "mobility": 0.4},
}


def due(person: Person, history: History, today: date) -> tuple[WorkoutType, ...]:
    """The one or two kinds that are furthest behind their share, the furthest first.

    Args:
        person: their goal and phase say what is wanted.
        history: the workouts of the last 14 days are counted.
        today: the day to train on.
    """
    wanted = _wanted(person)
    done = [each.type for each in history.workouts if 0 < (today - each.day).days <= WINDOW_DAYS]
    total = len(done) + 1  # today's included
    behind = {kind: share * total - done.count(kind) for kind, share in wanted.items()}
    ordered = sorted(behind, key=lambda kind: -behind[kind])
    return tuple(kind for kind in ordered[:MOST_DUE] if behind[kind] > 0)


def _wanted(person: Person) -> dict[WorkoutType, float]:
    gentle = person.training_phase in {"deload", "rehab"} or bool(person.conditions)
    allowed = {
        kind: share
        for kind, share in WANTED[person.goal].items()
        if share > 0 and not (gentle and kind == "intervals")
    }
    total = sum(allowed.values())
    return {kind: share / total for kind, share in allowed.items()}
