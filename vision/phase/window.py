"""The last seconds of one person as numbers that do not depend on place, size or frame rate.

The window is resampled by time, so 5 and 60 frames a second look the same. Coordinates are in torso lengths
from the middle of the torso over the whole window: the body's own travel stays, and so does which way is up.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from vision.counting.geometry import BONES, TORSO_CORNERS
from vision.keypoints import Joint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.keypoints import Pose

WINDOW_S = 1.5
STEPS = 20
GAP_S = 1.0
"""Unseen for longer than this, it may be anybody."""
FASTEST_HZ = 64.0
"""Poses that come faster than this tell nothing new; some are left out."""
LEAST_S = 0.5
"""What must have been seen; before that, the first pose is taken to have been held."""
FARTHEST = 4.0
"""In torso lengths; farther away than this a joint is a mistake."""
GUESSED_SCORE, TRUSTED_SCORE = 0.1, 0.3
"""From the second on a joint is taken at its word; up to the first it is put in the middle of the body."""
FACE = 5
"""The points of the face, which come first, make one: the head."""
JOINTS = 1 + len(Joint) - FACE
CHANNELS = 3 * JOINTS
TORSO = [joint - FACE + 1 for joint in TORSO_CORNERS]
SIDES = ((Joint.LEFT_SHOULDER, Joint.LEFT_HIP, 1.0), (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, 1.0))

_STEPS_S = np.linspace(-WINDOW_S, 0, STEPS)
_STARTS = [start - FACE + 1 for start, _, _ in (*BONES, *SIDES)]
_ENDS = [end - FACE + 1 for _, end, _ in (*BONES, *SIDES)]
_FACTORS = np.array([factor for _, _, factor in (*BONES, *SIDES)])
_TINY = 1e-3
"""What an unseen joint still weighs, so that there is always a middle and a size."""


def features(points: NDArray[np.float32]) -> NDArray[np.float32]:
    """What a model is shown of a body over time.

    Args:
        points: (steps, 17, 3), x and y in pixels and score, at even steps of time.

    Returns:
        float32 (steps, 39): for head and 12 joints x, y (downwards) in torso lengths, each faded to 0 as its
        score falls, then 13 scores, 1 for all that can be trusted.
    """
    places, trust = _joints(points)
    weights = trust[:, TORSO] + _TINY
    middle = (places[:, TORSO] * weights[..., None]).sum((0, 1)) / weights.sum()
    seen = trust[:, _STARTS] * trust[:, _ENDS] + _TINY
    squares = np.square(places[:, _STARTS] - places[:, _ENDS]).sum(-1) * np.square(_FACTORS)
    torso_px = max(float(np.sqrt((squares * seen).sum() / seen.sum())), 1.0)
    away = np.clip((places - middle) / torso_px, -FARTHEST, FARTHEST) * trust[..., None]
    return np.concatenate([away.reshape(len(points), -1), trust], axis=1).astype(np.float32)


def _joints(points: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places (steps, 13, 2) and how far each can be trusted (steps, 13), the head first."""
    scores = points[..., 2].astype(np.float64)
    trust = np.clip((scores - GUESSED_SCORE) / (TRUSTED_SCORE - GUESSED_SCORE), 0, 1)
    weights = trust[:, :FACE] + _TINY
    head = (points[:, :FACE, :2] * weights[..., None]).sum(1) / weights.sum(1, keepdims=True)
    places = np.concatenate([head[:, None], points[:, FACE:, :2]], axis=1)
    return places, np.concatenate([trust[:, :FACE].max(1, keepdims=True), trust[:, FACE:]], axis=1)


def resample(times_s: NDArray[np.float64], points: NDArray[np.float32], end_s: float) -> NDArray[np.float32]:
    """Points (n, 17, 3) at uneven rising times, at `STEPS` even times of the window that ends at `end_s`.

    Before the first pose it is taken to have been held, and likewise after the last.
    """
    wanted_s = end_s + _STEPS_S
    after = np.clip(np.searchsorted(times_s, wanted_s), 1, max(len(times_s) - 1, 1))
    if len(times_s) == 1:
        return np.repeat(points, STEPS, axis=0)
    before = after - 1
    share = np.clip((wanted_s - times_s[before]) / (times_s[after] - times_s[before]), 0, 1)
    mixed: NDArray[np.float32] = points[before] + share[:, None, None].astype(np.float32) * (
        points[after] - points[before]
    )
    return mixed


class PoseWindow:
    """Collects one person's poses."""

    def __init__(self) -> None:
        length = int(WINDOW_S * FASTEST_HZ) + 2
        self._times_s: deque[float] = deque(maxlen=length)
        self._points: deque[NDArray[np.float32]] = deque(maxlen=length)

    def reset(self) -> None:
        """Forget all poses."""
        self._times_s.clear()
        self._points.clear()

    def add(self, time_s: float, pose: Pose) -> None:
        """Take one pose; after a step back in time, or a long gap, the others are forgotten."""
        if self._times_s:
            elapsed_s = time_s - self._times_s[-1]
            if not 0 <= elapsed_s <= GAP_S:
                self.reset()
            elif elapsed_s < 1 / FASTEST_HZ:
                return
        self._times_s.append(time_s)
        self._points.append(pose.points)

    def features(self) -> NDArray[np.float32] | None:
        """What a model is shown, (STEPS, CHANNELS), or None when too little has been seen."""
        if not self._times_s or self._times_s[-1] - self._times_s[0] < LEAST_S:
            return None
        times_s = np.array(self._times_s)
        return features(resample(times_s, np.array(self._points), self._times_s[-1]))
