"""Labelled poses in time: what the phase model learns from, wherever they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.phase.belief import EXERCISES, NONE, PHASES

if TYPE_CHECKING:
    from numpy.typing import NDArray

UP_MOST = 0.2
"""Up to this depth a body is in the start posture."""
DOWN_LEAST = 0.75
"""From this depth on it is at the turn; partial repetitions end well before."""
NONE_INDEX = EXERCISES.index(NONE)
UP, DOWN, BETWEEN = (PHASES.index(name) for name in ("up", "down", "between"))


@dataclass(frozen=True, slots=True)
class Take:
    """What a pose model sees of one person for some seconds, and what the person really does.

    Attributes:
        times_s: float64 (n,), rising.
        points: float32 (n, 17, 3), x and y in pixels of the frame and score 0..1, as `vision.keypoints.Pose`
            has them; zeros where nobody was found.
        exercise: int8 (n,), index into `EXERCISES`.
        phase: int8 (n,), index into `PHASES`; "between" where no exercise is going on.
        depth: float32 (n,), 0 at the start posture, 1 at the turn of a full repetition.
        variant: what kind of the exercise, or of which other motion.
    """

    times_s: NDArray[np.float64]
    points: NDArray[np.float32]
    exercise: NDArray[np.int8]
    phase: NDArray[np.int8]
    depth: NDArray[np.float32]
    variant: str


def phase_of(depth: NDArray[np.floating], exercise: NDArray[np.int8]) -> NDArray[np.int8]:
    """The phase at each depth; "between" where it is no exercise."""
    phase = np.full(len(depth), BETWEEN, dtype=np.int8)
    phase[depth <= UP_MOST] = UP
    phase[depth >= DOWN_LEAST] = DOWN
    phase[exercise == NONE_INDEX] = BETWEEN
    return phase
