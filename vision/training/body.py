"""Bodies that move: sampled proportions, postures in time, and the joints that follow from them.

Metres, y up; a person who stands at the origin faces +x and has the right side at +z. Pairs hold left, right.
Angles are degrees. The first axis of every array is time.

Everything is computed for all times of a take at once, on the 17 keypoints alone. The demo clip's athlete
(`vision/footage`) has a skeleton of its own, one moment at a time, with fingers, toes and frames to draw it
by: a take would be a hundred times slower.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Sequence

Array = NDArray[np.float64]

OUTWARDS = np.array([-1.0, 1.0])
"""Left and right, towards +z."""
MIRROR = np.array([[1.0, 1.0, -1.0], [1.0, 1.0, 1.0]])
"""Turns forward, up, outwards into forward, up, right, for left and right."""
LUMBAR_SHARE = 0.4
"""Of the torso, below the place where it bends."""
STRAIGHTEST = 0.999
"""A limb never locks."""
SHOULDER_LIFT = 0.09
"""How far a shoulder follows a raised hand up, as a share of the hand's height over it."""


@dataclass(frozen=True, slots=True)
class Body:
    """One person's proportions in metres.

    Shares of the stature after Drillis and Contini as in Winter, Biomechanics and Motor Control of Human
    Movement (4th ed., figure 4.1); shoulder and hip widths are those of keypoints, inside the outline.
    """

    stature: float
    torso: float
    shoulder: float
    hip: float
    upper_arm: float
    forearm: float
    thigh: float
    shank: float
    ankle: float
    head: float

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Self:
        """Somebody."""
        stature = float(np.clip(rng.normal(1.71, 0.1), 1.45, 2.0))
        shares = np.array([0.288, 0.108, 0.058, 0.186, 0.150, 0.245, 0.246, 0.045, 0.13])
        # Arms vary together, and so do legs, more than their parts do.
        spread = rng.normal(1.0, 0.035, len(shares))
        spread[3:5] *= rng.normal(1.0, 0.03)
        spread[5:7] *= rng.normal(1.0, 0.03)
        return cls(stature, *(stature * shares * np.clip(spread, 0.85, 1.15)).tolist())

    @property
    def arm(self) -> float:
        """The straight arm, shoulder to wrist."""
        return self.upper_arm + self.forearm

    @property
    def leg(self) -> float:
        """The straight leg, hip to ankle."""
        return self.thigh + self.shank

    def lift(self, trunk: Torso, wrist: Array) -> Array:
        """How far shoulders (n, 2, 3) follow their hands (n, 2, 3) up."""
        up = trunk.chest_frame[:, None, :, 1]
        raised = ((wrist - trunk.shoulder) * up).sum(axis=-1, keepdims=True)
        return np.asarray(SHOULDER_LIFT * np.clip(raised, 0.0, self.arm) * up)


@dataclass(frozen=True, slots=True)
class Posture:
    """A body at n times, by what is easy to say of it; every field can be blended."""

    pelvis: Array  # (n, 3) midpoint of the hips
    trunk: Array  # (n, 3) forward pitch, roll to the right, yaw to the right
    bend: Array  # (n,) pitch that the upper torso adds
    head: Array  # (n, 2) pitch and yaw against the upper torso
    wrist: Array  # (n, 2, 3)
    elbow_pole: Array  # (n, 2, 3) direction in which the elbow points
    ankle: Array  # (n, 2, 3)
    knee_pole: Array  # (n, 2, 3)

    def __len__(self) -> int:
        return len(self.bend)

    def blend(self, other: Posture, share: Array) -> Posture:
        """This posture with a share (n,) of another."""
        mixed: dict[str, Array] = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            weight = share.reshape(-1, *([1] * (mine.ndim - 1)))
            mixed[field.name] = mine + weight * (theirs - mine)
        return Posture(**mixed)

    def at(self, index: int, count: int) -> Posture:
        """One moment, held for `count` times."""
        return Posture(
            **{
                field.name: np.repeat(getattr(self, field.name)[[index]], count, axis=0)
                for field in fields(self)
            }
        )

    def moved(self, offset: Array) -> Posture:
        """The whole body somewhere else; offset (3,) or (n, 3)."""
        each = np.atleast_2d(offset)
        return Posture(
            pelvis=self.pelvis + each,
            trunk=self.trunk,
            bend=self.bend,
            head=self.head,
            wrist=self.wrist + each[:, None],
            elbow_pole=self.elbow_pole,
            ankle=self.ankle + each[:, None],
            knee_pole=self.knee_pole,
        )


def joined(parts: Sequence[Posture]) -> Posture:
    """One after the other."""
    return Posture(
        **{
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(Posture)
        }
    )


