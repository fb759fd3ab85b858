"""The coach of the simulated gym: what members were told before there was a model.

A human with a style: knows the goal, the phase and the last workouts, asks nobody how they slept, and tries
things out. Records of such a coach hold what a model needs to learn from: also what did not suit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from recommender.exertion import RPE_PER_INTENSITY, WORTH, expected_rpe, wanted_rpe
from recommender.prescription import WORKOUT_TYPES, Prescription, WorkoutType, within_range

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.random import Generator

    from recommender.history import Workout
    from recommender.person import Level, Person

LOOKS_BACK: Final = 4
"""Workouts that the coach remembers."""
USUAL_MINUTES: Final[Mapping[Level, float]] = {"beginner": 35.0, "intermediate": 50.0, "advanced": 60.0}
EXPLORED_MINUTES: Final = 0.08
"""Spread of the logarithm."""
EXPLORED_INTENSITY: Final = 0.4
_LISTENS: Final = 0.5
"""Share of the last workouts' surprise in exertion that the coach takes back."""


@dataclass(frozen=True, slots=True)
class Coach:
    """One coach.

    Attributes:
        chance: Draws what they try out.
        stricter: By how much more intensity than others.
        longer: Logarithm of how much longer than others.
    """

    chance: Generator
    stricter: float
    longer: float

    @classmethod
    def draw(cls, chance: Generator) -> Coach:
        """Somebody with a style."""
        return cls(chance, float(chance.normal(0.0, 0.2)), float(chance.normal(0.0, 0.1)))

    def prescribe(self, person: Person, workouts: Sequence[Workout]) -> tuple[WorkoutType, Prescription]:
        """What to do today.

        Args:
            person: As they are today.
            workouts: What they have done, oldest first.
        """
        recent = workouts[-LOOKS_BACK:]
        minutes = USUAL_MINUTES[person.level]
        if recent:
            done = sum(each.duration_minutes for each in recent) / len(recent)
            minutes = minutes**0.2 * done**0.8
        surprises = [
            each.rpe - expected_rpe(each.intensity_score)
            for each in recent
            if each.rpe is not None and each.intensity_score is not None
        ]
        surprise = sum(surprises) / len(surprises) if surprises else 0.0
        intensity = (
            wanted_rpe(person.goal, person.training_phase) - _LISTENS * surprise
        ) / RPE_PER_INTENSITY + self.stricter
        return self._type(person), within_range(
            minutes * math.exp(self.longer + self.chance.normal(0.0, EXPLORED_MINUTES)),
            intensity + self.chance.normal(0.0, EXPLORED_INTENSITY),
        )

    def _type(self, person: Person) -> WorkoutType:
        shares = list(accumulate(WORTH[person.goal][name] for name in WORKOUT_TYPES))
        return WORKOUT_TYPES[bisect_right(shares, self.chance.random() * shares[-1])]
