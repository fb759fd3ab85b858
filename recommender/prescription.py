"""How long and how hard: what the models say, before it becomes a plan."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

WorkoutType = Literal["steady", "intervals", "resistance", "mobility"]
WORKOUT_TYPES: Final[tuple[WorkoutType, ...]] = ("steady", "intervals", "resistance", "mobility")

SHORTEST_MINUTES: Final = 10.0
LONGEST_MINUTES: Final = 120.0
LOWEST_INTENSITY: Final = 1.0
HIGHEST_INTENSITY: Final = 5.0
MINUTES_STEP: Final = 0.5
INTENSITY_STEP: Final = 0.1
"""What people are told is in these steps."""
ROUNDING_SLACK: Final = 1e-9
"""0.3 / 0.1 is 2.9999999999999996 in binary: without it a value that is on a step falls to the one below."""


@dataclass(frozen=True, slots=True)
class Prescription:
    """How long and how hard to train.

    Attributes:
        duration_minutes: warm-up and cool-down included, 10 to 120.
        intensity_score: 1 (very easy) to 5 (as hard as it goes).

    Raises:
        ValueError: a value is outside of its range or not a number.
    """

    duration_minutes: float
    intensity_score: float

    def __post_init__(self) -> None:
        """Refuse what nobody should be told to do."""
        if not SHORTEST_MINUTES <= self.duration_minutes <= LONGEST_MINUTES:
            raise ValueError(f"a duration of {self.duration_minutes:g} min is outside of 10 to 120")
        if not LOWEST_INTENSITY <= self.intensity_score <= HIGHEST_INTENSITY:
            raise ValueError(f"an intensity of {self.intensity_score:g} is outside of 1 to 5")

    @property
    def load(self) -> float:
        """Session load, minutes x intensity: what weeks are compared by (Foster's session RPE method)."""
        return self.duration_minutes * self.intensity_score

    def in_steps(self) -> Prescription:
        """What people are told of it: half minutes and tenths, never longer or harder than it is."""
        return Prescription(
            down_to(self.duration_minutes, MINUTES_STEP), down_to(self.intensity_score, INTENSITY_STEP)
        )


def within_range(duration_minutes: float, intensity_score: float) -> Prescription:
    """The nearest prescription that may be told to anybody.

    Raises:
        ValueError: a value is not a finite number.
    """
    if not (math.isfinite(duration_minutes) and math.isfinite(intensity_score)):
        raise ValueError(f"{duration_minutes} min at {intensity_score} is no prescription")
    return Prescription(
        min(max(duration_minutes, SHORTEST_MINUTES), LONGEST_MINUTES),
        min(max(intensity_score, LOWEST_INTENSITY), HIGHEST_INTENSITY),
    )


def down_to(value: float, step: float) -> float:
    """The largest multiple of a step that is no more than the value."""
    return round(math.floor(value / step + ROUNDING_SLACK) * step, 6)
