"""The pose in every frame of a clip, looked for once and kept in a folder if wanted.

The cache makes scoring a changed counter anew a matter of seconds. It holds one file per clip,
`<folder>/<pose model>/<rate>/<clip>.npz`, the rate being `full`, `5fps` or, begun two frames later,
`5fps+2`, with `times_s` float64 (n,), `points` float32 (n, 17, 3) as in `vision.keypoints.Pose` and
`scores` float32 (n,), 0 where nobody was seen. It knows nothing of versions: delete it
when the pose model, the code around it or the clips have changed.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from vision.keypoints import COCO_KEYPOINTS, Pose
from vision.offline.clip import Clip
from vision.processes.pacing import RateGate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.pose import PoseEstimator


class BadCacheError(ValueError):
    """A file of the cache cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class PoseSeries:
    """What a pose model saw in a clip.

    Attributes:
        times_s: float64 (n,), the clip's own time.
        points: float32 (n, 17, 3): x and y in pixels, score 0..1.
        scores: float32 (n,), 0 where nobody was seen.
    """

    times_s: NDArray[np.float64]
    points: NDArray[np.float32]
    scores: NDArray[np.float32]

    def __iter__(self) -> Iterator[tuple[float, Pose | None]]:
        for time_s, points, score in zip(self.times_s, self.points, self.scores, strict=True):
            yield float(time_s), Pose(points, float(score)) if score > 0 else None


@dataclass(frozen=True, slots=True)
class PoseCache:
    """Where the series of one pose model at one rate are kept."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, pose: str, fps: float | None, first: int = 0) -> PoseCache:
        """The place for this model, rate and first frame; `fps` None is every frame."""
        rate = "full" if fps is None else f"{fps:g}fps"
        return cls(folder / pose / (f"{rate}+{first}" if first else rate))

    def load(self, clip: Path) -> PoseSeries | None:
        """What was kept, or None.

        Raises:
            BadCacheError: the file is damaged or of another kind.
        """
        path = self._path(clip)
        if not path.exists():
            return None
        try:
            with path.open("rb") as file, np.load(file) as kept:
                series = PoseSeries(kept["times_s"], kept["points"], kept["scores"])
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise BadCacheError(f"{path} holds no poses ({error}); delete it") from error
        if series.points.shape != (len(series.times_s), len(COCO_KEYPOINTS), 3):
            raise BadCacheError(f"{path} holds points of shape {series.points.shape}; delete it")
        return series

    def save(self, clip: Path, series: PoseSeries) -> None:
        """Keep a series; a run that is killed leaves no half of it under its name."""
        path = self._path(clip)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".tmp")
        with unfinished.open("wb") as file:
            np.savez(file, times_s=series.times_s, points=series.points, scores=series.scores)
        unfinished.replace(path)

    def _path(self, clip: Path) -> Path:
        return self.folder / f"{clip.name}.npz"


def beginnings(clip: Path, fps: float) -> range:
    """The frames with which a sampling at this rate can begin, each with other frames to follow.

    Raises:
        vision.source.SourceFailedError: the clip cannot be read.
    """
    with Clip(clip) as video:
        return range(max(1, round(video.fps / fps)))


def look(clip: Path, estimator: PoseEstimator, fps: float | None = None, first: int = 0) -> PoseSeries:
    """Every frame's pose from the first on, or those of the frames that a camera at `fps` would hand on.

    Raises:
        vision.source.SourceFailedError: the clip cannot be read.
    """
    estimator.reset()
    gate = RateGate(fps or 0.0)
    times_s: list[float] = []
    poses: list[Pose | None] = []
    with Clip(clip) as video:
        for time_s, frame in islice(video, first, None):
            if fps is None or gate.wants(time_s):
                times_s.append(time_s)
                poses.append(estimator.estimate(frame, time_s))
    nowhere = np.zeros((len(COCO_KEYPOINTS), 3), np.float32)
    return PoseSeries(
        np.array(times_s),
        np.array([nowhere if pose is None else pose.points for pose in poses], np.float32),
        np.array([0.0 if pose is None else pose.score for pose in poses], np.float32),
    )
