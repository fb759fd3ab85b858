"""What a member makes of a plan, and what of it goes on record.

People regulate themselves: they move towards what suits them, refuse plans that are far from it, and stop
when it is too much. That ratings follow the body only loosely is known (Chen, Fan and Moe, "Criterion-related
validity of the Borg ratings of perceived exertion scale in healthy individuals: a meta-analysis", J. Sports
Sci. 20 (2002) 873-899); how much they scatter here, and how strongly people regulate, is a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recommender.exertion import RPE_PER_INTENSITY
from recommender.history import HIGHEST_RPE, LOWEST_RPE, Workout
from recommender.prescription import WORKOUT_TYPES, within_range
from recommender.simulation.truth import LENGTH_RPE, OWN_INTENSITY, OWN_MINUTES, OWN_SPREAD, TYPE_RPE

if TYPE_CHECKING:
    from datetime import date

    from numpy.random import Generator

    from recommender.prescription import Prescription, WorkoutType
    from recommender.simulation.heart import HeartRates
    from recommender.simulation.people import Traits
    from recommender.simulation.truth import Truth

RATING_NOISE: Final = 0.4
INTENSITY_NOISE: Final = 0.1
"""By which a performed intensity is measured wrongly."""
HEART_NOISE_BPM: Final = 3.0
STRAIN_BPM: Final = 2.0
"""By which the heart beats quicker for each point of strain."""
BROKEN_OFF: Final = (0.5, 0.85)
_ACCEPTS: Final = 1.8
_TOO_LONG: Final = 3.0
_TOO_HARD: Final = 0.4
"""Log-odds of accepting what suits, and what they lose by the square of how far off a plan is."""
_GOES_HOME: Final = 0.3
"""Of those who refuse a plan; the others do as they like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was really done.

    Attributes:
        type: what kind of workout.
        prescribed: what the plan said.
        accepted: whether they took it.
        minutes: performed.
        intensity: performed.
    """

    type: WorkoutType
    prescribed: Prescription
    accepted: bool
    minutes: float
    intensity: float


def attempt(
    chance: Generator, truth: Truth, workout_type: WorkoutType, prescribed: Prescription
) -> Attempt | None:
    """What somebody makes of a plan; None when they refuse it and go home."""
    longer = math.log(prescribed.duration_minutes / truth.suited.duration_minutes)
    harder = prescribed.intensity_score - truth.suited.intensity_score
    unsuited = _TOO_LONG * longer**2 + _TOO_HARD * harder**2
    accepted = chance.random() < 1 / (1 + math.exp(unsuited - _ACCEPTS - truth.adherence))
    if not accepted and chance.random() < _GOES_HOME:
        return None
    liked = truth.suited.duration_minutes * math.exp(chance.normal(0.0, OWN_SPREAD))
    intensity = (
        truth.suited.intensity_score + (1 - OWN_INTENSITY) * harder + chance.normal(0.0, INTENSITY_NOISE)
    )
    if not accepted:
        minutes, intensity = liked, truth.suited.intensity_score + chance.normal(0.0, 2 * INTENSITY_NOISE)
    else:
        minutes = prescribed.duration_minutes * (liked / prescribed.duration_minutes) ** OWN_MINUTES
        if chance.random() > truth.perseverance(harder):
            minutes *= chance.uniform(*BROKEN_OFF)
    done = within_range(minutes, intensity)
    return Attempt(
        type=workout_type,
        prescribed=prescribed,
        accepted=accepted,
        minutes=done.duration_minutes,
        intensity=done.intensity_score,
    )


def record(
    chance: Generator, traits: Traits, heart: HeartRates, *, today: date, truth: Truth, done: Attempt
) -> Workout:
    """What the box keeps of a workout: measured with noise, or not at all."""
    longer = math.log(done.minutes / truth.suited.duration_minutes)
    felt = RPE_PER_INTENSITY * done.intensity + truth.strain + LENGTH_RPE * longer
    felt += float(TYPE_RPE[WORKOUT_TYPES.index(done.type)]) + traits.rating_bias
    rating = round(felt + chance.normal(0.0, RATING_NOISE))
    mean_bpm = heart.mean_bpm(done.type, done.minutes, done.intensity) + STRAIN_BPM * truth.strain
    measured = within_range(done.minutes, done.intensity + chance.normal(0.0, INTENSITY_NOISE))
    return Workout(
        day=today,
        type=done.type,
        duration_minutes=round(measured.duration_minutes, 1),
        intensity_score=round(measured.intensity_score, 2),
        prescribed=done.prescribed,
        completion=min(1.0, round(done.minutes / done.prescribed.duration_minutes, 3)),
        mean_bpm=round(mean_bpm + chance.normal(0.0, HEART_NOISE_BPM))
        if chance.random() < traits.wears_band
        else None,
        rpe=float(min(max(rating, LOWEST_RPE), HIGHEST_RPE)) if chance.random() < traits.rates else None,
        accepted=done.accepted,
    )
