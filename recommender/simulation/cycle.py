"""Which phase of training a day lies in: blocks after the goal, each round ending with a week of deload.

Three weeks up and one down is common advice (Haff and Triplett, "Essentials of Strength Training and
Conditioning", NSCA, 4th ed. 2016, chapter 21); the blocks of each goal are a coach's choice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recommender.person import Goal, TrainingPhase

CYCLES: Final[Mapping[Goal, tuple[tuple[TrainingPhase, int], ...]]] = {
    "fat_loss": (("base", 21), ("build", 28), ("deload", 7)),
    "endurance": (("base", 28), ("build", 21), ("peak", 14), ("deload", 7)),
    "hypertrophy": (("base", 14), ("hypertrophy", 35), ("deload", 7)),
    "strength": (("hypertrophy", 21), ("strength", 28), ("peak", 10), ("deload", 7)),
    "mobility": (("base", 42), ("deload", 7)),
    "rehab": (("rehab", 42), ("base", 28), ("deload", 7)),
}
"""Phases and their days."""


def cycle_days(goal: Goal) -> int:
    """How long one round takes."""
    return sum(days for _, days in CYCLES[goal])


def phase_on(goal: Goal, day: int) -> TrainingPhase:
    """The phase on a day, counted from the start of any round."""
    left = day % cycle_days(goal)
    for phase, days in CYCLES[goal]:
        if left < days:
            return phase
        left -= days
    raise AssertionError("a day of a round lies in one of its phases")
