"""A video of the count: skeleton, number, phase."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision.keypoints import SKELETON

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.keypoints import Pose
    from vision.offline.onlooker import Step

CODECS = ("avc1", "mp4v")
"""H.264 where this OpenCV can write it, else MPEG-4."""
Colour = tuple[int, int, int]
SURE: Colour = (120, 230, 80)
UNSURE: Colour = (80, 120, 240)
INK: Colour = (255, 255, 255)
SHADE: Colour = (30, 30, 30)
SURE_SCORE = 0.5
SHOWN_SCORE = 0.1


class OverlayError(RuntimeError):
    """The overlay video cannot be written."""


def draw_skeleton(frame: NDArray[np.uint8], pose: Pose) -> None:
    """Draw a pose into the frame, unsure limbs in another colour."""
    width = max(2, min(frame.shape[:2]) // 180)
    points = pose.points
    for a, b in SKELETON:
        score = float(min(points[a, 2], points[b, 2]))
        if score < SHOWN_SCORE:
            continue
        start, end = ((round(float(points[j, 0])), round(float(points[j, 1]))) for j in (a, b))
        cv2.line(frame, start, end, SURE if score >= SURE_SCORE else UNSURE, width, cv2.LINE_AA)


def draw_count(frame: NDArray[np.uint8], step: Step, hint: str = "") -> None:
    """Draw the number, the phase, a hint and a bar of depth at the left edge."""
    height = frame.shape[0]
    scale = height / 360
    line = max(1, round(2 * scale))
    label = f"{step.status.exercise or '-'}  {step.status.phase}"
    for text, row, size in ((str(step.reps), 0.17, 2.0), (label, 0.25, 0.6), (hint, 0.97, 0.6)):
        place = (round(0.03 * height), round(row * height))
        cv2.putText(frame, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * scale, SHADE, 3 * line, cv2.LINE_AA)
        cv2.putText(frame, text, place, cv2.FONT_HERSHEY_SIMPLEX, size * scale, INK, line, cv2.LINE_AA)
    if step.status.depth is not None:
        left, top, bottom = round(0.03 * height), round(0.3 * height), round(0.9 * height)
        wide = round(0.02 * height)
        level = round(top + step.status.depth * (bottom - top))
        cv2.rectangle(frame, (left, top), (left + wide, bottom), SHADE, -1)
        cv2.rectangle(frame, (left, top), (left + wide, level), SURE, -1)


def _first_writer(path: Path, fps: float, size: tuple[int, int]) -> cv2.VideoWriter | None:
    """A writer with the first codec that this OpenCV has; what it says about the others is not for people."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        for codec in CODECS:
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size)
            if writer.isOpened():
                return writer
        return None
    finally:
        cv2.utils.logging.setLogLevel(level)


class Overlay:
    """Writes the overlay while a count runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._hint = ""

    def open(self, width: int, height: int, fps: float) -> None:
        """Start the file.

        Raises:
            OverlayError: it cannot be written.
        """
        if self._path.suffix.lower() != ".mp4":
            raise OverlayError(f"the overlay {self._path} must end in .mp4")
        if not self._path.parent.is_dir():
            raise OverlayError(f"cannot write {self._path}: there is no folder {self._path.parent}")
        self._size = (width, height)
        self._writer = _first_writer(self._path, fps, self._size)
        if self._writer is not None:
            return
        raise OverlayError(
            f"cannot write the video {self._path}: may this user write there, and is there room?"
        )

    def see(self, step: Step) -> None:
        """Add one frame."""
        if self._writer is None:
            return
        frame = step.frame.copy()
        if frame.shape[1::-1] != self._size:
            # The writer drops, without a word, what is not of its size; a camera may change its own.
            frame = np.asarray(cv2.resize(frame, self._size), dtype=np.uint8)
        if step.pose is not None and step.pose.is_possible:
            draw_skeleton(frame, step.pose)
        for rep in step.finished:
            self._hint = rep.form.reason if rep.form else ""
        draw_count(frame, step, self._hint)
        self._writer.write(frame)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.release()
            self._writer = None
