"""A clip cut into labelled frames, as a gym would sort them: by how far the body has come in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from vision.keypoints import Joint
from vision.offline.clip import Clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from benchmarks.counting.clips import LabelledClip
    from benchmarks.counting.poses import PoseSeries
    from vision.training.frames import Label

LEAST_REPS: Final = 4
"""Fewer do not fill the folders."""
AROUND_S: Final = 1.5
"""Before the first bottom and after the last one a set may not have begun, or may be over."""
ENDS_PERCENT: Final = (4, 96)
"""Of all frames; what lies beyond is a slip of the pose model."""
UP_MOST, ELSE_LEAST, ELSE_MOST, DOWN_LEAST = 0.15, 0.3, 0.7, 0.85
"""Shares of the way from the start posture to the turn; what lies between is hard to tell, and left out."""

_SHOULDERS: Final = (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER)
_WRISTS: Final = (Joint.LEFT_WRIST, Joint.RIGHT_WRIST)
_HIPS: Final = (Joint.LEFT_HIP, Joint.RIGHT_HIP)
_FALLS, _RISES = 1, -1
WAYS: Final[Mapping[str, tuple[tuple[Joint, ...], int]]] = {
    "pushup": (_SHOULDERS, _FALLS),
    "squat": (_HIPS, _FALLS),
    "lunge": (_HIPS, _FALLS),
    "situp": (_SHOULDERS, _RISES),
    "pullup": (_SHOULDERS, _RISES),
    "curl": (_WRISTS, _RISES),
    "jumping_jack": (_WRISTS, _RISES),
}
"""What moves, and whether it falls or rises in the picture on the way to the turn."""


def teachable(clips: Sequence[LabelledClip]) -> Iterator[tuple[LabelledClip, str]]:
    """Clips with exercises of which they have enough repetitions, and say when those were."""
    for clip in clips:
        for exercise, truth in clip.truth.items():
            if truth.reps >= LEAST_REPS and truth.bottoms_s:
                yield clip, exercise


def labels(exercise: str, bottoms_s: Sequence[float], poses: PoseSeries) -> list[Label | None]:
    """What each frame shows, of the set around some bottoms; None outside it, of nobody, and of the rest."""
    share = _travelled(exercise, poses.points[..., 1])
    within = (poses.times_s >= bottoms_s[0] - AROUND_S) & (poses.times_s <= bottoms_s[-1] + AROUND_S)
    usable = within & (poses.scores > 0)
    if not usable.any():
        return [None] * len(share)
    least, most = np.percentile(share[usable], ENDS_PERCENT)
    way = (share - least) / max(most - least, 1.0)
    return [_label(each) if shown else None for each, shown in zip(way, usable, strict=True)]


def cut(clip: LabelledClip, exercise: str, poses: PoseSeries, folder: Path) -> None:
    """Write the frames of an exercise that can be told to `folder/<exercise>/<label>/<number>.jpg`.

    Raises:
        vision.source.SourceFailedError: the clip cannot be read.
        OSError: a picture cannot be written.
    """
    found = labels(exercise, clip.truth[exercise].bottoms_s, poses)
    with Clip(clip.path) as video:
        for number, ((_, frame), label) in enumerate(zip(video, found, strict=True)):
            if label is None:
                continue
            path = folder / exercise / label / f"{number:05d}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(cv2.imencode(".jpg", frame)[1].tobytes())


def _travelled(exercise: str, heights_px: NDArray[np.float32]) -> NDArray[np.float64]:
    joints, towards = WAYS[exercise]
    return np.asarray(towards * heights_px[:, list(joints)].mean(1), np.float64)


def _label(way: float) -> Label | None:
    if way < UP_MOST:
        return "up"
    if way > DOWN_LEAST:
        return "down"
    return "else" if ELSE_LEAST < way < ELSE_MOST else None
