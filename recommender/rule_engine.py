"""What a good gym prescribes without any model: the fallback when there is none, and the baseline. Pure.

Minutes and exertion follow ACSM's Guidelines for Exercise Testing and Prescription (11th ed., 2021): 20 to 60
minutes a session (chapter 5), at least 50 for weight loss (Donnelly et al., ACSM position stand, Med. Sci.
Sports Exerc. 41 (2009) 459-471: 250 minutes a week), shorter and easier for beginners and older adults
(chapter 6). An hour of resistance training is what 8 to 10 exercises of 2 to 4 sets come to. A taper cuts
volume by 41 to 60 % (Bosquet et al., Med. Sci. Sports Exerc. 39 (2007) 1358-1365); a deload in every cycle is
milder. No session is more than 10 % longer than the last ones were.

Beginners and older adults begin a little easier; as soon as somebody has rated workouts, the mean surprise of
the last three says instead how much easier or harder they need it (autoregulation; Helms et al., Strength
Cond. J. 38 (2016) 42-49). What a run of hard ones forbids is not here: that is `adaptation.py`, after the
rules as after the models.
"""

from __future__ import annotations

from statistics import fmean
from typing import TYPE_CHECKING, Final

from recommender.exertion import RPE_PER_INTENSITY, ease, wanted_rpe
from recommender.features import FEATURE_NAMES, MONTH_DAYS
from recommender.prescription import within_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from recommender.features import FeatureVector
    from recommender.history import History, Workout
    from recommender.person import Goal, Level, Person, TrainingPhase
    from recommender.prescription import Prescription

MINUTES: Final[Mapping[Goal, float]] = {
    "fat_loss": 50.0,
    "endurance": 50.0,
    "hypertrophy": 60.0,
    "strength": 60.0,
    "mobility": 35.0,
    "rehab": 35.0,
}
LEVEL_SHARE: Final[Mapping[Level, float]] = {"beginner": 0.7, "intermediate": 1.0, "advanced": 1.15}
PHASE_SHARE: Final[Mapping[TrainingPhase, float]] = {
    "base": 0.9,
    "build": 1.0,
    "hypertrophy": 1.0,
    "strength": 1.0,
    "peak": 0.85,
    "deload": 0.7,
    "rehab": 0.7,
}
OLDER_YEARS: Final = 65.0
OLDER_SHARE: Final = 0.85
STEP: Final = 0.1
"""How much longer or shorter than the last ones a session is at most, towards what the goal asks for."""
LAST_WORKOUTS: Final = 5
LAST_RATINGS: Final = 3
BEGINNER_EASIER: Final = 0.25
OLDER_EASIER: Final = 0.25
BAD_NIGHTS: Final = 0.7
HIGH_STRESS: Final = 7.5
STRAINED_EASIER: Final = 0.5
STRAINED_SHARE: Final = 0.9


def prescribe(person: Person, history: History, today: date, features: FeatureVector) -> Prescription:
    """Minutes and intensity by the book.

    Args:
        person: As they are today.
        history: Their past, in any order; today and later days are left out.
        today: The day to train on.
        features: Of that day; nights and stress are looked at, when they are known.
    """
    before = sorted(
        (each for each in history.workouts if 0 < (today - each.day).days <= MONTH_DAYS),
        key=lambda workout: workout.day,
    )
    minutes = _minutes(person, before)
    intensity = wanted_rpe(person.goal, person.training_phase) / RPE_PER_INTENSITY
    intensity -= _easier(person, before)
    if _is_strained(features):
        minutes *= STRAINED_SHARE
        intensity -= STRAINED_EASIER
    return within_range(minutes, intensity)


def _minutes(person: Person, before: Sequence[Workout]) -> float:
    phase_share = PHASE_SHARE[person.training_phase]
    minutes = MINUTES[person.goal] * LEVEL_SHARE[person.level] * phase_share
    if _is_older(person):
        minutes *= OLDER_SHARE
    last = [each.duration_minutes for each in before[-LAST_WORKOUTS:]]
    if last:
        done = sum(last) / len(last)
        shortest = done * min(1 - STEP, phase_share)
        minutes = min(max(minutes, shortest), done * (1 + STEP))
    return minutes


def _easier(person: Person, before: Sequence[Workout]) -> float:
    """Points of intensity below what the phase wants: as the last ones felt, else as such people start."""
    eases = [felt for each in before if (felt := ease(each)) is not None]
    if eases:
        return -fmean(eases[-LAST_RATINGS:])
    return BEGINNER_EASIER * (person.level == "beginner") + OLDER_EASIER * _is_older(person)


def _is_older(person: Person) -> bool:
    return person.age_years is not None and person.age_years >= OLDER_YEARS


def _is_strained(features: FeatureVector) -> bool:
    known = {
        name: float(value)
        for name, value in zip(FEATURE_NAMES, features.values, strict=True)
        if name not in features.imputed
    }
    return known.get("sleep_efficiency", 1.0) < BAD_NIGHTS or known.get("stress_index", 0.0) > HIGH_STRESS
