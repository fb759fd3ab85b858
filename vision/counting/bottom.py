"""The knees around the lowest moment of a descent."""

from __future__ import annotations

from collections import deque
from statistics import median_high
from typing import TYPE_CHECKING

from vision.counting.geometry import knee_degrees

if TYPE_CHECKING:
    from vision.counting.posture import Moment

LOW = 0.03
"""In reach. Within this of its lowest a body is as low; half-way down a squat it is 7 degrees of a knee."""
MOST = 64
"""Moments kept: about two seconds at 30 frames a second, which is more than a turn takes."""


class Bottom:
    """Follows one descent; a median of the moments near its lowest, so that no single frame decides."""

    def __init__(self) -> None:
        self._moments: deque[tuple[float, float]] = deque(maxlen=MOST)
        self._lowest = 0.0

    def begin(self, top: Moment) -> None:
        """Another descent, from here."""
        self._moments.clear()
        self._lowest = top.view.reach

    def see(self, now: Moment) -> None:
        """Take one moment of it."""
        reach = now.view.reach
        self._lowest = min(self._lowest, reach)
        if reach <= self._lowest + LOW:
            self._moments.append((reach, knee_degrees(now.points)))

    def knee_degrees(self) -> float:
        """How far the knees are open there, 180 is straight; straight when nothing has been seen.

        Of two moments in the middle, as few frames a second often leave, the more open one counts.
        """
        return median_high(
            [degrees for reach, degrees in self._moments if reach <= self._lowest + LOW] or [180.0]
        )
