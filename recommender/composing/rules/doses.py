"""Sets x repetitions x rest, after goal and phase, and who gets less of it.

Sources: NSCA, Essentials of Strength Training and Conditioning, 4th ed. (2016), chapter 17: strength at most
6 repetitions with 2 to 5 min of rest, hypertrophy 6 to 12 with 30 to 90 s, muscular endurance 12 and more
with at most 30 s. ACSM's Guidelines (11th ed.): novices 8 to 12, older adults and hearts to spare 10 to 15.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recommender.composing.rules.limits import ADULT_YEARS, DELOAD_SHARE, OLDER_YEARS
from recommender.composing.situation import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recommender.composing.situation import Situation
    from recommender.person import Condition, Goal, Level, Person, TrainingPhase


@dataclass(frozen=True, slots=True)
class Dose:
    """How an exercise is done.

    Attributes:
        sets: how many.
        reps: in each.
        rest_s: after each, at least.
        longest_rest_s: after each, at most.
    """

    sets: int
    reps: int
    rest_s: float
    longest_rest_s: float

    def __str__(self) -> str:
        """As rules tell it."""
        return f"{self.sets} x {self.reps}"


Lessened = tuple[Dose, str]
"""The lower dose, and why in words with numbers."""

FOR_GOAL: Final[Mapping[Goal, Dose]] = {
    "fat_loss": Dose(3, 12, 30.0, 60.0),
    "endurance": Dose(3, 15, 20.0, 30.0),
    "hypertrophy": Dose(4, 10, 60.0, 90.0),
    "strength": Dose(4, 5, 120.0, 300.0),
    "mobility": Dose(2, 12, 45.0, 75.0),
    "rehab": Dose(2, 15, 45.0, 90.0),
}
FOR_PHASE: Final[Mapping[TrainingPhase, Goal]] = {
    "hypertrophy": "hypertrophy",
    "strength": "strength",
    "peak": "strength",
    "rehab": "rehab",
}
"""Phases that say themselves what the sets are like."""
OWN_WAY: Final[tuple[Goal, ...]] = ("mobility", "rehab")
"""Goals that no phase overrules."""

LIGHT_FOR: Final[tuple[Condition, ...]] = ("heart_disease", "hypertension", "pregnancy")
FEWEST_LIGHT_REPS: Final = 10
FEWEST_NOVICE_REPS: Final = 8
MOST_NOVICE_SETS: Final = 3
HOLD_S: Final[Mapping[Level, float]] = {"beginner": 20.0, "intermediate": 30.0, "advanced": 45.0}


def usual_dose(person: Person) -> Dose:
    """What goal and phase ask for."""
    if person.goal in OWN_WAY:
        return FOR_GOAL[person.goal]
    return FOR_GOAL[FOR_PHASE.get(person.training_phase, person.goal)]


def light_loads(dose: Dose, situation: Situation) -> Lessened | None:
    """Few repetitions mean heavy weights: not for minors, older adults, or a heart that must be spared."""
    if dose.reps >= FEWEST_LIGHT_REPS:
        return None
    told = [each for each in LIGHT_FOR if each in situation.person.conditions]
    if not told and ADULT_YEARS <= situation.age_years < OLDER_YEARS:
        return None
    why = in_words(told[0]) if told else situation.age_in_words
    lighter = replace(dose, reps=FEWEST_LIGHT_REPS)
    return lighter, f"{dose} -> {lighter} ({why}: at least {FEWEST_LIGHT_REPS} repetitions)"


def novice_sets(dose: Dose, situation: Situation) -> Lessened | None:
    """Beginners do at most three sets of at least eight."""
    if situation.person.level != "beginner":
        return None
    fewer = replace(dose, sets=min(dose.sets, MOST_NOVICE_SETS), reps=max(dose.reps, FEWEST_NOVICE_REPS))
    return None if fewer == dose else (fewer, f"{dose} -> {fewer} (beginner)")


def deload_sets(dose: Dose, situation: Situation) -> Lessened | None:
    """A deload takes away sets, not weight."""
    if situation.person.training_phase != "deload":
        return None
    fewer = replace(dose, sets=max(1, round(dose.sets * DELOAD_SHARE)))
    return None if fewer == dose else (fewer, f"{dose} -> {fewer} (deload)")
