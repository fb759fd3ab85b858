"""Real poses from a table in the form of ML Kit's pose samples.

Each row: name of the picture, label (`pushups_up`, `squats_down`, ...), then x, y, z of the 33 landmarks of
BlazePose in pixels. Known from googlesamples/mlkit, `fitness_pose_samples.csv`.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np

from vision.pose.blazepose import COCO_FROM_BLAZEPOSE
from vision.training.stills import Still

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LANDMARKS = 33
COLUMNS = 2 + 3 * LANDMARKS
LABELS = {
    f"{theirs}_{phase}": (ours, phase)
    for theirs, ours in (
        ("pushups", "pushup"),
        ("squats", "squat"),
        ("situps", "situp"),
        ("pullups", "pullup"),
        ("lunges", "lunge"),
        ("curls", "curl"),
        ("jumping_jacks", "jumping_jack"),
    )
    for phase in ("up", "down")
}
SCORE = 0.9
"""The table has no scores: people looked at every picture."""


class PoseSamplesError(ValueError):
    """A table of poses cannot be used; the text says where and why."""


def read(path: Path) -> list[Still]:
    """The poses of a table, in its order.

    Raises:
        PoseSamplesError: no such file, or a line is not what it should be.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            stills = [_still(path, line, row) for line, row in enumerate(csv.reader(file), 1) if row]
    except OSError as error:
        raise PoseSamplesError(f"cannot read the poses in {path}: {error.strerror}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise PoseSamplesError(f"{path} is not a table of comma-separated values: {error}") from error
    if not stills:
        raise PoseSamplesError(f"{path} has no poses")
    return stills


def _still(path: Path, line: int, row: list[str]) -> Still:
    if len(row) != COLUMNS:
        raise PoseSamplesError(f"{path}, line {line}: {len(row)} columns instead of {COLUMNS}")
    name, label, *numbers = row
    if label not in LABELS:
        raise PoseSamplesError(f"{path}, line {line}: unknown label {label!r}; use {', '.join(LABELS)}")
    try:
        landmarks = np.array(numbers, dtype=np.float64).reshape(LANDMARKS, 3)
    except ValueError as error:
        raise PoseSamplesError(f"{path}, line {line}: {error}") from error
    if not np.isfinite(landmarks).all():
        raise PoseSamplesError(f"{path}, line {line}: a coordinate is not finite")
    points = landmarks[list(COCO_FROM_BLAZEPOSE)].astype(np.float32)
    points[:, 2] = SCORE
    return Still(name, points, *LABELS[label])


def held_out(stills: Sequence[Still], share: float = 0.25) -> tuple[list[Still], list[Still]]:
    """What to learn from and what to be judged by, so that pictures of one video stay together.

    The names of a video's pictures differ in their last number only.
    """
    videos = sorted({_video(still) for still in stills})
    kept = set(videos[round(len(videos) * (1 - share)) :])
    return [s for s in stills if _video(s) not in kept], [s for s in stills if _video(s) in kept]


def _video(still: Still) -> str:
    return still.name.rsplit("__", 1)[0]
