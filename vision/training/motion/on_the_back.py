"""On the back or the seat: bench presses, leg raises, twists."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import MIRROR
from vision.training.chance import happens
from vision.training.motion.floor import situp
from vision.training.motion.limbs import Trunk, constant, leaning, posed, swung
from vision.training.motion.wander import cycle, sway, wander
from vision.training.tempo import Tempo, both, repetitions

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms


def bench_press(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """On the back on a bench or the floor, pressing up."""
    count = len(times_s)
    depth, _ = repetitions(times_s, Tempo.sample(rng, (1.2, 5.0)), rng, late=rng.random())
    sides = both(times_s, depth, rng)
    bench = rng.choice([0.45, 0.12])
    incline = rng.choice([0.0, rng.uniform(10, 45)])
    pelvis = constant(count, (0.0, bench, 0.0)) + 0.005 * sway(times_s, rng, (3,))
    ankle = constant(count, np.array([0.55 * body.leg, body.ankle, rng.uniform(1, 2.5) * body.hip]) * MIRROR)
    flies = happens(rng, 0.25)

    def arms(upper: Torso) -> Arms:
        low = np.clip(sides, 0, 1.2)
        if flies:
            return swung(
                body,
                upper,
                88 - 10 * low,
                85 * low,
                20.0,
                towards=np.array([0.5, 0.3, -0.6]),
            )
        aside = 12 + 45 * low
        return swung(body, upper, 88 - 95 * low, aside, 8 + 95 * low, towards=np.array([1.0, 0.0, -0.1]))

    return posed(
        body,
        Trunk(pelvis, leaning(np.full(count, -90 + incline)), np.zeros(count)),
        (ankle, constant(count, np.array([0.5, 1.0, 0.2]) * MIRROR)),
        arms,
    )


def leg_raise(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """On the back: legs up and down, together or in turn, or the hips lifted."""
    count = len(times_s)
    depth, number = repetitions(times_s, Tempo.sample(rng, (0.8, 4.0)), rng, late=rng.random())
    lying = situp(body, "hands_on_chest", rng)(np.zeros((count, 2)))
    arms = swung_beside(body, lying)
    kind = rng.choice(["raise", "bicycle", "bridge"])
    if kind == "bridge":
        up = 0.32 * body.leg * np.clip(depth, 0, 1.1)
        tilt = -np.degrees(np.arcsin(np.clip(up / body.torso, 0, 0.9)))
        pelvis = lying.pelvis + np.stack([0 * up, up, 0 * up], axis=-1)
        return replace(
            lying, pelvis=pelvis, trunk=leaning(-90 + tilt), bend=0 * up, wrist=arms[0], elbow_pole=arms[1]
        )
    share = np.stack([depth, depth], axis=1)
    if kind == "bicycle":
        share = np.stack([np.where(number % 2 == side, depth, 0.0) for side in range(2)], axis=1)
    angle = np.radians(5 + rng.uniform(50, 85) * share)
    length = body.leg * (rng.uniform(0.6, 0.99) - (0.35 * share if kind == "bicycle" else 0.0))
    ankle = lying.pelvis[:, None] + np.stack(
        [length * np.cos(angle), length * np.sin(angle), np.broadcast_to([-body.hip, body.hip], (count, 2))],
        axis=-1,
    )
    return replace(lying, ankle=ankle, wrist=arms[0], elbow_pole=arms[1])


def swung_beside(body: Body, lying: Posture) -> Arms:
    """Arms that lie on the floor beside a body on its back."""
    places = lying.pelvis[:, None] + np.array([-0.02, -0.05, 1.5 * body.shoulder]) * MIRROR
    return places, constant(len(lying), np.array([0.0, 0.0, 1.0]) * MIRROR)


def twist(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Sitting on the floor, leaning back, the hands from side to side; or just resting there."""
    count = len(times_s)
    turn = np.sin(2 * np.pi * cycle(times_s, rng, rng.uniform(0.8, 2.5))) * rng.choice([0.1, 1.0])
    shift = wander(times_s, rng, 2.0, 2)
    start = situp(body, "hands_on_chest", rng)(np.full((count, 2), rng.uniform(0.55, 1.0)))
    lean = start.trunk + np.stack([4 * shift[:, 0], 0 * turn, 40 * turn], axis=-1)

    def arms(upper: Torso) -> Arms:
        return swung(
            body,
            upper,
            45 + 10 * turn[:, None] * np.ones((1, 2)),
            -8.0,
            60.0,
        )

    return posed(body, Trunk(start.pelvis, lean, start.bend), (start.ankle, start.knee_pole), arms)
