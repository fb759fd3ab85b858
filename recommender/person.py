"""Whom a plan is for, as the recommender knows them. No name, no birth date: nothing that identifies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

from recommender.heart_rate import MAXIMUM_AGE_YEARS, MINIMUM_AGE_YEARS, maximum_heart_rate_bpm

Sex = Literal["female", "male", "unspecified"]
Level = Literal["beginner", "intermediate", "advanced"]
Goal = Literal["fat_loss", "endurance", "hypertrophy", "strength", "mobility", "rehab"]
TrainingPhase = Literal["base", "build", "hypertrophy", "strength", "peak", "deload", "rehab"]
BodyPart = Literal["neck", "shoulder", "elbow", "wrist", "upper_back", "lower_back", "hip", "knee", "ankle"]
Condition = Literal["heart_disease", "hypertension", "osteoporosis", "pregnancy", "vertigo"]

SEXES: Final[tuple[Sex, ...]] = get_args(Sex)
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
GOALS: Final[tuple[Goal, ...]] = get_args(Goal)
TRAINING_PHASES: Final[tuple[TrainingPhase, ...]] = get_args(TrainingPhase)
BODY_PARTS: Final[tuple[BodyPart, ...]] = get_args(BodyPart)
CONDITIONS: Final[tuple[Condition, ...]] = get_args(Condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person; None is what nobody told.

    Attributes:
        age_years: 5 to 110.
        sex: for the segments of the metrics; no rule and no model looks at it.
        height_cm: stature.
        weight_kg: body mass.
        level: how used to training.
        goal: what the training is for.
        training_phase: where in the cycle of training.
        injuries: parts of the body that must be spared.
        conditions: what a doctor has told them.
        maximum_bpm: measured maximum heart rate.
        resting_bpm: resting heart rate.
    """

    age_years: float | None = None
    sex: Sex = "unspecified"
    height_cm: float | None = None
    weight_kg: float | None = None
    level: Level = "beginner"
    goal: Goal = "fat_loss"
    training_phase: TrainingPhase = "base"
    injuries: frozenset[BodyPart] = frozenset()
    conditions: frozenset[Condition] = frozenset()
    maximum_bpm: float | None = None
    resting_bpm: float | None = None

    @property
    def expected_maximum_bpm(self) -> float | None:
        """The measured maximum heart rate, else the one expected at this age, else None."""
        if self.maximum_bpm is not None:
            return self.maximum_bpm
        if self.age_years is None or not MINIMUM_AGE_YEARS <= self.age_years <= MAXIMUM_AGE_YEARS:
            return None
        return maximum_heart_rate_bpm(self.age_years)
