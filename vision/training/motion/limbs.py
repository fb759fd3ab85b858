"""Where arms and feet are while the rest of the body works."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vision.training.body import MIRROR, Array, Body, Posture, Torso, across, bent, frames, torso

if TYPE_CHECKING:
    from collections.abc import Callable

Arms = tuple[Array, Array]
"""Wrists (n, 2, 3) and the directions (n, 2, 3) in which the elbows point."""

Angle = Array | float
"""Degrees, for all times and both sides or (n, 2)."""

FORWARD = np.array([1.0, 0.0, 0.0])

CARRIES: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "goblet": ((0.36, -0.32, -0.24), (0.1, -1.0, 0.3)),
    "clasped": ((0.50, -0.20, -0.26), (0.1, -1.0, 0.5)),
    "crossed": ((0.22, 0.02, -0.45), (1.0, 0.0, 0.4)),
    "barbell": ((-0.06, 0.10, 0.35), (-0.5, -1.0, 0.1)),
    "barbell_wide": ((-0.08, 0.12, 0.75), (-0.5, -1.0, 0.1)),
    "front_rack": ((0.15, 0.05, 0.05), (1.0, -0.3, 0.1)),
    "shouldered": ((0.10, 0.08, 0.18), (0.5, -1.0, 0.3)),
    "behind_head": ((-0.12, 0.40, -0.05), (-0.1, 0.3, 1.0)),
    "at_ears": ((0.05, 0.38, 0.0), (0.2, 0.1, 1.0)),
    "on_chest": ((0.22, -0.10, -0.40), (0.3, -0.6, 1.0)),
    "on_hips": ((0.05, -0.78, 0.02), (-0.6, 0.0, 1.0)),
    "reaching": ((0.95, -0.05, 0.0), (0.0, -1.0, 0.4)),
    "phone": ((0.45, -0.15, -0.10), (0.0, -1.0, 0.2)),
}
"""Hands from their shoulders, forward, up, outwards of the chest in arm lengths; where the elbows point."""


def constant(count: int, value: object) -> Array:
    """One value at n times."""
    single = np.asarray(value, dtype=np.float64)
    return np.broadcast_to(single, (count, *single.shape))


def leaning(pitch: Array, roll: Array | float = 0.0, yaw: Array | float = 0.0) -> Array:
    """The angles (n, 3) of the trunk."""
    return np.stack(np.broadcast_arrays(pitch, roll, yaw), axis=-1).astype(np.float64)


def carried(body: Body, upper: Torso, name: str) -> Arms:
    """Hands that keep their place at the chest."""
    place, pole = (np.array(value) for value in CARRIES[name])
    wrist = upper.shoulder + body.arm * upper.from_chest(np.stack([place, place]))
    return wrist, upper.from_chest(np.stack([pole, pole]))


def swung(
    body: Body, upper: Torso, flexion: Angle, abduction: Angle, elbow: Angle, *, towards: Array = FORWARD
) -> Arms:
    """Arms by their angles: raised forward, raised aside, elbow flexed towards (forward by default).

    Angles count from an arm that hangs along the chest; `towards` (3,) or (n, 2, 3) is forward, up, outwards.
    """
    count = len(upper.neck)
    f, a = (np.radians(np.broadcast_to(angle, (count, 2))) for angle in (flexion, abduction))
    direction = np.stack([np.sin(f) * np.cos(a), -np.cos(f) * np.cos(a), np.sin(a)], axis=-1)
    hinge = np.broadcast_to(towards, (count, 2, 3))
    frame = upper.chest_frame
    first = np.einsum("nij,nkj->nki", frame, direction * MIRROR)
    second = np.einsum("nij,nkj->nki", frame, hinge * MIRROR)
    flexed = np.broadcast_to(elbow, (count, 2))
    wrist = bent(upper.shoulder, first, second, flexed, (body.upper_arm, body.forearm))
    return wrist + body.lift(upper, wrist), -across(second, first)


def hanging(body: Body, upper: Torso, forward: float = 8.0, aside: float = 8.0, elbow: float = 15.0) -> Arms:
    """Arms that hang straight down, however the trunk leans."""
    f, a, e = np.radians([forward, aside, elbow])
    still = np.zeros(len(upper.neck))
    level = frames(still, still, _yaw_of(upper))
    first = np.array([np.sin(f), -np.cos(f) * np.cos(a), np.sin(a)])
    second = np.array([np.sin(f + e), -np.cos(f + e) * np.cos(a), 0.7 * np.sin(a)])
    place = body.upper_arm * first + body.forearm * second
    wrist = upper.shoulder + np.einsum("nij,kj->nki", level, place * MIRROR)
    pole = np.einsum("nij,kj->nki", level, np.array([-1.0, 0.0, 0.2]) * MIRROR)
    return wrist, pole


def _yaw_of(upper: Torso) -> Array:
    right = upper.pelvis_frame[:, :, 2]
    return np.asarray(np.degrees(np.arctan2(-right[:, 0], right[:, 2])))


def feet(body: Body, count: int, apart: float, forward: tuple[float, float] = (0.0, 0.0)) -> Array:
    """Ankles (n, 2, 3) on the floor, each so far from the middle line and so far forward."""
    places = np.array([[forward[0], body.ankle, -apart], [forward[1], body.ankle, apart]])
    return constant(count, places)


def knees_out(count: int, toe_out: float) -> Array:
    """Knees that point forward, turned out by an angle."""
    angle = np.radians(toe_out)
    direction = np.array([np.cos(angle), 0.25, np.sin(angle)])
    return constant(count, direction * MIRROR)


class Trunk(NamedTuple):
    """Where the trunk is: see the fields of `Posture`."""

    pelvis: Array
    angles: Array
    bend: Array


def posed(
    body: Body,
    trunk: Trunk,
    legs: tuple[Array, Array],
    arms: Callable[[Torso], Arms],
    head: Array | None = None,
) -> Posture:
    """A posture from its parts: `legs` are ankles and where knees point, `arms` learns where the trunk is."""
    wrist, elbow_pole = arms(torso(body, *trunk))
    face = np.zeros((len(trunk.bend), 2)) if head is None else head
    return Posture(*trunk, face, wrist, elbow_pole, *legs)
