"""How hard a workout should feel, how hard it felt, and what would have suited. Pure.

Exertion is rated from 1 to 10 (Borg's CR10 without its zero; Foster et al., "A new approach to monitoring
exercise training", J. Strength Cond. Res. 15 (2001) 109-115, multiply it by the minutes to a session's load).
The intensity score is half of the rating that it should lead to, so 1 is "light" (2) and 5 "maximal" (10).

What a phase wants follows the ranges of ACSM's Guidelines for Exercise Testing and Prescription (11th ed.,
2021, chapters 5 and 6): 5 to 6 of 10 is moderate, 7 to 8 vigorous, and those who recover stay below 5.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from recommender.history import HIGHEST_RPE, LOWEST_RPE
from recommender.prescription import within_range

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recommender.history import Workout
    from recommender.person import Goal, TrainingPhase
    from recommender.prescription import Prescription, WorkoutType

RPE_PER_INTENSITY: Final = 2.0
COMPLETED: Final = 0.9
"""From this share on a workout counts as completed."""
HALF_DOSE_MINUTES: Final = 20.0
RPE_TOLERANCE: Final = 2.0
UNKNOWN_INTENSITY: Final = 2.5
"""Stands in for a workout of which nobody knows how hard it was: moderate."""

WANTED_RPE: Final[Mapping[TrainingPhase, float]] = {
    "base": 5.0,
    "build": 6.5,
    "hypertrophy": 7.0,
    "strength": 7.5,
    "peak": 8.0,
    "deload": 4.0,
    "rehab": 3.5,
}
MOST_WANTED_RPE: Final[Mapping[Goal, float]] = {
    "fat_loss": 7.0,
    "endurance": 8.0,
    "hypertrophy": 8.0,
    "strength": 8.0,
    "mobility": 4.0,
    "rehab": 4.5,
}
WORTH: Final[Mapping[Goal, Mapping[WorkoutType, float]]] = {
    "fat_loss": {"steady": 1.0, "intervals": 0.9, "resistance": 0.8, "mobility": 0.3},
    "endurance": {"steady": 1.0, "intervals": 0.9, "resistance": 0.5, "mobility": 0.3},
    "hypertrophy": {"steady": 0.3, "intervals": 0.3, "resistance": 1.0, "mobility": 0.3},
    "strength": {"steady": 0.2, "intervals": 0.3, "resistance": 1.0, "mobility": 0.3},
    "mobility": {"steady": 0.5, "intervals": 0.2, "resistance": 0.5, "mobility": 1.0},
    "rehab": {"steady": 0.8, "intervals": 0.1, "resistance": 0.6, "mobility": 1.0},
}
"""What a kind of workout is worth for a goal, 0 to 1: the principle of specificity, in a coach's numbers."""


def expected_rpe(intensity_score: float) -> float:
    """How hard an intensity feels on an ordinary day, 2 to 10."""
    return RPE_PER_INTENSITY * intensity_score


def wanted_rpe(goal: Goal, phase: TrainingPhase) -> float:
    """How hard a workout should feel: what the phase wants, but no more than the goal does."""
    return min(WANTED_RPE[phase], MOST_WANTED_RPE[goal])


def phase_intensity(phase: TrainingPhase) -> float:
    """The intensity that a phase wants on an ordinary day, whatever the goal."""
    return WANTED_RPE[phase] / RPE_PER_INTENSITY


def limit_of_goal(goal: Goal, phase: TrainingPhase) -> float:
    """Points of intensity by which a goal asks for less than the phase does, from zero on."""
    return phase_intensity(phase) - wanted_rpe(goal, phase) / RPE_PER_INTENSITY


def ease(workout: Workout) -> float | None:
    """Points of intensity by which a workout felt easier than it was; below zero when it felt harder.

    Returns:
        None when nobody knows how hard it was or how hard it felt.
    """
    if workout.intensity_score is None or workout.rpe is None:
        return None
    return workout.intensity_score - min(max(workout.rpe, LOWEST_RPE), HIGHEST_RPE) / RPE_PER_INTENSITY


def suited(workout: Workout, goal: Goal, phase: TrainingPhase) -> Prescription | None:
    """What would have suited that day, as the record tells: what models learn to prescribe.

    The minutes are those that were performed. The intensity is the performed one, corrected by how it felt:
    half a point for each point of exertion that it was too easy or too hard for the goal and the phase. So
    it does not depend on what the coach of that day happened to prescribe. It takes an intensity that was
    measured or prescribed; one that was itself derived from the rating would only say what was wanted.

    Returns:
        None when nobody knows how hard the workout was or how hard it felt.
    """
    easier = ease(workout)
    if easier is None:
        return None
    return within_range(workout.duration_minutes, wanted_rpe(goal, phase) / RPE_PER_INTENSITY + easier)


def served(workout: Workout, goal: Goal, phase: TrainingPhase) -> float | None:
    """How well a workout served, 0 to 1, as the record tells: what the effect model learns.

    A dose with diminishing returns (half at 20 minutes, as in the dose-response of ACSM's guidelines), times
    how near it felt to what was wanted, times the share that was completed. What the kind of workout is worth
    for the goal is not in it: multiply by `WORTH`.

    Returns:
        None when nobody knows how hard it felt.
    """
    if workout.rpe is None:
        return None
    dose = 1.0 - math.exp2(-workout.duration_minutes / HALF_DOSE_MINUTES)
    off = (workout.rpe - wanted_rpe(goal, phase)) / RPE_TOLERANCE
    share = 1.0 if workout.completion is None else workout.completion
    return dose * math.exp(-0.5 * off * off) * share


def session_load(workout: Workout) -> float:
    """Minutes x intensity as performed; else the rating tells the intensity, else the plan, else moderate."""
    if workout.intensity_score is not None:
        intensity = workout.intensity_score
    elif workout.rpe is not None:
        intensity = workout.rpe / RPE_PER_INTENSITY
    elif workout.prescribed is not None:
        intensity = workout.prescribed.intensity_score
    else:
        intensity = UNKNOWN_INTENSITY
    return workout.duration_minutes * intensity
