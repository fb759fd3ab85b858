"""A kinematic stick figure seen by a pinhole camera: poses whose true count is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SHIN, THIGH, TORSO, UPPER_ARM, FOREARM = 0.42, 0.42, 0.5, 0.28, 0.26
Body = dict[str, tuple[float, float, float]]
"""Middle joints of one side in metres: x to the person's left, y up, z forward."""


def squatting(depth: float) -> Body:
    """Standing (0) to thighs level (1), arms stretched forward."""
    shin, thigh, lean = (math.radians(degrees * depth) for degrees in (30, 90, 40))
    ankle = (0.12, 0.08, 0.0)
    knee = (0.14, ankle[1] + SHIN * math.cos(shin), SHIN * math.sin(shin))
    hip = (0.12, knee[1] + THIGH * math.cos(thigh), knee[2] - THIGH * math.sin(thigh))
    shoulder = (0.18, hip[1] + TORSO * math.cos(lean), hip[2] + TORSO * math.sin(lean))
    elbow = (0.18, shoulder[1] - 0.05, shoulder[2] + UPPER_ARM)
    wrist = (0.16, elbow[1], elbow[2] + FOREARM)
    return {"ankle": ankle, "knee": knee, "hip": hip, "shoulder": shoulder, "elbow": elbow, "wrist": wrist}


def pressing(depth: float) -> Body:
    """Straight arms (0) to the chest a hand above the floor (1)."""
    ankle = (0.08, 0.08, -1.35)
    wrist = (0.24, 0.03, 0.0)
    shoulder = (0.18, wrist[1] + (UPPER_ARM + FOREARM) * (0.99 - 0.62 * depth), 0.02)
    hip, knee = (
        tuple(a + share * (s - a) for a, s in zip(ankle, shoulder, strict=True)) for share in (0.62, 0.31)
    )
    span = math.dist(shoulder, wrist) / 2
    bend = math.sqrt(max(0.0, ((UPPER_ARM + FOREARM) / 2) ** 2 - span**2))
    middle = tuple((s + w) / 2 for s, w in zip(shoulder, wrist, strict=True))
    elbow = (middle[0] + bend * 0.7, middle[1], middle[2] - bend * 0.7)
    return {"ankle": ankle, "knee": knee, "hip": hip, "shoulder": shoulder, "elbow": elbow, "wrist": wrist}


def curling(depth: float) -> Body:
    """Standing, upper arms hanging, forearms lifted: elbows bend, hands move, shoulders stay."""
    body = squatting(0.0)
    shoulder = body["shoulder"]
    elbow = (0.2, shoulder[1] - UPPER_ARM, shoulder[2])
    lift = math.radians(140 * depth)
    wrist = (0.2, elbow[1] - FOREARM * math.cos(lift), elbow[2] + FOREARM * math.sin(lift))
    return {**body, "elbow": elbow, "wrist": wrist}


def planking(depth: float) -> Body:
    """Straight arms held; one knee comes forward (a mountain climber)."""
    body = pressing(0.0)
    knee = tuple(a + depth * (b - a) for a, b in zip(body["knee"], (0.1, 0.3, -0.3), strict=True))
    return {**body, "knee": knee}


MOVES: dict[str, Callable[[float], Body]] = {
    "squat": squatting,
    "pushup": pressing,
    "curl": curling,
    "climber": planking,
}
FACE = (Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE, Joint.LEFT_EAR, Joint.RIGHT_EAR)


def _places(body: Body, joint: Joint) -> list[tuple[float, float, float]]:
    if joint in FACE:
        _, y, z = body["shoulder"]
        return [(0.0, y + 0.2, z + 0.1)]
    side, name = joint.name.lower().split("_")
    x, y, z = body[name]
    return [(x if side == "left" else -x, y, z)]


@dataclass(frozen=True)
class Camera:
    """Where from, and how well."""

    yaw_degrees: float = 60.0
    height: float = 1.2
    distance: float = 3.6
    noise_px: float = 0.0
    score: float = 0.9
    shift_px: float = 0.0
    unseen: tuple[Joint, ...] = ()

    def see(self, body: Body, random: np.random.Generator | None = None) -> Pose:
        """Project both sides of a body."""
        points = np.zeros((17, 3), dtype=np.float32)
        points[:, :2] = self._project(np.array([place for joint in Joint for place in _places(body, joint)]))
        if random is not None and self.noise_px:
            points[:, :2] += random.normal(0, self.noise_px, (17, 2))
        points[:, 0] += self.shift_px
        points[:, 2] = self.score
        points[list(self.unseen), 2] = 0.02
        return Pose(points, self.score)

    def _project(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        yaw = math.radians(self.yaw_degrees)
        target = np.array([0.0, 0.5, -0.3])
        eye = target + self.distance * np.array([math.sin(yaw), 0.0, math.cos(yaw)])
        eye[1] = self.height
        ahead = (target - eye) / np.linalg.norm(target - eye)
        right = np.cross(ahead, [0.0, 1.0, 0.0])
        right /= np.linalg.norm(right)
        down = np.cross(ahead, right)
        away = places - eye
        return (
            np.array([640.0, 360.0]) + 900 * away @ np.stack([right, down], axis=1) / (away @ ahead)[:, None]
        )


@dataclass(frozen=True)
class Film:
    """Reps at a tempo, frame by frame."""

    move: str = "pushup"
    reps: int = 4
    tempo_s: float = 2.0
    fps: float = 25.0
    depth: float = 1.0
    rest_s: float = 0.6
    start_s: float = 0.0
    camera: Camera = Camera()

    def __iter__(self) -> Iterator[tuple[float, Pose]]:
        random = np.random.default_rng(7)
        length_s = 2 * self.rest_s + self.reps * self.tempo_s
        for frame in range(round(length_s * self.fps) + 1):
            time_s = frame / self.fps
            into_s = min(max(time_s - self.rest_s, 0.0), self.reps * self.tempo_s)
            depth = self.depth * (1 - math.cos(2 * math.pi * into_s / self.tempo_s)) / 2
            yield self.start_s + time_s, self.camera.see(MOVES[self.move](depth), random)

    def but(self, **changes: object) -> Film:
        """The same with something else; `camera_...` changes the camera."""
        camera = {name[7:]: value for name, value in changes.items() if name.startswith("camera_")}
        rest = {name: value for name, value in changes.items() if not name.startswith("camera_")}
        return replace(self, **rest, camera=replace(self.camera, **camera))


@pytest.fixture
def film() -> Film:
    return Film()


@pytest.fixture(scope="session")
def footage_dir() -> Path:
    import vision.footage  # noqa: PLC0415 - only for where it lies

    return Path(vision.footage.__path__[0])
