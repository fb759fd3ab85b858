"""What is to be composed: a kind of workout, how long and how hard. Rules lower it, never raise it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recommender.prescription import (
    HIGHEST_INTENSITY,
    INTENSITY_STEP,
    LOWEST_INTENSITY,
    MINUTES_STEP,
    SHORTEST_MINUTES,
    Prescription,
    down_to,
)

if TYPE_CHECKING:
    from recommender.prescription import WorkoutType

MINUTES_PART: Final = 2.0 / 3.0
"""How much of a lower load comes from the minutes: rather shorter than too easy to be of use."""
HARD_PART: Final = 1.0
"""How much harder than the whole the hard part of an interval is."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is to be composed.

    Attributes:
        type: what kind of training.
        prescription: how long and how hard it is on the whole.
        ceiling: the intensity that no part of it may exceed.
    """

    type: WorkoutType
    prescription: Prescription
    ceiling: float = HIGHEST_INTENSITY

    @property
    def minutes(self) -> float:
        """How long, warm-up and cool-down included."""
        return self.prescription.duration_minutes

    @property
    def intensity(self) -> float:
        """How hard, 1 to 5."""
        return self.prescription.intensity_score

    @property
    def hardest(self) -> float:
        """The intensity of its hardest part."""
        if self.type != "intervals":
            return self.intensity
        return min(self.intensity + HARD_PART, max(self.intensity, self.ceiling))

    @property
    def told(self) -> tuple[WorkoutType, Prescription, float]:
        """What of it shows in a plan."""
        return self.type, self.prescription, self.hardest

    def __str__(self) -> str:
        """As rules tell it."""
        peaks = f", up to {self.hardest:.2g}" if self.hardest > self.intensity else ""
        return f"{self.minutes:.3g} min at {self.intensity:.2g}{peaks}"

    def at_most(self, *, minutes: float = math.inf, intensity: float = math.inf) -> Aim:
        """No longer, and no part harder, than this."""
        lowered = Prescription(
            max(SHORTEST_MINUTES, min(self.minutes, minutes)),
            max(LOWEST_INTENSITY, min(self.intensity, intensity)),
        )
        return replace(
            self, prescription=lowered, ceiling=max(LOWEST_INTENSITY, min(self.ceiling, intensity))
        )

    def within_load(self, load: float) -> Aim:
        """Shorter and, half as much, easier until minutes x intensity is at most this.

        Ten minutes at the lowest intensity are always left: a walk is no load to be afraid of.
        """
        if self.prescription.load <= load:
            return self
        share = max(0.0, load) / self.prescription.load
        minutes = max(SHORTEST_MINUTES, down_to(self.minutes * share**MINUTES_PART, MINUTES_STEP))
        intensity = max(LOWEST_INTENSITY, min(self.intensity, down_to(load / minutes, INTENSITY_STEP)))
        if minutes * intensity > load:
            minutes = max(SHORTEST_MINUTES, down_to(load / intensity, MINUTES_STEP))
        return replace(self, prescription=Prescription(minutes, intensity))
