"""Is this still the same person in the same view? A cut or a switch shows as a jump of the whole body."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from vision.counting.geometry import body_scale

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.keypoints import Pose


@dataclass(frozen=True, slots=True)
class ContinuitySettings:
    """What a body cannot do.

    Attributes:
        gap_s: unseen for longer than this, it may be anybody.
        jump: a body whose typical point jumps further than this many torso lengths between two frames...
        speed: ...and faster than this many torso lengths a second, is another one...
        reach: ...as is one that is found further off than this, however long it was unseen.
        growth: so is one that grows or shrinks by more than this factor between two frames.

    Each limit is for a body that does nothing else: one that jumps and grows at once may do less of both.
    """

    gap_s: float = 4.0
    jump: float = 0.5
    speed: float = 8.0
    reach: float = 1.5
    growth: float = 1.6


class Continuity:
    """Compares each pose with the one before it."""

    def __init__(self, settings: ContinuitySettings | None = None) -> None:
        self.settings = settings or ContinuitySettings()
        self._points: NDArray[np.float32] | None = None
        self._time_s = 0.0

    def reset(self) -> None:
        """The next pose begins a new track."""
        self._points = None

    def keep(self, time_s: float, pose: Pose) -> None:
        """Compare the next pose with this one."""
        self._points, self._time_s = pose.points, time_s

    def is_over(self, time_s: float) -> bool:
        """Whether nobody has been seen, or not for so long that the next one may be anybody."""
        return self._points is None or not 0 <= time_s - self._time_s <= self.settings.gap_s

    def follows(self, time_s: float, pose: Pose) -> bool:
        """Whether this pose can be the continuation of the last one."""
        before, elapsed_s = self._points, time_s - self._time_s
        if before is None or self.is_over(time_s):
            return False
        settings = self.settings
        moved, grown = change(before, pose.points)
        possible = min(max(settings.jump, settings.speed * elapsed_s), max(settings.jump, settings.reach))
        return math.hypot(moved / possible, math.log(grown) / math.log(settings.growth)) <= 1

    def is_near(self, pose: Pose) -> bool:
        """Whether this pose lies where the last one did: two skeletons of one body."""
        if self._points is None:
            return False
        moved, grown = change(self._points, pose.points)
        return moved <= self.settings.jump and grown <= self.settings.growth


def change(before: NDArray[np.float32], after: NDArray[np.float32]) -> tuple[float, float]:
    """How far the typical point moved, in torso lengths, and the factor by which the body grew or shrank."""
    old, new = body_scale(before), body_scale(after)
    pairs = list(zip(before.tolist(), after.tolist(), strict=True))
    scores = [min(a_score, b_score) for (*_, a_score), (*_, b_score) in pairs]
    least = median(scores)
    steps = [
        math.hypot(bx - ax, by - ay)
        for ((ax, ay, _), (bx, by, _)), score in zip(pairs, scores, strict=True)
        if score >= least
    ]
    return median(steps) / max(old, new), max(old, new) / min(old, new)