def unit(vectors: Array) -> Array:
    """Each vector at length one."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-9), dtype=np.float64)


def across(vectors: Array, axis: Array) -> Array:
    """The part of each vector that is across a unit axis, at length one."""
    return unit(vectors - axis * (vectors * axis).sum(axis=-1, keepdims=True))


def frames(pitch: Array, roll: Array, yaw: Array) -> Array:
    """(n, 3, 3) with columns forward, up, right, after yaw, then pitch, then roll."""
    cp, sp = np.cos(np.radians(pitch)), np.sin(np.radians(pitch))
    cr, sr = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    cy, sy = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    forward = np.stack([cp * cy, -sp, cp * sy], axis=-1)
    up = np.stack([sp * cy * cr - sy * sr, cp * cr, sp * sy * cr + cy * sr], axis=-1)
    return np.stack([forward, up, np.cross(forward, up)], axis=-1)


@dataclass(frozen=True, slots=True)
class Torso:
    """Where a posture puts the trunk: frames (n, 3, 3), shoulders and hips (n, 2, 3), neck (n, 3)."""

    pelvis_frame: Array
    chest_frame: Array
    shoulder: Array
    hip: Array
    neck: Array

    def from_chest(self, vectors: Array) -> Array:
        """Directions (n, 2, 3) or (2, 3) forward, up, outwards of the chest as directions in the room."""
        return _outwards(self.chest_frame, vectors)


def _outwards(frame: Array, vectors: Array) -> Array:
    both = np.broadcast_to(vectors * MIRROR, (len(frame), 2, 3))
    return np.asarray(np.einsum("nij,nkj->nki", frame, both))


def torso(body: Body, pelvis: Array, trunk: Array, bend: Array) -> Torso:
    """The trunk of a posture."""
    low = frames(trunk[:, 0], trunk[:, 1], trunk[:, 2])
    high = frames(trunk[:, 0] + bend, trunk[:, 1], trunk[:, 2])
    neck = pelvis + body.torso * (LUMBAR_SHARE * low[:, :, 1] + (1 - LUMBAR_SHARE) * high[:, :, 1])
    half = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    return Torso(
        pelvis_frame=low,
        chest_frame=high,
        shoulder=neck[:, None] + body.shoulder * _outwards(high, half),
        hip=pelvis[:, None] + body.hip * _outwards(low, half),
        neck=neck,
    )


def bent(root: Array, first: Array, towards: Array, flexion: Array, lengths: tuple[float, float]) -> Array:
    """End of a limb (…, 3) whose first bone points along `first` and whose second flexes `towards`."""
    along = unit(first)
    flexion = np.radians(flexion)[..., None]
    second = np.cos(flexion) * along + np.sin(flexion) * across(towards, along)
    return np.asarray(root + lengths[0] * along + lengths[1] * second)


def two_bone(root: Array, target: Array, lengths: tuple[float, float], pole: Array) -> tuple[Array, Array]:
    """Middle and end of two bones from root towards target, as near as they reach, bent to the pole."""
    first, second = lengths
    reach = np.linalg.norm(target - root, axis=-1, keepdims=True)
    axis = (target - root) / np.maximum(reach, 1e-9)
    reach = np.clip(reach, abs(first - second) + 1e-3, STRAIGHTEST * (first + second))
    along = (first**2 - second**2 + reach**2) / (2 * reach)
    aside = np.sqrt(np.maximum(first**2 - along**2, 0.0))
    return root + along * axis + aside * across(pole, axis), root + reach * axis


HEAD_POINTS = {
    Joint.NOSE: (0.45, 0.75, 0.0),
    Joint.LEFT_EYE: (0.38, 0.92, -0.15),
    Joint.RIGHT_EYE: (0.38, 0.92, 0.15),
    Joint.LEFT_EAR: (0.03, 0.82, -0.34),
    Joint.RIGHT_EAR: (0.03, 0.82, 0.34),
}
"""Forward, up, right of the foot of the neck, in lengths of the head (chin to crown)."""


def joints(body: Body, posture: Posture) -> Array:
    """The 17 keypoints (n, 17, 3) of a body in its postures."""
    trunk = torso(body, posture.pelvis, posture.trunk, posture.bend)
    shoulder = trunk.shoulder + body.lift(trunk, posture.wrist)
    elbow, wrist = two_bone(shoulder, posture.wrist, (body.upper_arm, body.forearm), posture.elbow_pole)
    knee, ankle = two_bone(trunk.hip, posture.ankle, (body.thigh, body.shank), posture.knee_pole)
    still = np.zeros(len(posture))
    face = trunk.chest_frame @ frames(posture.head[:, 0], still, posture.head[:, 1])
    out = np.empty((len(posture), len(Joint), 3))
    for joint, place in HEAD_POINTS.items():
        out[:, joint] = trunk.neck + (face @ np.array(place)) * body.head
    pairs = (
        (Joint.LEFT_SHOULDER, shoulder),
        (Joint.LEFT_ELBOW, elbow),
        (Joint.LEFT_WRIST, wrist),
        (Joint.LEFT_HIP, trunk.hip),
        (Joint.LEFT_KNEE, knee),
        (Joint.LEFT_ANKLE, ankle),
    )
    for left, places in pairs:
        out[:, left : left + 2] = places
    return out
