"""What a person has done and said: the past that every plan is made from. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import date

    from recommender.prescription import Prescription, WorkoutType

LOWEST_RPE: Final = 1
HIGHEST_RPE: Final = 10
"""Borg's CR10 without its zero: rating of perceived exertion."""
MOST_STRESSED: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformedExercise:
    """One exercise of a workout.

    Attributes:
        exercise: its id in the catalogue.
        sets: how many.
        reps: full repetitions over all sets.
        load_kg: the weight moved, when told.
    """

    exercise: str
    sets: int
    reps: int
    load_kg: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workout:
    """One training, as performed; None is what nobody measured or told.

    Attributes:
        day: in the gym's timezone.
        type: what kind of training.
        duration_minutes: as performed.
        intensity_score: as performed, 1 to 5.
        prescribed: what the plan of that day said; None when there was none.
        completion: performed share of the plan, 0 to 1.
        mean_bpm: mean heart rate.
        rpe: 1 to 10.
        accepted: whether the member took the plan.
        exercises: what was done.
        note: what the member wrote about it.
    """

    day: date
    type: WorkoutType
    duration_minutes: float
    intensity_score: float | None = None
    prescribed: Prescription | None = None
    completion: float | None = None
    mean_bpm: float | None = None
    rpe: float | None = None
    accepted: bool | None = None
    exercises: tuple[PerformedExercise, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wellbeing:
    """What a member told, or a band measured, of one day. It never leaves the box.

    Attributes:
        day: the day that begins after the night that is told of.
        sleep_efficiency: time asleep by time in bed, 0 to 1.
        stress_index: 0 (calm) to 10.
        resting_bpm: resting heart rate of that morning.
        hrv_ms: RMSSD of that morning.
    """

    day: date
    sleep_efficiency: float | None = None
    stress_index: float | None = None
    resting_bpm: float | None = None
    hrv_ms: float | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A person's past, oldest first."""

    workouts: tuple[Workout, ...] = ()
    wellbeing: tuple[Wellbeing, ...] = ()
