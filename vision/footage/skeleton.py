"""The athlete's skeleton: a pose (pelvis, trunk, hand and foot targets) solved into joints by two-bone IK.

Metres, y up, the athlete faces +x, the right side is +z. Arrays of two hold left, right.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

UPPER_ARM_M = 0.29
FOREARM_M = 0.26
THIGH_M = 0.43
SHANK_M = 0.42
SIDE = np.array([-1.0, 1.0])

_HIP = np.array([0.0, 0.0, 0.088])
_LUMBAR = np.array([-0.012, 0.10, 0.0])
_CHEST = np.array([0.0, 0.15, 0.0])
_SHOULDER = np.array([-0.005, 0.232, 0.178])
_NECK = np.array([-0.012, 0.262, 0.0])
_SKULL_BASE = np.array([0.0, 0.085, 0.0])
_HEAD_CENTRE = np.array([0.018, 0.092, 0.0])
_BALL_TO_ANKLE = np.array([-0.135, 0.092, 0.0])


@dataclass(frozen=True, slots=True)
class Pose:
    """One point in pose space; every field can be interpolated. Angles in degrees."""

    pelvis: Array  # (3,) midpoint of the hips
    trunk: Array  # (3,) forward pitch, side roll, yaw of the pelvis
    bend: Array  # (2,) pitch that abdomen and chest add to the pelvis'
    head: Array  # (2,) pitch of the face in the room, yaw
    shrug: Array  # (2, 2) per side: shoulder forward, up, in the chest's frame, metres
    wrist: Array  # (2, 3)
    elbow_pole: Array  # (2, 3) where the elbow points
    fingers: Array  # (2, 3) direction from wrist to knuckles
    palm: Array  # (2, 3) direction the palm faces
    curl: Array  # (2,) finger flexion, 0 flat to 1 fist
    ball: Array  # (2, 3) the sole under the ball of the foot
    heel_lift: Array  # (2,)
    toe_out: Array  # (2,)
    knee_pole: Array  # (2, 3) where the knee points

    def vector(self) -> Array:
        """All fields as one flat array."""
        return np.concatenate([getattr(self, field.name).ravel() for field in fields(self)])

    @classmethod
    def from_vector(cls, vector: Array) -> Self:
        """The pose of a flat array."""
        parts: dict[str, Array] = {}
        start = 0
        for name, shape in _SHAPES.items():
            size = int(np.prod(shape))
            parts[name] = vector[start : start + size].reshape(shape)
            start += size
        return cls(**parts)


_SHAPES: dict[str, tuple[int, ...]] = {
    "pelvis": (3,),
    "trunk": (3,),
    "bend": (2,),
    "head": (2,),
    "shrug": (2, 2),
    "wrist": (2, 3),
    "elbow_pole": (2, 3),
    "fingers": (2, 3),
    "palm": (2, 3),
    "curl": (2,),
    "ball": (2, 3),
    "heel_lift": (2,),
    "toe_out": (2,),
    "knee_pole": (2, 3),
}


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joint positions (rows left, right) and the frames whose columns are forward, up, right."""

    pelvis: Array
    lumbar: Array
    chest: Array
    neck: Array
    skull_base: Array
    head: Array
    shoulder: Array
    elbow: Array
    wrist: Array
    hip: Array
    knee: Array
    ankle: Array
    ball: Array
    pelvis_frame: Array
    abdomen_frame: Array
    chest_frame: Array
    neck_frame: Array
    head_frame: Array
    hand_frame: Array  # (2, 3, 3): columns fingers, back of the hand, right
    foot_frame: Array
    toe_frame: Array
    curl: Array


def unit(vector: Array) -> Array:
    """The vector at length one."""
    return np.asarray(vector / np.linalg.norm(vector), dtype=np.float64)


def rotation(pitch_deg: float, roll_deg: float = 0.0, yaw_deg: float = 0.0) -> Array:
    """Frame after leaning forward by pitch, to the right by roll, and turning to the right by yaw."""
    pitch, roll, yaw = np.radians([pitch_deg, roll_deg, yaw_deg])
    cp, sp, cr, sr, cy, sy = (
        np.cos(pitch),
        np.sin(pitch),
        np.cos(roll),
        np.sin(roll),
        np.cos(yaw),
        np.sin(yaw),
    )
    about_z = np.array([[cp, sp, 0.0], [-sp, cp, 0.0], [0.0, 0.0, 1.0]])
    about_x = np.array([[1.0, 0.0, 0.0], [0.0, cr, -sr], [0.0, sr, cr]])
    about_y = np.array([[cy, 0.0, -sy], [0.0, 1.0, 0.0], [sy, 0.0, cy]])
    return np.asarray(about_y @ about_z @ about_x, dtype=np.float64)


