"""MoveNet SinglePose: one small model on a square crop that follows the person."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from vision import runtimes
from vision.keypoints import COCO_KEYPOINTS, Joint, Pose
from vision.pose.model_shape import require_shapes
from vision.runtimes import failover

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

INPUT_SIZE = 192
CROP_SCORE = 0.2
"""Keypoints below this do not steer the crop."""
TORSO_MARGIN, BODY_MARGIN = 1.9, 1.2
"""The crop reaches this far beyond the torso and beyond every seen keypoint."""
PERSON_SCORE = 0.25
"""Mean score of the torso and of the best half of the body below which nobody is there."""
TRACK_GAP_S = 1.0
TORSO = (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP)


@dataclass(frozen=True, slots=True)
class Crop:
    """A square in the frame, in pixels; it may reach beyond the frame."""

    x: float
    y: float
    side: float


def whole_frame(width: int, height: int) -> Crop:
    """The smallest square that holds the frame, centred on it."""
    side = max(width, height)
    return Crop((width - side) / 2, (height - side) / 2, side)


def next_crop(points: NDArray[np.float32], width: int, height: int) -> Crop:
    """Where to look in the next frame: around the hips, wide enough for torso and limbs.

    The published rule: without a torso, or when the square would hold half the frame anyway, look at it all.
    """
    seen = points[:, 2] > CROP_SCORE
    hips = seen[Joint.LEFT_HIP] or seen[Joint.RIGHT_HIP]
    shoulders = seen[Joint.LEFT_SHOULDER] or seen[Joint.RIGHT_SHOULDER]
    if not (hips and shoulders):
        return whole_frame(width, height)
    centre = (points[Joint.LEFT_HIP, :2] + points[Joint.RIGHT_HIP, :2]) / 2
    away = np.abs(points[:, :2] - centre)
    torso_reach = float(away[list(TORSO)].max())
    body_reach = float(away[seen].max())
    to_edges = max(centre[0], width - centre[0], centre[1], height - centre[1])
    half = min(max(torso_reach * TORSO_MARGIN, body_reach * BODY_MARGIN), float(to_edges))
    if half > max(width, height) / 2:
        return whole_frame(width, height)
    return Crop(float(centre[0]) - half, float(centre[1]) - half, 2 * half)


def person_score(scores: NDArray[np.float32]) -> float:
    """How sure the keypoints are of a person: the torso or the better half of the body, whichever is less."""
    half = np.sort(scores)[len(scores) // 2 :]
    torso = np.sort(scores[list(TORSO)])[2:]
    return float(min(half.mean(), torso.mean()))


class MoveNet:
    """The crop-following estimator."""

    name = "movenet"

    def __init__(self, model: runtimes.Runtime) -> None:
        self._model = model
        self._crop: Crop | None = None
        self._seen_s = -math.inf
        self._frame_size = (0, 0)

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
        self._crop = None

    def estimate(self, frame_bgr: NDArray[np.uint8], time_s: float) -> Pose | None:
        """The person in this frame, or None."""
        height, width = frame_bgr.shape[:2]
        if not 0 <= time_s - self._seen_s <= TRACK_GAP_S or self._frame_size != (width, height):
            self._crop = None
        self._frame_size = (width, height)
        whole = whole_frame(width, height)
        crop = self._crop or whole
        pose = self._look(frame_bgr, crop)
        if pose is None and crop != whole:
            pose = self._look(frame_bgr, whole)
        if pose is None:
            self._crop = None
            return None
        self._crop = next_crop(pose.points, width, height)
        self._seen_s = time_s
        return pose

    def _look(self, frame: NDArray[np.uint8], crop: Crop) -> Pose | None:
        """The person in this part of the frame, or None."""
        points = self._run(frame, crop)
        pose = Pose(points, person_score(points[:, 2]))
        return pose if pose.score >= PERSON_SCORE and pose.is_possible else None

    def _run(self, frame: NDArray[np.uint8], crop: Crop) -> NDArray[np.float32]:
        scale = crop.side / INPUT_SIZE
        # Pixel centres: (0.5, 0.5) of the picture lies at crop.x + scale / 2 of the frame.
        shift = (scale - 1) / 2
        matrix = np.array([[scale, 0, crop.x + shift], [0, scale, crop.y + shift]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        picture = cv2.warpAffine(frame, matrix, (INPUT_SIZE, INPUT_SIZE), flags=flags)
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        found = self._model.run([rgb[None]])[0].reshape(len(COCO_KEYPOINTS), 3)
        points = np.empty_like(found)
        points[:, 0] = crop.x + found[:, 1] * crop.side
        points[:, 1] = crop.y + found[:, 0] * crop.side
        points[:, 2] = found[:, 2]
        return points
