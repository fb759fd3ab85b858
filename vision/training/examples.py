"""What the network learns from: windows of poses with what was going on at their end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.keypoints import Joint
from vision.phase.window import CHANNELS, GAP_S, LEAST_S, STEPS, features, resample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.training.takes import Take

SLOWEST_HZ, FASTEST_HZ = 5.0, 30.0
"""Frame rates of cameras and of what a busy box leaves of them."""
LOST = 0.1
"""Up to this share of a take's frames are lost."""
COVERED, COVERED_MOST = 0.3, 5
"""In this share of the takes plates, benches or other people stand before up to so many joints."""
COVERED_SCORE = 0.4
"""Of their score at most this share is left."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled windows.

    Attributes:
        windows: float32 (n, STEPS, CHANNELS), as `vision.phase.window.features` gives them.
        exercise: int8 (n,), index into `EXERCISES`.
        phase: int8 (n,), index into `PHASES`; nothing is learned from it where the exercise is `none`.
        depth: float32 (n,), 0..1; likewise.
    """

    windows: NDArray[np.float32]
    exercise: NDArray[np.int8]
    phase: NDArray[np.int8]
    depth: NDArray[np.float32]

    def __len__(self) -> int:
        """How many."""
        return len(self.exercise)

    def __getitem__(self, chosen: NDArray[np.intp] | NDArray[np.bool_] | slice) -> Examples:
        """Some of them."""
        return Examples(self.windows[chosen], self.exercise[chosen], self.phase[chosen], self.depth[chosen])


def joined(parts: Sequence[Examples]) -> Examples:
    """All examples of several sets, in order."""
    return Examples(
        np.concatenate([np.empty((0, STEPS, CHANNELS), np.float32), *(part.windows for part in parts)]),
        np.concatenate([np.empty(0, np.int8), *(part.exercise for part in parts)]),
        np.concatenate([np.empty(0, np.int8), *(part.phase for part in parts)]),
        np.concatenate([np.empty(0, np.float32), *(part.depth for part in parts)]),
    )


def from_take(take: Take, rng: np.random.Generator, *, count: int) -> Examples:
    """Windows that end at random times of a take, filmed at a random frame rate with some frames lost."""
    kept = _frames_of_a_camera(take, rng)
    times_s, points = take.times_s[kept], _covered(take.points[kept], rng)
    gaps = np.flatnonzero(np.diff(times_s, prepend=-np.inf) > GAP_S)
    starts = gaps[np.searchsorted(gaps, np.arange(len(kept)), side="right") - 1]
    usable = np.flatnonzero(times_s - times_s[starts] >= LEAST_S)
    ends = rng.choice(usable, count if len(usable) else 0)
    windows = [
        features(resample(times_s[start : end + 1], points[start : end + 1], times_s[end]))
        for start, end in zip(starts[ends], ends, strict=True)
    ]
    at = kept[ends]
    found = np.array(windows, dtype=np.float32).reshape(-1, STEPS, CHANNELS)
    return Examples(found, take.exercise[at], take.phase[at], take.depth[at])


def _covered(points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The points (n, 17, 3), now and then with the scores of some joints lowered throughout."""
    if rng.random() >= COVERED:
        return points
    joints = rng.choice(len(Joint), rng.integers(1, COVERED_MOST + 1), replace=False)
    lowered = points.copy()
    lowered[:, joints, 2] *= rng.uniform(0, COVERED_SCORE, len(joints)).astype(np.float32)
    return lowered


def _frames_of_a_camera(take: Take, rng: np.random.Generator) -> NDArray[np.intp]:
    """The frames of a take in which somebody is found, at a random rate."""
    times_s = take.times_s
    rate_hz = np.exp(rng.uniform(np.log(SLOWEST_HZ), np.log(FASTEST_HZ)))
    ticks_s = np.arange(times_s[0] + rng.uniform(0, 1 / rate_hz), times_s[-1], 1 / rate_hz)
    frames = np.unique(np.searchsorted(times_s, ticks_s))
    kept = rng.random(len(frames)) >= rng.uniform(0, LOST)
    chosen: NDArray[np.intp] = frames[kept & take.points[frames].any(axis=(1, 2))]
    return chosen