def two_bone(root: Array, target: Array, first_m: float, second_m: float, pole: Array) -> tuple[Array, Array]:
    """Middle and end joint of two bones that reach from root to target, bending towards pole."""
    line = target - root
    reach = float(np.linalg.norm(line))
    axis = line / reach
    # A limb never locks: it stops just short of straight.
    reach = min(reach, 0.9995 * (first_m + second_m))
    along = (first_m**2 - second_m**2 + reach**2) / (2.0 * reach)
    aside = np.sqrt(max(first_m**2 - along**2, 0.0))
    out = unit(pole - axis * float(pole @ axis))
    return root + axis * along + out * aside, root + axis * reach


def _hand_frame(fingers: Array, palm: Array) -> Array:
    forward = unit(fingers)
    back = unit(-(palm - forward * float(palm @ forward)))
    return np.column_stack([forward, back, np.cross(forward, back)])


def _toe_frame(pose: Pose, side: int) -> Array:
    # On the ground the toes lie flat however high the heel is; in the air they follow the foot.
    airborne = float(np.clip(pose.ball[side, 1] / 0.06, 0.0, 1.0))
    return rotation(
        0.75 * airborne * float(pose.heel_lift[side]), 0.0, float(SIDE[side] * pose.toe_out[side])
    )


def solve(pose: Pose) -> Skeleton:
    """All joints and frames of a pose."""
    pitch, roll, yaw = (float(angle) for angle in pose.trunk)
    pelvis_frame = rotation(pitch, roll, yaw)
    abdomen_frame = rotation(pitch + float(pose.bend[0]), 0.6 * roll, yaw)
    chest_frame = rotation(pitch + float(pose.bend.sum()), 0.2 * roll, yaw)
    face_pitch, face_yaw = (float(angle) for angle in pose.head)
    # The neck takes part of the angle between chest and face.
    neck_frame = rotation(
        0.6 * (pitch + float(pose.bend.sum())) + 0.4 * face_pitch + 8.0, 0.0, 0.4 * face_yaw
    )
    head_frame = rotation(face_pitch, 0.0, face_yaw)
    lumbar = pose.pelvis + pelvis_frame @ _LUMBAR
    chest = lumbar + abdomen_frame @ _CHEST
    neck = chest + chest_frame @ _NECK
    skull_base = neck + neck_frame @ _SKULL_BASE

    shape = (2, 3)
    shoulder, elbow, wrist = np.empty(shape), np.empty(shape), np.empty(shape)
    hip, knee, ankle = np.empty(shape), np.empty(shape), np.empty(shape)
    hand_frame, foot_frame, toe_frame = np.empty((2, 3, 3)), np.empty((2, 3, 3)), np.empty((2, 3, 3))
    for side, sign in enumerate(SIDE):
        mirror = np.array([1.0, 1.0, sign])
        shrug = np.array([pose.shrug[side, 0], pose.shrug[side, 1], 0.0])
        shoulder[side] = chest + chest_frame @ ((_SHOULDER + shrug) * mirror)
        elbow[side], wrist[side] = two_bone(
            shoulder[side], pose.wrist[side], UPPER_ARM_M, FOREARM_M, pose.elbow_pole[side]
        )
        hand_frame[side] = _hand_frame(pose.fingers[side], pose.palm[side])
        foot_frame[side] = rotation(float(pose.heel_lift[side]), 0.0, float(sign * pose.toe_out[side]))
        toe_frame[side] = _toe_frame(pose, side)
        hip[side] = pose.pelvis + pelvis_frame @ (_HIP * mirror)
        foot_target = pose.ball[side] + foot_frame[side] @ _BALL_TO_ANKLE
        knee[side], ankle[side] = two_bone(hip[side], foot_target, THIGH_M, SHANK_M, pose.knee_pole[side])
    ball = np.stack([ankle[side] - foot_frame[side] @ _BALL_TO_ANKLE for side in range(2)])
    return Skeleton(
        pelvis=pose.pelvis,
        lumbar=lumbar,
        chest=chest,
        neck=neck,
        skull_base=skull_base,
        head=skull_base + head_frame @ _HEAD_CENTRE,
        shoulder=shoulder,
        elbow=elbow,
        wrist=wrist,
        hip=hip,
        knee=knee,
        ankle=ankle,
        ball=ball,
        pelvis_frame=pelvis_frame,
        abdomen_frame=abdomen_frame,
        chest_frame=chest_frame,
        neck_frame=neck_frame,
        head_frame=head_frame,
        hand_frame=hand_frame,
        foot_frame=foot_frame,
        toe_frame=toe_frame,
        curl=pose.curl,
    )


def angle_deg(first: Array, vertex: Array, last: Array) -> float:
    """The angle at vertex between the directions to first and last."""
    cosine = float(unit(first - vertex) @ unit(last - vertex))
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))
