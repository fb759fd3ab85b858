"""Exercises of the legs: squats and lunges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import MIRROR, OUTWARDS
from vision.training.motion.limbs import (
    Trunk,
    carried,
    constant,
    feet,
    hanging,
    knees_out,
    leaning,
    posed,
    swung,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms
    from vision.training.motion.programme import Programme

SQUAT_CARRIES = {
    "goblet": ("goblet",),
    "barbell": ("barbell", "barbell_wide", "front_rack", "crossed"),
    "overhead": ("overhead",),
    "bodyweight": ("clasped", "crossed", "behind_head", "on_hips", "reaching", "hang", "raise"),
    "sumo": ("clasped", "goblet", "hang", "on_hips"),
    "dumbbells": ("hang", "shouldered"),
}
SQUAT_LEANS = {
    "goblet": (4, 25),
    "overhead": (4, 25),
    "front_rack": (4, 25),
    "barbell": (15, 55),
    "barbell_wide": (15, 55),
}
"""Degrees; a weight in front keeps the trunk upright, a bar low on the back does not."""
LUNGE_CARRIES = (
    "hang",
    "on_hips",
    "clasped",
    "goblet",
    "shouldered",
    "barbell",
    "crossed",
    "behind_head",
)


def _arms_of(body: Body, name: str, depth: Array) -> Callable[[Torso], Arms]:
    if name == "hang":
        return lambda upper: hanging(body, upper)
    if name == "raise":  # the arms balance a squat: they come up as the hips go down
        raised = 8.0 + 85.0 * np.clip(depth, 0.0, 1.0)
        return lambda upper: swung(
            body,
            upper,
            raised[:, None] + lean_of(upper)[:, None],
            5.0,
            10.0,
        )
    if name == "overhead":
        return lambda upper: swung(body, upper, 178.0 + lean_of(upper)[:, None], 12.0, 8.0)
    return lambda upper: carried(body, upper, name)


def lean_of(upper: Torso) -> Array:
    """How far the chest leans forward, degrees."""
    return np.asarray(np.degrees(np.arcsin(np.clip(-upper.chest_frame[:, 1, 0], -1, 1))))


def squat(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """Hips between the heels and behind them; depth 1 has the knees at about a right angle."""
    carry = str(rng.choice(SQUAT_CARRIES[variant]))
    wide = variant == "sumo"
    apart = body.hip * (rng.uniform(1.9, 3.2) if wide else rng.uniform(0.9, 2.0))
    toe_out = rng.uniform(30, 55) if wide else rng.uniform(0, 32)
    shank_lean = rng.uniform(8, 20) if wide else rng.uniform(15, 36)
    thigh_lean = rng.uniform(60, 72)
    lean = rng.uniform(*SQUAT_LEANS.get(carry, (10, 42)))
    bend = rng.uniform(-8, 12)
    gaze = rng.uniform(0.2, 1.0)

    def programme(depth: Array) -> Posture:
        d = depth.mean(axis=1)
        thigh = np.radians(3 + (thigh_lean - 3) * d)
        shank = np.radians(2 + (shank_lean - 2) * np.minimum(d, 1.2))
        spread = np.sqrt(np.maximum(1 - ((apart - body.hip) / body.leg) ** 2, 0.2))
        forward = body.shank * np.sin(shank) - body.thigh * np.sin(thigh)
        height = body.ankle + spread * (body.shank * np.cos(shank) + body.thigh * np.cos(thigh))
        pitch = 2 + lean * np.minimum(d, 1.2)
        curve = bend * d
        return posed(
            body,
            Trunk(np.stack([forward, height, np.zeros_like(d)], axis=-1), leaning(pitch), curve),
            (feet(body, len(d), apart), knees_out(len(d), toe_out)),
            _arms_of(body, carry, d),
            np.stack([-gaze * (pitch + curve), np.zeros_like(d)], axis=-1),
        )

    return programme


def lunge(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """Hips sink between a front and a rear foot; depth 1 has the front thigh near level."""
    carry = str(rng.choice(LUNGE_CARRIES))
    stride = body.leg * rng.uniform(0.75, 1.15)
    apart = body.hip * rng.uniform(0.7, 1.5)
    lean, rise = rng.uniform(0, 25), rng.uniform(0.0, 0.08) * body.leg
    lead = int(rng.integers(2))
    bench = body.leg * rng.uniform(0.35, 0.55) if variant == "rear_elevated" else 0.0
    heel = body.leg * rng.uniform(0.08, 0.16)
    steps = variant in {"forward", "reverse"}
    front_at, rear_at = {"forward": (1.0, 0.0), "reverse": (0.0, -1.0)}.get(variant, (0.5, -0.5))

    def programme(depth: Array) -> Posture:
        d = depth.max(axis=1)
        count = len(d)
        # Whoever steps puts the foot down before the hips sink.
        out = np.clip(d / 0.55, 0, 1) if steps else np.ones(count)
        sunk = np.clip((d - 0.3) / 0.7, 0, 1.3) if steps else d
        front = _working(depth) if steps else constant(count, np.eye(2)[lead])
        ankle = feet(body, count, apart).copy()
        ankle[..., 0] = stride * out[:, None] * (front * front_at + (1 - front) * rear_at)
        ankle[..., 1] += (1 - front) * out[:, None] * (bench or heel)
        if steps:
            swings = front if variant == "forward" else 1 - front
            ankle[..., 1] += 0.12 * body.leg * np.sin(np.pi * out[:, None]) * swings
        middle = stride * (out * (front_at + rear_at) / 2 + 0.06 * d)
        reach = 0.985 * body.leg
        top = body.ankle + np.sqrt(reach**2 - (stride * out / 2) ** 2)
        bottom = body.ankle + 0.98 * body.shank + rise
        pelvis = np.stack([middle, top + (bottom - top) * sunk, np.zeros(count)], axis=-1)
        ahead, below = np.array([1.0, -0.15, 0.05]), np.array([0.75, -1.0, 0.0])
        towards = below + front[..., None] * (ahead - below)
        return posed(
            body,
            Trunk(pelvis, leaning(1 + lean * np.minimum(d, 1)), np.zeros(count)),
            (ankle, towards * MIRROR),
            _arms_of(body, carry, d),
        )

    return programme


def _working(depth: Array) -> Array:
    """(n, 2): 1 for the leg that works, 0 for the other, a half each when both stand."""
    return np.clip(0.5 + 50 * (depth - depth[:, ::-1]), 0, 1)


def side_lunge(body: Body, _variant: str, rng: np.random.Generator) -> Programme:
    """A long step aside, hips over the bending knee while the other leg stays straight."""
    carry = str(rng.choice(LUNGE_CARRIES))
    width = body.leg * rng.uniform(0.6, 0.75)
    narrow = body.hip * rng.uniform(0.8, 1.4)
    lean, back = rng.uniform(8, 38), body.leg * rng.uniform(0.05, 0.2)
    toe_out = rng.uniform(5, 35)

    def programme(depth: Array) -> Posture:
        share = np.clip(depth, 0, 1.25)
        count, d = len(depth), share.max(axis=1)
        out = np.clip(share / 0.6, 0, 1)
        ankle = feet(body, count, narrow).copy()
        ankle[:, :, 1] += 0.08 * body.leg * np.sin(np.pi * out)
        ankle[:, :, 2] += OUTWARDS * width * out
        aside = 0.92 * width * (share * OUTWARDS).sum(axis=1)
        straight = 0.985 * body.leg
        height = body.ankle + np.sqrt(np.maximum(straight**2 - aside**2 - (back * d) ** 2, 0.1))
        return posed(
            body,
            Trunk(np.stack([-back * d, height, aside], axis=-1), leaning(2 + lean * d), np.zeros(count)),
            (ankle, knees_out(count, toe_out)),
            _arms_of(body, carry, d),
        )

    return programme
