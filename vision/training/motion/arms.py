"""Exercises of the arms of somebody who stands or sits: curls and jumping jacks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import OUTWARDS
from vision.training.motion.limbs import Trunk, constant, feet, knees_out, leaning, posed, swung

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms
    from vision.training.motion.programme import Programme


def curl(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """Forearms rise from hanging to the shoulders, upper arms hardly; depth 1 is well above a right angle."""
    seated = variant.startswith("seated")
    hang, drift = rng.uniform(-12, 12), rng.uniform(0, 35)
    aside = rng.uniform(2, 22)
    closed = rng.uniform(108, 122)
    opened = rng.uniform(5, 30)
    hinge = np.array([1.0, 0.0, rng.uniform(-0.45, 0.35)])
    sway = rng.choice([0.0, rng.uniform(2, 12)])
    lean = rng.uniform(-8, 8) if variant != "concentration" else rng.uniform(28, 50)
    apart = body.hip * rng.uniform(0.8, 2.2)
    seat = body.shank * rng.uniform(0.85, 1.1)
    seated = seated or variant == "concentration"

    def programme(depth: Array) -> Posture:
        count = len(depth)
        d = depth.max(axis=1)
        level = body.ankle + seat if seated else body.ankle + 0.985 * body.leg
        pelvis = constant(count, (-0.9 * body.thigh if seated else 0.0, level, 0.0))
        pitch = lean - sway * np.clip(d, 0, 1)
        upper_arm = np.full_like(depth, hang) + drift * np.clip(depth, 0, 1.2) ** 2
        if variant == "concentration":
            upper_arm = upper_arm + lean

        def arms(upper: Torso) -> Arms:
            elbow = opened + (closed - opened) * depth
            return swung(body, upper, upper_arm, aside, elbow, towards=hinge)

        return posed(
            body,
            Trunk(pelvis, leaning(pitch), np.zeros(count)),
            (feet(body, count, apart), knees_out(count, 10)),
            arms,
        )

    return programme


def jumping_jack(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """Arms from the thighs to over the head, feet from together to apart, with a hop or a step."""
    arm_top = rng.uniform(148, 165)
    elbow_low, elbow_top = rng.uniform(5, 30), rng.uniform(5, 45)
    closed, opened = body.leg * rng.uniform(0.06, 0.14), body.leg * rng.uniform(0.32, 0.55)
    hop = 0.0 if variant == "step" else body.leg * rng.uniform(0.02, 0.09)
    plane = rng.uniform(0, 25)
    crouch = rng.uniform(0.0, 0.03)

    def programme(depth: Array) -> Posture:
        count = len(depth)
        share = np.clip(depth.max(axis=1), 0, 1.1)
        ankle = feet(body, count, 0.0).copy()
        ankle[:, :, 2] = OUTWARDS * (closed + (opened - closed) * np.clip(depth, 0, 1.1))
        flight = hop * np.sin(np.pi * np.clip(share, 0, 1)) ** 2
        ankle[:, :, 1] += flight[:, None]
        reach = 0.985 * body.leg * (1 - crouch * (1 - np.sin(np.pi * np.clip(share, 0, 1))))
        width = 0.5 * np.ptp(ankle[:, :, 2], axis=1) - body.hip
        height = body.ankle + flight + np.sqrt(np.maximum(reach**2 - width**2, 0.1))
        pelvis = np.stack([np.zeros(count), height, ankle[:, :, 2].mean(axis=1)], axis=-1)

        def arms(upper: Torso) -> Arms:
            raised = 6 + (arm_top - 6) * hands
            elbow = elbow_low + (elbow_top - elbow_low) * np.clip(hands, 0, 1)
            forward = plane * np.sin(np.pi * np.clip(hands, 0, 1))
            return swung(body, upper, forward, raised, elbow, towards=np.array([0.5, 0.2, -0.8]))

        # Whoever steps to one side still raises both arms.
        hands = np.repeat(depth.max(axis=1, keepdims=True), 2, axis=1) if variant == "step" else depth
        zeros = np.zeros(count)
        return posed(body, Trunk(pelvis, leaning(zeros + 2), zeros), (ankle, knees_out(count, 15)), arms)

    return programme
