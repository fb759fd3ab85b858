"""Sets of exercises that fill a time: warm-up, strength, circuits, mobility, cool-down."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from recommender.composing.catalogue import STRENGTH_PATTERNS
from recommender.composing.machine_work import Interval
from recommender.composing.rules.doses import HOLD_S
from recommender.person import LEVELS
from recommender.plan import ExerciseSets
from recommender.prescription import down_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from random import Random

    from recommender.composing.catalogue import Exercise, Pattern
    from recommender.composing.rules.doses import Dose
    from recommender.composing.situation import Situation
    from recommender.person import Goal, Level

LAST: Final[tuple[Pattern, ...]] = ("isolation", "carry", "core")
MOST_EXERCISES: Final[Mapping[Level, int]] = {"beginner": 8, "intermediate": 10, "advanced": 12}
CIRCUITS: Final[Mapping[Level, Interval]] = {
    "beginner": Interval(30.0, 60.0, 360.0),
    "intermediate": Interval(30.0, 30.0, 600.0),
    "advanced": Interval(40.0, 20.0, 900.0),
}
"""Intervals without a machine, short enough for any exercise."""
ENOUGH_EXERCISES: Final = 4
FEWEST_SETS: Final = 2
"""Where time is short, four movements come before more sets of fewer, but no less than two sets of each."""
FEWEST_UNLOADED_REPS: Final = 10
"""Without a weight, fewer would be no work."""
STEP_S: Final = 5.0
"""Holds and rests last whole steps: people count them."""
LOADED_GOALS: Final[tuple[Goal, ...]] = ("strength", "hypertrophy")


def evenly(
    exercises: Sequence[Exercise],
    budget_s: float,
    *,
    piece_s: tuple[float, float],
    rest_s: float,
    effort_rpe: float,
    most_sets: int,
    fewest_sets: int = 1,
) -> list[ExerciseSets]:
    """Share a time evenly among exercises, each with as many sets; never more than the time.

    More exercises come before longer sets, longer sets before more of them.

    Args:
        exercises: at least one, the first ones first; no more of them than one person can keep in mind.
        budget_s: the time.
        piece_s: the least and the most that a set with its rest may last.
        rest_s: after each set.
        effort_rpe: how hard a set should feel.
        most_sets: of one exercise.
        fewest_sets: of one exercise, as long as the time allows.
    """
    least_s, most_s = piece_s
    enough = min(most_sets, max(fewest_sets, math.ceil(budget_s / (len(exercises) * most_s))))
    for sets in range(enough, 0, -1):
        used = exercises[: int(budget_s // (sets * least_s))]
        if len(used) * sets * most_s >= budget_s:
            break
    else:  # too short or too long for any number of them
        sets = min(enough, max(1, int(budget_s // least_s)))
        used = exercises[: max(1, int(budget_s // (sets * least_s)))]
    each_s = min(budget_s / (sets * len(used)), most_s)
    items = [_timed(exercise, sets, each_s - rest_s, rest_s, effort_rpe) for exercise in used]
    return _filled(items, budget_s, most_s - rest_s)


def _filled(items: Sequence[ExerciseSets], budget_s: float, most_s: float) -> list[ExerciseSets]:
    """What time is left makes holds a step longer, the first ones first."""
    left_s = budget_s - sum(each.duration_s for each in items)
    filled = []
    for each in items:
        held_s = (each.hold_s or math.inf) + STEP_S
        if held_s <= most_s and each.sets * STEP_S <= left_s:
            left_s -= each.sets * STEP_S
            filled.append(replace(each, hold_s=held_s, work_s=held_s))
        else:
            filled.append(each)
    return filled


def _timed(exercise: Exercise, sets: int, work_s: float, rest_s: float, effort_rpe: float) -> ExerciseSets:
    """Sets that last at most so long."""
    seconds_per_rep = exercise.seconds_per_rep
    reps = None if seconds_per_rep is None else max(1, int(work_s // seconds_per_rep))
    if reps is None or seconds_per_rep is None:
        lasts_s = max(STEP_S, down_to(work_s, STEP_S))
    else:
        lasts_s = reps * seconds_per_rep
    return ExerciseSets(
        exercise=exercise.id,
        sets=sets,
        reps=reps,
        hold_s=lasts_s if reps is None else None,
        rest_s=rest_s,
        work_s=lasts_s,
        effort_rpe=effort_rpe,
    )


def circuit(
    exercises: Sequence[Exercise], budget_s: float, interval: Interval, effort_rpe: float
) -> list[ExerciseSets]:
    """Intervals without a machine: rounds of several exercises, each followed by ease."""
    rounds = interval.rounds(budget_s)
    used = exercises[: max(1, rounds)]
    sets = [rounds // len(used) + (number < rounds % len(used)) for number in range(len(used))]
    return [
        _timed(exercise, count, interval.work_s, interval.ease_s, effort_rpe)
        for exercise, count in zip(used, sets, strict=True)
        if count
    ]


def resistance(
    exercises: Sequence[Exercise],
    budget_s: float,
    *,
    dose: Dose,
    effort_rpe: float,
    situation: Situation,
    chance: Random,
) -> list[ExerciseSets]:
    """Strength exercises, one of each movement before any comes again, until the time is used."""
    level = situation.person.level
    turn = _in_turn(exercises, situation, chance)[: MOST_EXERCISES[level]]
    whole = [_dosed(each, dose, effort_rpe, level) for each in turn]
    fewest = min(dose.sets, FEWEST_SETS)
    for sets in range(dose.sets, fewest - 1, -1):
        chosen = _that_fit([replace(each, sets=sets) for each in whole], budget_s, fewest)
        if len(chosen) >= min(len(whole), ENOUGH_EXERCISES):
            break
    chosen = chosen or _that_fit(whole, budget_s, 1)
    last = {each.id for each in turn if each.pattern in LAST}
    chosen.sort(key=lambda each: each.exercise in last)
    return _rested(chosen, budget_s, dose)


def _that_fit(wanted: Sequence[ExerciseSets], budget_s: float, fewest_sets: int) -> list[ExerciseSets]:
    """As many as there is time for, in order, the last ones with fewer sets."""
    chosen: list[ExerciseSets] = []
    for each in wanted:
        sets = min(each.sets, int(budget_s // (each.work_s + each.rest_s)))
        if sets >= fewest_sets:
            chosen.append(replace(each, sets=sets))
            budget_s -= chosen[-1].duration_s
    return chosen


def _in_turn(exercises: Sequence[Exercise], situation: Situation, chance: Random) -> list[Exercise]:
    """Every exercise once: the best suited of each movement, then the next of each."""
    loaded = situation.person.goal in LOADED_GOALS
    level = LEVELS.index(situation.person.level)
    suited = sorted(
        exercises,
        key=lambda each: (
            len(situation.tired.intersection(each.secondary)),
            loaded and not each.equipment,
            abs(LEVELS.index(each.level) - level),
            chance.random(),
        ),
    )
    movements = [[each for each in suited if each.pattern == pattern] for pattern in STRENGTH_PATTERNS]
    return [each for turn in zip_longest(*movements) for each in turn if each is not None]


def _dosed(exercise: Exercise, dose: Dose, effort_rpe: float, level: Level) -> ExerciseSets:
    if exercise.seconds_per_rep is None:
        return _timed(exercise, dose.sets, HOLD_S[level], dose.rest_s, effort_rpe)
    reps = dose.reps if exercise.equipment else max(dose.reps, FEWEST_UNLOADED_REPS)
    return _timed(exercise, dose.sets, reps * exercise.seconds_per_rep, dose.rest_s, effort_rpe)


def _rested(chosen: Sequence[ExerciseSets], budget_s: float, dose: Dose) -> list[ExerciseSets]:
    """What time is left makes the rests longer, as far as the goal wants."""
    left_s = budget_s - sum(each.duration_s for each in chosen)
    sets = sum(each.sets for each in chosen)
    longer_s = min(dose.longest_rest_s - dose.rest_s, down_to(left_s / sets, STEP_S)) if sets else 0.0
    return [replace(each, rest_s=each.rest_s + longer_s) for each in chosen]
