"""A kinematic stick figure seen by a pinhole camera: poses whose true count is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

SHIN, THIGH, TORSO, UPPER_ARM, FOREARM = 0.42, 0.42, 0.5, 0.28, 0.26
Place = tuple[float, float, float]
Body = dict[str, Place]
"""Middle joints of one side in metres: x to the person's left, y up, z forward.

Where the sides differ, a joint is named with its side, as if it were on the left.
"""


def _toward(one: Place, other: Place, share: float) -> Place:
    """From one to the other, this share of the way."""
    (ax, ay, az), (bx, by, bz) = one, other
    return (ax + share * (bx - ax), ay + share * (by - ay), az + share * (bz - az))


def _middle(one: Place, other: Place) -> Place:
    (ax, ay, az), (bx, by, bz) = one, other
    return ((ax + bx) / 2, (ay + by) / 2, (az + bz) / 2)


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
    hip, knee = (_toward(ankle, shoulder, share) for share in (0.62, 0.31))
    span = math.dist(shoulder, wrist) / 2
    bend = math.sqrt(max(0.0, ((UPPER_ARM + FOREARM) / 2) ** 2 - span**2))
    middle = _middle(shoulder, wrist)
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
    return {**body, "knee": _toward(body["knee"], (0.1, 0.3, -0.3), depth)}


def curling_left(depth: float) -> Body:
    """The left forearm lifts, the right one hangs."""
    hanging, lifted = curling(0.0), curling(depth)
    return {**hanging, "left_wrist": lifted["wrist"]}


def _knee(hip: Place, ankle: Place) -> Place:
    """Where a knee bends forward between a hip and an ankle of the same side."""
    down, ahead = ankle[1] - hip[1], ankle[2] - hip[2]
    span = min(math.hypot(down, ahead), SHIN + THIGH)
    out = math.sqrt(SHIN**2 - (span / 2) ** 2) / span
    return (ankle[0], (hip[1] + ankle[1]) / 2 + out * ahead, (hip[2] + ankle[2]) / 2 - out * down)


def lunging(depth: float) -> Body:
    """A stride (0), left foot in front, to the right knee just over the floor (1)."""
    hip = (0.12, 0.8 - 0.3 * depth, 0.0)
    front, rear = (0.12, 0.08, 0.4), (0.12, 0.12, -0.45)
    shoulder = (0.18, hip[1] + TORSO, 0.05)
    elbow = (0.2, shoulder[1] - UPPER_ARM, 0.05)
    knees = {"left_knee": _knee(hip, front), "right_knee": _knee(hip, rear)}
    ankles = {"left_ankle": front, "right_ankle": rear}
    wrist = (0.2, elbow[1] - FOREARM, 0.05)
    return {"hip": hip, "shoulder": shoulder, "elbow": elbow, "wrist": wrist, **knees, **ankles}


def lunging_right(depth: float) -> Body:
    """The other foot in front."""
    other = {"left": "right", "right": "left"}
    renamed = {}
    for name, place in lunging(depth).items():
        side, _, joint = name.partition("_")
        renamed[f"{other[side]}_{joint}" if joint else name] = place
    return renamed


def stepping(depth: float) -> Body:
    """Standing (0), then a long step forward into a lunge (1)."""
    stand, low = squatting(0.0), lunging(1.0)
    start = {**curling(0.0), **{name: stand[name.split("_")[-1]] for name in low}}
    hip, front, rear = (
        _toward(start[name], low[name], depth) for name in ("hip", "left_ankle", "right_ankle")
    )
    shoulder = (0.18, hip[1] + TORSO, hip[2])
    elbow = (0.2, shoulder[1] - UPPER_ARM, hip[2])
    knees = {"left_knee": _knee(hip, front), "right_knee": _knee(hip, rear)}
    wrist = (0.2, elbow[1] - FOREARM, hip[2])
    arm = {"shoulder": shoulder, "elbow": elbow, "wrist": wrist}
    return {"hip": hip, **arm, **knees, "left_ankle": front, "right_ankle": rear}


def _arms_raised(body: Body, degrees: float, *, ahead: bool = False) -> Body:
    """Straight arms, this far from hanging, sideways or forward."""
    x, y, z = body["shoulder"]
    out, up = math.sin(math.radians(degrees)), -math.cos(math.radians(degrees))
    arm = {}
    for name, length in (("elbow", UPPER_ARM), ("wrist", UPPER_ARM + FOREARM)):
        arm[name] = (
            (x, y + up * length, z + out * length) if ahead else (x + out * length, y + up * length, z)
        )
    return {**body, **arm}


def jumping(depth: float) -> Body:
    """Feet together, arms down (0) to feet apart, hands over the head (1)."""
    ankle = (0.1 + 0.35 * depth, 0.08, 0.0)
    hip = (0.12, ankle[1] + math.sqrt(0.83**2 - (ankle[0] - 0.12) ** 2), 0.0)
    knee = _middle(ankle, hip)
    shoulder = (0.18, hip[1] + TORSO, 0.0)
    return _arms_raised({"ankle": ankle, "knee": knee, "hip": hip, "shoulder": shoulder}, 10 + 160 * depth)


def raising(depth: float) -> Body:
    """Feet planted, straight arms out to the sides and over the head."""
    return _arms_raised(squatting(0.0), 10 + 160 * depth)


def reaching(depth: float) -> Body:
    """Feet planted, straight arms forward and over the head."""
    return _arms_raised(squatting(0.0), 170 * depth, ahead=True)


def pressing_overhead(depth: float) -> Body:
    """Hands from the shoulders (1) to over the head (0)."""
    body = _arms_raised(squatting(0.0), 180)
    x, y, z = body["shoulder"]
    wrist = (x, y + 0.5 - 0.45 * depth, z)
    half = (wrist[1] - y) / 2
    out = math.sqrt(max(0.0, 0.26**2 - half**2))
    return {**body, "wrist": wrist, "elbow": (x + out, y + half, z)}


def walking(depth: float) -> Body:
    """From one stride to the other, arms swinging against the legs."""
    swing = 0.3 * (2 * depth - 1)
    body = curling(0.0)
    hip, shoulder = body["hip"], body["shoulder"]
    feet = {"left_ankle": (0.12, 0.08, swing), "right_ankle": (0.12, 0.08, -swing)}
    knees = {f"{side}_knee": _knee(hip, feet[f"{side}_ankle"]) for side in ("left", "right")}
    hands = {
        f"{side}_wrist": (0.2, shoulder[1] - 0.5, shoulder[2] + sign * swing)
        for side, sign in (("left", -1), ("right", 1))
    }
    return {**body, **feet, **knees, **hands}


def bench_pressing(depth: float) -> Body:
    """Lying on the back, hands from over the chest (0) down to it (1)."""
    shoulder, hip = (0.18, 0.5, 0.3), (0.12, 0.5, -0.2)
    wrist = (0.25, 0.55 + 0.45 * (1 - depth), 0.3)
    elbow = (0.35, (wrist[1] + 0.4) / 2, 0.25)
    feet = {"knee": (0.14, 0.5, -0.6), "ankle": (0.14, 0.08, -0.6)}
    return {"shoulder": shoulder, "hip": hip, "wrist": wrist, "elbow": elbow, **feet}


def sitting_up(depth: float) -> Body:
    """Lying on the back with knees drawn up and hands at the ears (0) to a torso nearly upright (1)."""
    hip, ankle = (0.12, 0.12, 0.0), (0.12, 0.08, 0.5)
    up = math.radians(75 * depth)

    def along(share: float, x: float) -> Place:
        return (x, hip[1] + share * TORSO * math.sin(up), -share * TORSO * math.cos(up))

    arm = {"shoulder": along(1.0, 0.18), "elbow": along(1.3, 0.4), "wrist": along(1.35, 0.12)}
    return {"hip": hip, "knee": _knee(hip, ankle), "ankle": ankle, **arm}


def rising_on_hands(depth: float) -> Body:
    """Lying on the belly (0), the torso pressed up over hips that stay: a cobra (1)."""
    body = sitting_up(0.8 * depth)
    wrist = (0.24, 0.05, -0.45)
    elbow = _middle(body["shoulder"], wrist)
    return {**body, "knee": (0.12, 0.08, 0.4), "ankle": (0.12, 0.05, 0.8), "wrist": wrist, "elbow": elbow}


def pulling_up(depth: float) -> Body:
    """Hanging from a bar (0) to the chin over it (1)."""
    wrist = (0.3, 2.2, 0.0)
    arm = UPPER_ARM + FOREARM
    shoulder = (0.18, wrist[1] - arm * (0.97 - 0.65 * depth), -0.05)
    span = math.dist(shoulder, wrist) / 2
    out = math.sqrt(max(0.0, (arm / 2) ** 2 - span**2))
    elbow = ((shoulder[0] + wrist[0]) / 2 + out, (shoulder[1] + wrist[1]) / 2, 0.0)
    hip = (0.12, shoulder[1] - TORSO, 0.0)
    knee, ankle = (0.12, hip[1] - THIGH, 0.0), (0.12, hip[1] - THIGH - SHIN, -0.05)
    return {"wrist": wrist, "shoulder": shoulder, "elbow": elbow, "hip": hip, "knee": knee, "ankle": ankle}


def pulling_down(depth: float) -> Body:
    """Standing there, the hands drawn from over the head (0) to the shoulders (1): the body stays."""
    body = pulling_up(0.0)
    sunk = pulling_up(depth)["shoulder"][1] - body["shoulder"][1]
    lowered = {name: (x, y - sunk, z) for name, (x, y, z) in pulling_up(depth).items()}
    return {**body, "wrist": lowered["wrist"], "elbow": lowered["elbow"]}


def leaning(depth: float) -> Body:
    """Push-ups on a bar at hip height: a straight body, half upright."""
    wrist, ankle = (0.24, 1.0, 0.0), (0.08, 0.08, -0.95)
    away = (UPPER_ARM + FOREARM) * (0.97 - 0.6 * depth)
    shoulder = (0.18, wrist[1] + away * 0.8, wrist[2] - away * 0.6)
    hip, knee = (_toward(ankle, shoulder, share) for share in (0.62, 0.31))
    half = math.sqrt(max(0.0, ((UPPER_ARM + FOREARM) / 2) ** 2 - (math.dist(shoulder, wrist) / 2) ** 2))
    middle = _middle(shoulder, wrist)
    elbow = (middle[0] + half, middle[1], middle[2])
    return {"ankle": ankle, "knee": knee, "hip": hip, "shoulder": shoulder, "elbow": elbow, "wrist": wrist}


MOVES: dict[str, Callable[[float], Body]] = {
    "squat": squatting,
    "pushup": pressing,
    "curl": curling,
    "curl_left": curling_left,
    "climber": planking,
    "lunge": lunging,
    "lunge_right": lunging_right,
    "step": stepping,
    "jumping_jack": jumping,
    "raise": raising,
    "reach": reaching,
    "overhead": pressing_overhead,
    "walk": walking,
    "bench": bench_pressing,
    "situp": sitting_up,
    "cobra": rising_on_hands,
    "pullup": pulling_up,
    "pulldown": pulling_down,
    "leaning_pushup": leaning,
}
FACE = (Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE, Joint.LEFT_EAR, Joint.RIGHT_EAR)


def _places(body: Body, joint: Joint) -> list[Place]:
    if joint in FACE:
        _, y, z = body["shoulder"]
        return [(0.0, y + 0.2, z + 0.1)]
    side, name = joint.name.lower().split("_")
    x, y, z = body.get(f"{side}_{name}", body.get(name, (0.0, 0.0, 0.0)))
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
        pixels: NDArray[np.float64] = (
            np.array([640.0, 360.0]) + 900 * away @ np.stack([right, down], axis=1) / (away @ ahead)[:, None]
        )
        return pixels


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
        return iter(_frames(self))

    def pose(self, at_s: float = 0.0) -> Pose:
        """The first frame at this time or later."""
        return next(pose for time_s, pose in self if time_s >= at_s)

    def but(self, **changes: Any) -> Film:
        """The same with something else; `camera_...` changes the camera."""
        camera = {name[7:]: value for name, value in changes.items() if name.startswith("camera_")}
        rest = {name: value for name, value in changes.items() if not name.startswith("camera_")}
        return replace(self, **rest, camera=replace(self.camera, **camera))


@lru_cache(maxsize=256)
def _frames(film: Film) -> tuple[tuple[float, Pose], ...]:
    """One film is shown to many a counter, which must not change it."""
    random = np.random.default_rng(7)
    length_s = 2 * film.rest_s + film.reps * film.tempo_s
    frames = []
    for frame in range(round(length_s * film.fps) + 1):
        time_s = frame / film.fps
        into_s = min(max(time_s - film.rest_s, 0.0), film.reps * film.tempo_s)
        depth = film.depth * (1 - math.cos(2 * math.pi * into_s / film.tempo_s)) / 2
        pose = film.camera.see(MOVES[film.move](depth), random)
        pose.points.flags.writeable = False
        frames.append((film.start_s + time_s, pose))
    return tuple(frames)


@pytest.fixture(scope="session")
def film() -> Film:
    return Film()


@pytest.fixture(scope="session")
def footage_dir() -> Path:
    import vision.footage  # noqa: PLC0415 - only for where it lies

    return Path(vision.footage.__path__[0])
