"""Hanging from a bar: pull-ups, and what looks like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import MIRROR, SHOULDER_LIFT
from vision.training.motion.limbs import Trunk, constant, leaning, posed
from vision.training.tempo import Tempo, repetitions

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms
    from vision.training.motion.programme import Programme


def pullup(body: Body, variant: str, rng: np.random.Generator) -> Programme:
    """The body rises under planted hands; depth 1 has the chin at the bar."""
    widths = {"wide": (1.5, 2.3), "close": (0.4, 0.9), "chin_up": (0.7, 1.2)}
    apart = body.shoulder * rng.uniform(*widths.get(variant, (1.0, 1.6)))
    # High enough for straight legs.
    bar = 1.12 * body.arm + body.torso + body.leg + body.ankle + rng.uniform(0.05, 0.5)
    supine = variant == "chin_up"
    back = rng.uniform(0, 22)
    knees = rng.choice([rng.uniform(2, 15), rng.uniform(60, 115)])
    hips = rng.uniform(-4, 20)
    kip = rng.uniform(10, 40) if variant == "kipping" else rng.uniform(0, 8)
    top, chin = rng.uniform(0.97, 0.998), rng.uniform(0.22, 0.34)
    apart_feet = body.hip * rng.uniform(0.3, 0.9)
    gaze = rng.uniform(-35, 0)
    elbow = np.array([0.7, -1.0, 0.2] if supine else [0.1, -1.0, 0.9])
    level = max(body.arm**2 - (apart - body.shoulder) ** 2, 0.3 * body.arm**2) ** 0.5

    def programme(depth: Array) -> Posture:
        d = depth.mean(axis=1)
        count = len(d)
        below = level * np.maximum(top - (top - chin) * d, 0.05) / (1 - SHOULDER_LIFT)
        pitch = -back * np.clip(d, 0, 1)
        # The neck is what hangs; the pelvis follows from the torso's lean.
        lean = np.radians(pitch)
        behind = 0.04 + 0.10 * np.sin(np.radians(back)) * np.clip(d, 0, 1)
        neck = np.stack([-behind, bar - below, np.zeros(count)], axis=-1)
        pelvis = neck - body.torso * np.stack([np.sin(lean), np.cos(lean), np.zeros(count)], axis=-1)
        swing = hips + kip * np.sin(np.pi * np.clip(d, 0, 1))
        thigh = np.radians(np.stack([swing, swing], axis=1))
        shank = thigh - np.radians(knees)
        offset = body.thigh * np.stack([np.sin(thigh), -np.cos(thigh)], axis=-1)
        offset = offset + body.shank * np.stack([np.sin(shank), -np.cos(shank)], axis=-1)
        aside = np.broadcast_to(np.array([-apart_feet, apart_feet])[None, :, None], (count, 2, 1))
        ankle = pelvis[:, None] + np.concatenate([offset, aside], axis=-1)
        wrist = constant(count, [[0.0, bar, -apart], [0.0, bar, apart]])

        def arms(_upper: Torso) -> Arms:
            return wrist, constant(count, elbow * MIRROR)

        return posed(
            body,
            Trunk(pelvis, leaning(pitch), np.zeros(count)),
            (ankle, constant(count, np.array([1.0, 0.1, 0.05]) * MIRROR)),
            arms,
            constant(count, [gaze, 0.0]),
        )

    return programme


def inverted_row(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Hanging under a low bar on the heels, pulling the chest up to it."""
    count = len(times_s)
    depth, _ = repetitions(times_s, Tempo.sample(rng, (1.2, 4.0)), rng, late=rng.random())
    bar, length = rng.uniform(0.75, 1.1), body.torso + body.leg
    reach = body.arm * (0.96 - 0.6 * np.clip(depth, 0, 1.1))
    slope = np.arcsin(np.clip((bar - reach - 0.1) / length, -0.2, 0.7))
    along = np.stack([-np.cos(slope), np.sin(slope), 0 * slope], axis=-1)
    foot = np.array([0.0, 0.1, 0.0])
    wrist = (
        np.array([float((length * along[:, 0]).min()), bar, rng.uniform(0.9, 1.6) * body.shoulder]) * MIRROR
    )
    wrist[:, 0] = float((length * along[:, 0]).mean())
    return posed(
        body,
        Trunk(foot + 0.998 * body.leg * along, leaning(np.degrees(slope) - 90), 0 * slope),
        (
            constant(count, foot + np.array([0.0, 0.0, body.hip]) * MIRROR),
            constant(count, np.array([0.0, 1.0, 0.0]) * MIRROR),
        ),
        lambda _upper: (constant(count, wrist), constant(count, np.array([0.2, -1.0, 0.6]) * MIRROR)),
    )
