"""MoveNet SinglePose: one small model on a square crop that follows the person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision import runtimes
from vision.keypoints import COCO_KEYPOINTS, Joint, Pose
from vision.pose.model_shape import require_shapes
from vision.pose.sought import Window, anybody
from vision.runtimes import failover

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.pose.sought import Sought

INPUT_SIZE = 192
CROP_SCORE = 0.2
"""Keypoints below this do not steer the crop."""
TORSO_MARGIN, BODY_MARGIN = 1.9, 1.2
"""The crop reaches this far beyond the torso and beyond every seen keypoint."""
PERSON_SCORE = 0.25
"""Mean score of the torso and of the best half of the body below which nobody is there."""
TRACK_GAP_S = 1.0
PART = 0.6
"""Side of the squares that a window is searched by, in its longer side."""
TORSO = (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP)


@dataclass(frozen=True, slots=True)
class Crop:
    """A square in the frame, in pixels; it may reach beyond the frame."""

    x: float
    y: float
    side: float


def around(window: Window) -> Crop:
    """The smallest square that holds a part of the frame, centred on it."""
    side = max(window.width, window.height)
    return Crop((window.left + window.right - side) / 2, (window.top + window.bottom - side) / 2, side)


def search_places(window: Window) -> list[Crop]:
    """Where to look for somebody: the whole window, then parts of it.

    The model finds one person in a picture, the one most in view; a part may show another one.
    """
    side = PART * max(window.width, window.height)
    parts = [
        Crop(window.left + x, window.top + y, side)
        for y in _starts(window.height, side)
        for x in _starts(window.width, side)
    ]
    return [around(window), *parts]


def _starts(length: float, side: float) -> tuple[float, ...]:
    """Where squares begin that together cover a length: at its ends and amid, or just amid."""
    spare = length - side
    return (0.0, spare, spare / 2) if spare > 0 else (spare / 2,)


def next_crop(points: NDArray[np.float32], width: int, height: int) -> Crop | None:
    """Where to look in the next frame: around the hips, wide enough for torso and limbs.

    The published rule: without a torso, or when the square would hold half the frame anyway, search (None).
    """
    seen = points[:, 2] > CROP_SCORE
    hips = seen[Joint.LEFT_HIP] or seen[Joint.RIGHT_HIP]
    shoulders = seen[Joint.LEFT_SHOULDER] or seen[Joint.RIGHT_SHOULDER]
    if not (hips and shoulders):
        return None
    centre = (points[Joint.LEFT_HIP, :2] + points[Joint.RIGHT_HIP, :2]) / 2
    away = np.abs(points[:, :2] - centre)
    torso_reach = float(away[list(TORSO)].max())
    body_reach = float(away[seen].max())
    to_edges = max(centre[0], width - centre[0], centre[1], height - centre[1])
    half = min(max(torso_reach * TORSO_MARGIN, body_reach * BODY_MARGIN), float(to_edges))
    if half > max(width, height) / 2:
        return None
    return Crop(float(centre[0]) - half, float(centre[1]) - half, 2 * half)


def person_score(scores: NDArray[np.float32]) -> float:
    """How sure the keypoints are of a person: the torso or the better half of the body, whichever is less."""
    each = scores.tolist()
    half = sorted(each)[len(each) // 2 :]
    torso = sorted(each[joint] for joint in TORSO)[2:]
    return min(fmean(half), fmean(torso))


class MoveNet:
    """The crop-following estimator."""

    name = "movenet"

    def __init__(self, model: runtimes.Runtime) -> None:
        self._model = model
        self._crop: Crop | None = None
        self._seen_s = -math.inf
        self._frame_size = (0, 0)
        self._refused = 0

    @classmethod
    def load(cls, folder: Path, runtime: str = "auto", threads: int = 1, *, standby: bool = False) -> MoveNet:
        """Load the file of a model folder that is for the runtime."""
        if standby:
            model, path = failover.load(runtime, folder, threads)
        else:
            chosen, path = runtimes.choose(runtime, folder)
            model = runtimes.load(chosen, path, threads)
        require_shapes(
            model,
            path,
            inputs=[((1, INPUT_SIZE, INPUT_SIZE, 3), "uint8")],
            outputs=[((1, 1, len(COCO_KEYPOINTS), 3), "float32")],
        )
        return cls(model)

    @property
    def runtime(self) -> str:
        """The runtime that executes it."""
        return self._model.name

    @property
    def trouble(self) -> str:
        """Why another runtime executes it than should."""
        return self._model.trouble

    def twin(self) -> MoveNet:
        """Another one on the same model, with a person of its own to follow."""
        return MoveNet(self._model)

    def reset(self) -> None:
        """Forget the tracked person."""
        self._crop, self._refused = None, 0

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, sought: Sought | None = None
    ) -> Pose | None:
        """The person in this frame, or None."""
        height, width = frame_bgr.shape[:2]
        sought = sought or anybody(width, height)
        if not 0 <= time_s - self._seen_s <= TRACK_GAP_S or self._frame_size != (width, height):
            self._crop = None
        self._frame_size = (width, height)
        others = False
        for crop, window in self._places(sought, width, height):
            pose = self._look(frame_bgr, crop, window)
            if pose is not None and sought.accepts(pose):
                self._crop, self._seen_s, self._refused = next_crop(pose.points, width, height), time_s, 0
                return pose
            others |= pose is not None
        if others or self._refused:
            self._refused += 1
        else:
            self._crop = None
        return None

    def _places(self, sought: Sought, width: int, height: int) -> Iterator[tuple[Crop, Window]]:
        """Where to look in this frame, each with the part of the frame to see of it.

        Where they usually are if that is asked for, where they were last, then one place of the search:
        the next one in turn while only others are found.
        """
        usual = None if sought.home is None else next_crop(sought.home.points, width, height)
        for crop in (usual, self._crop):
            if crop is not None:
                yield crop, Window(0, 0, width, height)
        places = search_places(sought.window)
        yield places[self._refused % len(places)], sought.window

    def _look(self, frame: NDArray[np.uint8], crop: Crop, window: Window) -> Pose | None:
        """The person in this square of the frame, or None; what lies outside the window is black."""
        points = self._run(frame, crop, window)
        pose = Pose(points, person_score(points[:, 2]))
        return pose if pose.score >= PERSON_SCORE and pose.is_possible else None

    def _run(self, frame: NDArray[np.uint8], crop: Crop, window: Window) -> NDArray[np.float32]:
        scale = crop.side / INPUT_SIZE
        # Pixel centres: (0.5, 0.5) of the picture lies at crop.x + scale / 2 of the frame.
        shift = (scale - 1) / 2
        matrix = np.array([[scale, 0, crop.x - window.left + shift], [0, scale, crop.y - window.top + shift]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        part = frame[window.top : window.bottom, window.left : window.right]
        picture = cv2.warpAffine(part, matrix, (INPUT_SIZE, INPUT_SIZE), flags=flags)
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        found = self._model.run([rgb[None]])[0].reshape(len(COCO_KEYPOINTS), 3)
        points = np.empty_like(found)
        points[:, 0] = crop.x + found[:, 1] * crop.side
        points[:, 1] = crop.y + found[:, 0] * crop.side
        points[:, 2] = found[:, 2]
        return points
