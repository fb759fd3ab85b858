"""Exercises on the floor: push-ups and sit-ups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import MIRROR, Posture, unit
from vision.training.motion.limbs import Trunk, carried, constant, leaning, posed, swung

if TYPE_CHECKING:
    from collections.abc import Callable

    from vision.training.body import Array, Body, Torso
    from vision.training.motion.limbs import Arms
    from vision.training.motion.programme import Programme

HAND_HEIGHT = 0.04
"""Of a wrist over the floor that its hand presses."""
TOES_HEIGHT = 0.10
"""Of an ankle when the toes are on the floor."""


def pushup(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """A straight body turns about feet or knees over planted hands; depth 1 has elbows at a right angle."""
    widths = {"wide": (1.6, 2.3), "narrow": (0.5, 0.95)}
    apart = body.shoulder * rng.uniform(*widths.get(variant, (0.95, 1.6)))
    raised = {"hands_elevated": (0.12, 0.4, 0.75), "wall": (0.7, 0.9, 1.2)}.get(variant)
    hands = HAND_HEIGHT + (rng.triangular(*raised) if raised else 0.0)
    on_knees = variant == "knee"
    pivot = np.array([0.0, 0.06 if on_knees else TOES_HEIGHT, 0.0])
    pivot[1] += rng.uniform(0.2, 0.5) if variant == "feet_elevated" else 0.0
    shank_up = np.radians(rng.uniform(-5, 90)) if on_knees else 0.0
    length = body.thigh + body.torso + (0 if on_knees else body.shank)
    to_hip = (length - body.torso) * 0.998
    sag, worm = rng.normal(0.0, 0.012, 2) * length
    flare = rng.uniform(0.1, 1.3) if variant != "narrow" else rng.uniform(0.0, 0.35)
    foot_apart = body.hip * rng.uniform(0.4, 1.8)
    gaze = rng.uniform(-45, 5)
    top, per_depth = rng.uniform(0.97, 0.998), rng.uniform(0.43, 0.50)
    level = max(body.arm**2 - (apart - body.shoulder) ** 2, 0.3 * body.arm**2) ** 0.5
    tilt = rng.uniform(0.4, 1.05) if raised else rng.uniform(-0.3, 0.5)
    hand_x = _planted(length, level * top, hands - pivot[1], tilt)

    def programme(depth: Array) -> Posture:
        d = depth.mean(axis=1)
        count = len(d)
        reach = level * np.maximum(top - per_depth * d, 0.18)
        # Triangle of pivot, hand and shoulder: all sides are known.
        away = np.hypot(hand_x, hands - pivot[1])
        corner = (length**2 + away**2 - reach**2) / (2 * length * away)
        slope = np.arctan2(hands - pivot[1], hand_x) + np.arccos(np.clip(corner, -1, 1))
        along = np.stack([np.cos(slope), np.sin(slope), np.zeros(count)], axis=-1)
        normal = np.stack([-np.sin(slope), np.cos(slope), np.zeros(count)], axis=-1)
        pelvis = pivot + to_hip * along - (sag + worm * np.clip(d, 0, 1))[:, None] * normal
        neck = pivot + length * along
        line = unit(neck - pelvis)
        pitch = np.degrees(np.arctan2(line[:, 0], line[:, 1]))
        wrist = constant(count, np.array([hand_x, hands, apart]) * MIRROR)
        if on_knees:
            foot = pivot + body.shank * np.array([-np.cos(shank_up), np.sin(shank_up), 0.0])
        else:
            foot = pivot
        ankle = constant(count, np.array([foot[0], foot[1], foot_apart]) * MIRROR)
        pole = constant(count, [0.25, -1.0, 0.1] if not on_knees else [0.0, -1.0, 0.0])
        elbow = constant(count, np.array([-1.0, 0.25, flare]) * MIRROR)

        def arms(_upper: Torso) -> Arms:
            return wrist, elbow

        return posed(
            body,
            Trunk(pelvis, leaning(pitch), np.zeros(count)),
            (ankle, np.repeat(pole[:, None], 2, axis=1)),
            arms,
            constant(count, [gaze, 0.0]),
        )

    return programme


def _planted(length: float, reach: float, height: float, tilt: float) -> float:
    """Where hands go, forward of a straight body's pivot: arms across the body at tilt 1, upright at 0."""
    slope = 0.0
    for _ in range(20):
        slope = np.arcsin(np.clip((height + reach * np.cos(tilt * slope)) / length, -0.3, 0.98))
    return float(length * np.cos(slope) + reach * np.sin(tilt * slope))


