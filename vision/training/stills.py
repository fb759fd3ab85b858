"""Single labelled poses of real people, from which windows are made: somebody holds still."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.keypoints import Joint
from vision.phase.belief import EXERCISES, NONE, PHASES
from vision.phase.window import CHANNELS, STEPS, features
from vision.training.examples import Examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

TILT_DEGREES = 5.0
"""No camera hangs quite straight."""
JITTER = 0.02
"""How far a joint trembles from frame to frame, in sizes of the body."""
MIRRORED = [0, *(joint + 1 if joint % 2 else joint - 1 for joint in range(1, len(Joint)))]
"""Which joint each one is in a mirror."""
DEPTHS = {"up": 0.0, "down": 1.0, "between": 0.5}


@dataclass(frozen=True, slots=True)
class Still:
    """One pose and what it is.

    Attributes:
        name: of the picture that it was found in.
        points: float32 (17, 3), as in `vision.keypoints.Pose`.
        exercise: one of `EXERCISES`.
        phase: one of `PHASES`; of no meaning for `none`.
    """

    name: str
    points: NDArray[np.float32]
    exercise: str
    phase: str


def examples_of(stills: Sequence[Still], rng: np.random.Generator, *, copies: int = 1) -> Examples:
    """Windows of people who hold still; each copy trembles, half are mirrored, all a little tilted.

    With one copy the poses are shown as they are.
    """
    shown = [still for still in stills for _ in range(copies)]
    vary = copies > 1
    windows = [features(_varied(still.points, rng)) if vary else held_still(still.points) for still in shown]
    return Examples(
        np.array(windows, dtype=np.float32).reshape(-1, STEPS, CHANNELS),
        np.array([EXERCISES.index(still.exercise) for still in shown], dtype=np.int8),
        np.array([PHASES.index(still.phase) for still in shown], dtype=np.int8),
        np.array([0.0 if s.exercise == NONE else DEPTHS[s.phase] for s in shown], dtype=np.float32),
    )


def held_still(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """The window (STEPS, CHANNELS) of a pose (17, 3) that is held."""
    return features(np.repeat(points[None], STEPS, axis=0))


def _varied(points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    angle = math.radians(rng.uniform(-TILT_DEGREES, TILT_DEGREES))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    size_px = float(np.ptp(points[:, :2], axis=0).max())
    held = points.astype(np.float64)
    if rng.integers(2):
        held = held[MIRRORED] * (-1, 1, 1)
    held[:, :2] = held[:, :2] @ turn
    frames = np.repeat(held[None], STEPS, 0)
    frames[..., :2] += rng.normal(0, JITTER * size_px * rng.uniform(0, 1), (STEPS, len(Joint), 2))
    return frames.astype(np.float32)
