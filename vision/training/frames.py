"""Labelled frames of a gym's own recording: folders `up`, `down` and `else` of pictures.

`else` is whatever is neither the start posture nor the turn: the way between them, or no exercise at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import cv2
import numpy as np

from vision.phase.belief import EXERCISES, NONE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.pose import PoseEstimator

Label = Literal["up", "down", "else"]
LABELS: tuple[Label, ...] = get_args(Label)
SUFFIXES = (".jpg", ".jpeg", ".png")
LEAST_FRAMES = 8
"""Of each label; fewer can neither teach nor judge."""
STEP_S = 0.2
"""From one picture of a recording to the next, when it is cut into five a second."""
HELD_OUT = 0.25
"""The last frames of each label, in the order of their names, judge and do not teach."""


class FramesError(ValueError):
    """A folder of frames cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file and what it shows."""

    path: Path
    exercise: str
    label: Label


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture with the person in it.

    Attributes:
        picture: where it came from.
        points: float32 (17, 3) as in `vision.keypoints.Pose`; None when nobody is found.
    """

    picture: Picture
    points: NDArray[np.float32] | None


def find(folder: Path, exercise: str | None = None) -> list[Picture]:
    """The pictures of a folder, in the order of their names.

    Args:
        folder: holds `up`, `down` and, if wanted, `else`; or folders named like exercises that hold them.
        exercise: what the first kind of folder shows.

    Raises:
        FramesError: there is no such folder, or a label has too few pictures.
    """
    if not folder.is_dir():
        raise FramesError(f"there is no folder {folder}")
    named = [name for name in EXERCISES if name != NONE and (folder / name).is_dir()]
    if exercise is not None:
        named = [exercise] if exercise in named else []
    if named:
        return [picture for name in named for picture in _labelled(folder / name, name)]
    if exercise is None:
        known = ", ".join(name for name in EXERCISES if name != NONE)
        raise FramesError(
            f"{folder} has no folder named like an exercise ({known}); "
            "say with --exercise what its folders up, down and else show"
        )
    return _labelled(folder, exercise)


def _labelled(folder: Path, exercise: str) -> list[Picture]:
    found: list[Picture] = []
    for label in LABELS:
        if label == "else" and not (folder / label).is_dir():
            continue
        paths = _pictures(folder / label)
        if len(paths) < LEAST_FRAMES:
            raise FramesError(
                f"{folder / label} has {len(paths)} pictures ({', '.join(SUFFIXES)}); "
                f"put {LEAST_FRAMES} or more there"
            )
        found += [Picture(path, exercise, label) for path in paths]
    return found


def _pictures(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise FramesError(f"there is no folder {folder}; frames are sorted into up, down and else")
    return sorted((path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES), key=_in_order)


def _in_order(path: Path) -> list[tuple[int, str]]:
    """Frame 9 before frame 10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", path.name)]


def look(
    pictures: Sequence[Picture], estimator: PoseEstimator, on_progress: Callable[[int, int], None]
) -> list[Frame]:
    """Find the person in every picture; one that cannot be read is left out.

    Those of an exercise are gone through in the order of their names, whatever their label. Whoever is found
    is followed into the next, as in a video: lying bodies are often not found afresh.

    Args:
        pictures: in any order, which the frames keep.
        estimator: finds one person.
        on_progress: told how many pictures are done, and of how many.

    Raises:
        FramesError: no picture can be read, or nobody is found in any.
    """
    seen: dict[Picture, Frame] = {}
    exercise = None
    for number, picture in enumerate(sorted(pictures, key=_in_time)):
        if picture.exercise != exercise:
            exercise = picture.exercise
            estimator.reset()
        image = _read(picture.path)
        if image is not None:
            pose = estimator.estimate(image, number * STEP_S)
            seen[picture] = Frame(picture, None if pose is None else pose.points)
        on_progress(number + 1, len(pictures))
    frames = [seen[picture] for picture in pictures if picture in seen]
    if not any(frame.points is not None for frame in frames):
        reason = "nobody is found in any picture" if frames else "no picture can be read"
        raise FramesError(f"{reason} of {pictures[0].path.parent.parent}")
    return frames


def _in_time(picture: Picture) -> tuple[str, list[tuple[int, str]]]:
    """By exercise, then as they were recorded: their names keep the number that they were cut with."""
    return picture.exercise, _in_order(picture.path)


def _read(path: Path) -> NDArray[np.uint8] | None:
    try:
        content = np.fromfile(path, dtype=np.uint8)
    except OSError:
        return None
    image = cv2.imdecode(content, cv2.IMREAD_COLOR) if len(content) else None
    return None if image is None else image.astype(np.uint8, copy=False)


def split(frames: Sequence[Frame]) -> tuple[list[Frame], list[Frame]]:
    """Frames to learn from, and the last ones of each label to be judged by: neighbours look too alike."""
    groups: dict[tuple[str, Label], list[Frame]] = {}
    for frame in frames:
        groups.setdefault((frame.picture.exercise, frame.picture.label), []).append(frame)
    learned: list[Frame] = []
    judged: list[Frame] = []
    for group in groups.values():
        cut = len(group) - max(1, round(len(group) * HELD_OUT))
        learned += group[:cut]
        judged += group[cut:]
    return learned, judged
