"""The last two minutes of one station, as keypoints: what is needed to count them again."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vision.keypoints import COCO_KEYPOINTS, Pose
from vision.processes.messages import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from vision.counting.reps import Rep

WINDOW_S = 120.0
MOST_POSES = 3600
"""Two minutes at 30 frames a second; at a higher rate a trace reaches less far back."""
_MOST_REPS = 600
_NOBODY = math.nan


@dataclass(frozen=True, slots=True)
class Recording:
    """A trace as it was at one moment, oldest pose first.

    Attributes:
        times_s: float64 (n,), monotonic.
        points: float32 (n, 17, 3), pixels and scores.
        scores: float32 (n,), of the whole pose; NaN where nobody was seen.
        cuts: bool (n,), whether the pose does not follow the one before it.
        counted: repetitions that were counted live within this time.
    """

    times_s: NDArray[np.float64]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]
    cuts: NDArray[np.bool_]
    counted: Tally

    @property
    def window_s(self) -> float:
        """From the first pose to the last."""
        return float(self.times_s[-1] - self.times_s[0]) if len(self.times_s) else 0.0

    def __iter__(self) -> Iterator[tuple[float, Pose | None, bool]]:
        """(time, pose or nobody, whether there is a cut before it) of every frame."""
        for time_s, points, score, cut in zip(
            self.times_s.tolist(), self.points, self.scores.tolist(), self.cuts.tolist(), strict=True
        ):
            yield time_s, None if math.isnan(score) else Pose(points, score), cut


class Trace:
    """A ring of poses, overwritten from the oldest; it lives in memory alone and goes with the session.

    A pose takes 17 x 3 float32, a time, a score and a mark: 3600 of them 0.78 MB a station, which the system
    hands out only as they are filled.
    """

    def __init__(self, *, most: int = MOST_POSES) -> None:
        """Hold no more than so many poses."""
        self._times_s = np.zeros(most, np.float64)
        self._points = np.zeros((most, len(COCO_KEYPOINTS), 3), np.float32)
        self._scores = np.zeros(most, np.float32)
        self._cuts = np.zeros(most, np.bool_)
        self._reps: deque[Rep] = deque(maxlen=_MOST_REPS)
        self._written = 0
        self._cut = False

    def cut(self) -> None:
        """The next pose does not follow the last one."""
        self._cut = True

    def note(self, time_s: float, pose: Pose | None, reps: Iterable[Rep]) -> None:
        """Keep one frame's pose, and what was counted with it."""
        place = self._written % len(self._times_s)
        self._times_s[place] = time_s
        self._scores[place] = _NOBODY if pose is None else pose.score
        if pose is not None:
            self._points[place] = pose.points
        self._cuts[place], self._cut = self._cut, False
        self._written += 1
        self._reps.extend(reps)

    def recording(self) -> Recording:
        """A copy of the last two minutes."""
        size = len(self._times_s)
        order = np.arange(max(0, self._written - size), self._written) % size
        times_s = self._times_s[order]
        if len(times_s):
            order = order[times_s >= times_s[-1] - WINDOW_S]
        times_s = self._times_s[order]
        ended = [rep for rep in self._reps if len(times_s) and rep.ended_s >= times_s[0]]
        return Recording(times_s, self._points[order], self._scores[order], self._cuts[order], tally(ended))


def tally(reps: Iterable[Rep]) -> Tally:
    """Count full and partial repetitions."""
    partial = [rep.partial for rep in reps]
    return Tally(reps=partial.count(False), partials=partial.count(True))
