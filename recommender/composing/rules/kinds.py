"""Which kind of workout it may be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from recommender.composing.rules.limits import (
    MONTH_DAYS,
    MOST_FOR_CONDITION,
    MOST_FOR_DELOAD,
    MOST_FOR_RECOVERY,
)
from recommender.composing.situation import REST_DAYS, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recommender.composing.aim import Aim
    from recommender.composing.catalogue import Exercise
    from recommender.composing.rules.limits import Lowered
    from recommender.composing.situation import Situation
    from recommender.person import Condition
    from recommender.prescription import WorkoutType

NO_INTERVALS_WITH: Final[tuple[Condition, ...]] = ("heart_disease", "hypertension", "pregnancy", "vertigo")
NO_INTERVALS_BELOW_YEARS: Final = 14.0
NO_INTERVALS_FROM_YEARS: Final = 75.0
BASE_SESSIONS: Final = 6
"""So many workouts in four weeks come before intervals (ACSM's Guidelines: moderate before vigorous)."""
FEWEST_EXERCISES: Final = 2
AT_MACHINES: Final[tuple[WorkoutType, ...]] = ("steady", "intervals")


def interval_readiness(
    aim: Aim,
    situation: Situation,
    exercises: Sequence[Exercise],  # noqa: ARG001 - all rules look alike
) -> Lowered | None:
    """Intervals are for those who have a base, are well, and have rested from the last ones for 48 h."""
    if aim.type != "intervals":
        return None
    why = _to_be_spared(situation) or _not_ready(situation)
    return (replace(aim, type="steady"), f"intervals -> steady ({why})") if why else None


def _to_be_spared(situation: Situation) -> str:
    person = situation.person
    conditions = [each for each in NO_INTERVALS_WITH if each in person.conditions]
    if conditions:
        return f"{in_words(conditions[0])}: intensity at most {MOST_FOR_CONDITION[conditions[0]]:g}"
    if not NO_INTERVALS_BELOW_YEARS <= situation.age_years < NO_INTERVALS_FROM_YEARS:
        return situation.age_in_words
    if situation.recovers:
        return f"rehab: intensity at most {MOST_FOR_RECOVERY:g}"
    if person.training_phase == "deload":
        return f"deload: intensity at most {MOST_FOR_DELOAD:g}"
    return ""


def _not_ready(situation: Situation) -> str:
    sessions = sum(1 <= days_ago <= MONTH_DAYS for days_ago, _ in situation.workouts)
    if situation.person.level == "beginner" and sessions < BASE_SESSIONS:
        return f"beginner with {sessions} workouts in 4 weeks, {BASE_SESSIONS} come before intervals"
    if any(work.type == "intervals" and ago < REST_DAYS for ago, work in situation.workouts):
        return "intervals in the last 48 h"
    return ""


def suitable_exercises(
    aim: Aim,
    situation: Situation,  # noqa: ARG001 - all rules look alike
    exercises: Sequence[Exercise],
) -> Lowered | None:
    """A kind of workout for which too few exercises are left gives way to a gentler one."""
    found, left = aim.type, 0
    if found == "intervals" and not machines(exercises) and len(circuit(exercises)) < FEWEST_EXERCISES:
        found, left = "steady", len(circuit(exercises))
    if found == "steady" and not (machines(exercises) or steady(exercises)):
        found, left = "mobility", 0
    if found == "resistance" and len(strength(exercises)) < FEWEST_EXERCISES:
        found, left = "mobility", len(strength(exercises))
    if found == aim.type:
        return None
    return replace(aim, type=found), f"{aim.type} -> {found} (exercises that the other rules leave: {left})"


def machines(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Those done at a machine."""
    return [each for each in exercises if each.machine is not None]


def circuit(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Those that make intervals without a machine: cardio in repetitions."""
    return [each for each in exercises if each.kind == "cardio" and each.seconds_per_rep is not None]


def steady(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Those that can be kept up for long without a machine."""
    return [
        each
        for each in exercises
        if each.kind == "cardio" and each.machine is None and each.seconds_per_rep is None
    ]


def strength(exercises: Sequence[Exercise]) -> list[Exercise]:
    """Those that make a resistance workout."""
    return [each for each in exercises if each.kind == "strength"]
