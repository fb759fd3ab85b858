"""The vocabulary of a learned phase: what a model believes about the last second of one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.keypoints import Pose

NONE = "none"
EXERCISES = ("pushup", "squat", "situp", "pullup", "lunge", "curl", "jumping_jack", NONE)
"""In the order of the model's outputs; the last is everything else that people do."""

PhaseName = Literal["up", "down", "between"]
PHASES: tuple[PhaseName, ...] = ("up", "down", "between")
"""In the order of the model's outputs: the start posture, the turn, and the way from one to the other."""
LOGITS = len(EXERCISES) + len(PHASES) + 1
"""A model's answer: one number for each exercise, each phase, and for the depth."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What the model believes at one time.

    Attributes:
        time_s: of the newest pose that it has seen.
        exercise: float32 (8,), how likely each of `EXERCISES` is; sums to 1.
        phase: float32 (3,), how likely each of `PHASES` is, if it is an exercise at all; sums to 1.
        depth: 0 at the start posture, 1 at the turn of a full repetition.
    """

    time_s: float
    exercise: NDArray[np.float32]
    phase: NDArray[np.float32]
    depth: float

    @classmethod
    def from_logits(cls, time_s: float, logits: NDArray[np.float32]) -> Belief:
        """What a model's answer, float32 (LOGITS,), means."""
        exercise, phase, (depth,) = np.split(logits, (len(EXERCISES), LOGITS - 1))
        return cls(time_s, _softmax(exercise), _softmax(phase), float(1 / (1 + np.exp(-depth))))

    def of(self, exercise: str) -> float:
        """How likely it is that this exercise is going on, 0..1.

        Raises:
            ValueError: no exercise of that name.
        """
        return float(self.exercise[EXERCISES.index(exercise)])


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    powers = np.exp(logits - logits.max())
    shares: NDArray[np.float32] = powers / powers.sum()
    return shares


class Recogniser(Protocol):
    """Follows one person and says what it believes."""

    def update(self, time_s: float, pose: Pose) -> Belief | None:
        """Take one pose; the newest belief, None until enough has been seen.

        Args:
            time_s: when the frame was captured; a step back or a long gap begins anew.
            pose: as the pose model gives it, not smoothed.
        """

    def reset(self) -> None:
        """Another person, or a cut: forget what was seen."""
