"""Is this still the same person in the same view? A cut or a switch shows as a jump of the whole body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.counting.geometry import body_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.keypoints import Pose


@dataclass(frozen=True, slots=True)
class ContinuitySettings:
    """What a body cannot do.

    Attributes:
        gap_s: unseen for longer than this, it may be anybody.
        jump: a body whose typical point jumps further than this many torso lengths between two frames...
        speed: ...and faster than this many torso lengths a second, is another one.
        growth: so is one that grows or shrinks by more than this factor between two frames.
    """

    gap_s: float = 1.0
    jump: float = 0.5
    speed: float = 8.0
    growth: float = 1.6


class Continuity:
    """Compares each pose with the one before it."""

    def __init__(self, settings: ContinuitySettings | None = None) -> None:
        self._settings = settings or ContinuitySettings()
        self._points: NDArray[np.float32] | None = None
        self._time_s = 0.0

    def reset(self) -> None:
        """The next pose begins a new track."""
        self._points = None

    def begins_new_track(self, time_s: float, pose: Pose) -> bool:
        """Whether this pose is not the continuation of the last one."""
        before, elapsed_s = self._points, time_s - self._time_s
        self._points, self._time_s = pose.points, time_s
        if before is None or elapsed_s < 0 or elapsed_s > self._settings.gap_s:
            return True
        if elapsed_s == 0:
            return False
        return self._jumped(before, pose.points, elapsed_s)

    def _jumped(self, before: NDArray[np.float32], after: NDArray[np.float32], elapsed_s: float) -> bool:
        settings = self._settings
        old, new = body_scale(before), body_scale(after)
        weights = np.minimum(before[:, 2], after[:, 2])
        seen = weights >= np.median(weights)
        moved = float(np.median(np.linalg.norm(after[seen, :2] - before[seen, :2], axis=1))) / max(old, new)
        grown = max(old, new) / min(old, new)
        return moved > max(settings.jump, settings.speed * elapsed_s) or grown > settings.growth