def situp(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """The torso rises from the back; depth 1 has it 20 degrees short of upright."""
    carry = {"hands_at_ears": "at_ears", "hands_on_chest": "on_chest"}.get(variant)
    if carry is None and variant in {"decline", "straight_legs", "butterfly"}:
        carry = str(rng.choice(["at_ears", "on_chest", "reaching"]))
    knee_angle = 175.0 if variant == "straight_legs" else rng.uniform(55, 110)
    slope = rng.uniform(15, 35) if variant == "decline" else 0.0
    butterfly = variant == "butterfly"
    flat, upright = rng.uniform(-92, -84), rng.uniform(-26, -12)
    curled = rng.uniform(8, 35)
    loose = rng.choice([0.0, rng.uniform(0.02, 0.12)])
    bench = rng.uniform(0.3, 0.6) if variant == "decline" else 0.0
    apart = body.hip * rng.uniform(0.5, 1.6)

    def programme(depth: Array) -> Posture:
        d = depth.mean(axis=1)
        count = len(d)
        pitch = flat + (upright - flat) * d
        bend = curled * np.sin(np.pi * np.clip(d, 0, 1.1) / 1.1) + 4
        pelvis = constant(count, (0.0, 0.09 + bench, 0.0))
        distance = np.sqrt(
            body.thigh**2 + body.shank**2 - 2 * body.thigh * body.shank * np.cos(np.radians(knee_angle))
        )
        lift = loose * body.leg * np.sin(np.pi * np.clip(d, 0, 1))
        ankle = np.stack(
            [
                np.stack(
                    [np.full(count, distance), 0.02 + body.ankle + bench + lift - 0.05, np.full(count, s)], -1
                )
                for s in (-apart, apart)
            ],
            axis=1,
        )
        pole = np.array([0.1, 0.35 if butterfly else 1.0, 1.0 if butterfly else 0.1])
        posture = posed(
            body,
            Trunk(pelvis, leaning(pitch), bend),
            (ankle, constant(count, pole * MIRROR)),
            _situp_arms(body, carry, variant, d),
            constant(count, [18.0, 0.0]) * np.clip(d, 0, 1)[:, None],
        )
        return tilted(posture, -slope) if slope else posture

    return programme


def _situp_arms(body: Body, carry: str | None, variant: str, d: Array) -> Callable[[Torso], Arms]:
    if carry is not None and carry != "reaching":
        return lambda upper: carried(body, upper, carry)
    # Arms that reach: from beside or over the head to the feet, always ahead of the torso.
    start = 172.0 if variant == "overhead" else 40.0
    end = 78.0
    raised = np.repeat((start + (end - start) * np.clip(d, 0, 1))[:, None], 2, axis=1)
    return lambda upper: swung(body, upper, raised, 8.0, 12.0)


def tilted(posture: Posture, pitch: float) -> Posture:
    """The whole body pitched forward about the origin, as on an inclined bench."""
    angle = np.radians(pitch)
    turn = np.array(
        [[np.cos(angle), np.sin(angle), 0.0], [-np.sin(angle), np.cos(angle), 0.0], [0.0, 0.0, 1.0]]
    )
    return Posture(
        pelvis=posture.pelvis @ turn.T,
        trunk=posture.trunk + np.array([pitch, 0.0, 0.0]),
        bend=posture.bend,
        head=posture.head,
        wrist=posture.wrist @ turn.T,
        elbow_pole=posture.elbow_pole @ turn.T,
        ankle=posture.ankle @ turn.T,
        knee_pole=posture.knee_pole @ turn.T,
    )
