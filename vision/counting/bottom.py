"""The lowest part of a descent: how far the knees are bent there, and how long the body stays."""

from __future__ import annotations

import math
from collections import deque
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from vision.counting.geometry import knee_degrees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.counting.posture import Moment

LOW = 0.03
"""In reach. Within this of its lowest a body is as low; half-way down a squat it is 7 degrees of a knee."""
BENT_PERCENTILE = 25.0
"""The knees are bent this far for a quarter of the lowest moments, so that no single frame decides."""
MOST = 256
"""Moments kept: more than eight seconds at 30 frames a second."""


class Bottom:
    """Follows one descent from its top."""

    def __init__(self) -> None:
        self._moments: deque[tuple[float, Moment]] = deque(maxlen=MOST)

    def begin(self) -> None:
        """Another descent."""
        self._moments.clear()

    def see(self, time_s: float, now: Moment) -> None:
        """Take one moment of it, the first one being its top."""
        self._moments.append((time_s, now))

    def knee_degrees(self) -> float:
        """How far the knees are open at the lowest, 180 is straight; straight when nothing has been seen."""
        if not self._moments:
            return 180.0
        low = min(now.view.reach for _, now in self._moments) + LOW
        angles = [knee_degrees(now.points) for _, now in self._moments if now.view.reach <= low]
        return float(np.percentile(angles, BENT_PERCENTILE, method="higher"))

    def lasted_s(self) -> float:
        """How long the body was in the lower half of its way; endless where the way there was not seen."""
        reaches = [now.view.reach for _, now in self._moments]
        lowest = int(np.argmin(reaches)) if reaches else 0
        if lowest == 0:
            return math.inf
        times_s = [time_s for time_s, _ in self._moments]
        half_way = (max(reaches[:lowest]) + reaches[lowest]) / 2
        down_s = _first_s(times_s[lowest::-1], reaches[lowest::-1], half_way)
        return _first_s(times_s[lowest:], reaches[lowest:], half_way) - down_s


def _first_s(times_s: Sequence[float], reaches: Sequence[float], level: float) -> float:
    """When the reach first came up to this level, straight from frame to frame; if it never did, the end."""
    for (before_s, before), (after_s, after) in pairwise(zip(times_s, reaches, strict=True)):
        if before < level <= after:
            return before_s + (after_s - before_s) * (level - before) / (after - before)
    return times_s[-1]
