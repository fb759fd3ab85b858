"""Feet that go somewhere, or act as if: walking, running, high knees, a ball, dancing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vision.training.chance import happens
from vision.training.motion.limbs import Trunk, feet, knees_out, leaning, posed, swung
from vision.training.motion.wander import cycle, wander

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms


class Gait(NamedTuple):
    """How people walk or run, from and to; lengths in legs, angles in degrees."""

    period_s: tuple[float, float]
    step: tuple[float, float]
    lift: tuple[float, float]
    hips: float
    bob: float
    arms: tuple[float, float]
    elbow: tuple[float, float]
    lean: tuple[float, float]


WALK = Gait((0.9, 1.4), (0.2, 0.42), (0.06, 0.2), 0.955, 0.018, (5, 30), (8, 35), (0, 6))
RUN = Gait((0.6, 0.8), (0.3, 0.5), (0.25, 0.5), 0.93, 0.045, (15, 45), (70, 105), (2, 12))
JOG_ON_THE_SPOT = RUN._replace(step=(0.0, 0.08))


def _go(body: Body, gait: Gait, times_s: Array, rng: np.random.Generator) -> Posture:
    """Feet in turn, arms against them, hips where they are."""
    turn = 2 * np.pi * cycle(times_s, rng, rng.uniform(*gait.period_s))
    legs = np.stack([turn, turn + np.pi], axis=1)
    step, lift = body.leg * rng.uniform(*gait.step), body.leg * rng.uniform(*gait.lift)
    ankle = feet(body, len(times_s), body.hip * rng.uniform(0.4, 1.0)).copy()
    ankle[..., 0] -= step * np.cos(legs)
    ankle[..., 1] += lift * np.maximum(np.sin(legs), 0) ** 1.5
    height = body.ankle + body.leg * (gait.hips + gait.bob * np.cos(2 * turn))
    swing, elbow = rng.uniform(*gait.arms), rng.uniform(*gait.elbow)

    def arms(upper: Torso) -> Arms:
        back = swing * np.stack([np.cos(turn), -np.cos(turn)], axis=1)
        return swung(body, upper, back, 10.0, elbow + 0.4 * back)

    still = 0 * turn
    lean = leaning(still + rng.uniform(*gait.lean), 0.0, 6 * np.cos(turn))
    return posed(
        body,
        Trunk(np.stack([still, height, still], axis=-1), lean, still),
        (ankle, knees_out(len(times_s), 4)),
        arms,
    )


def _through(posture: Posture, rng: np.random.Generator) -> Posture:
    """The same through the picture rather than on the spot."""
    way = np.linspace(-0.5, 0.5, len(posture)) * rng.uniform(1.5, 5.0)
    return posture.moved(np.stack([way, 0 * way, 0 * way], axis=-1))


def walk(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Walking through the picture, or on a treadmill."""
    posture = _go(body, WALK, times_s, rng)
    return posture if happens(rng, 0.3) else _through(posture, rng)


def run(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Running on the spot, on a treadmill or through the picture."""
    if happens(rng, 0.4):
        return _go(body, JOG_ON_THE_SPOT, times_s, rng)
    posture = _go(body, RUN, times_s, rng)
    return posture if happens(rng, 0.3) else _through(posture, rng)


def high_knees(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Running on the spot, knees to the hips or heels to the seat."""
    count = len(times_s)
    turn = 2 * np.pi * cycle(times_s, rng, rng.uniform(0.45, 1.2))
    legs = np.stack([turn, turn + np.pi], axis=1)
    up = np.maximum(np.sin(legs), 0) ** 1.2
    behind = happens(rng, 0.35)
    height, forward = (0.42, -0.35) if behind else (rng.uniform(0.1, 0.55), rng.uniform(0.0, 0.15))
    ankle = feet(body, count, body.hip).copy()
    ankle[..., :2] += body.leg * up[..., None] * np.array([forward, height])
    pelvis = np.stack([0 * turn, body.ankle + body.leg * (0.96 + 0.02 * np.cos(2 * turn)), 0 * turn], axis=-1)
    pump = rng.uniform(0, 35)
    elbow = rng.uniform(10, 110)

    def arms(upper: Torso) -> Arms:
        back = pump * np.stack([np.sin(turn), -np.sin(turn)], axis=1)
        return swung(body, upper, back + 10, 12.0, elbow)

    return posed(body, Trunk(pelvis, leaning(3 + 0 * turn), 0 * turn), (ankle, knees_out(count, 4)), arms)


def ball(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """A ball kept in the air, or kicked about: one foot and then another comes up, knees soft."""
    count = len(times_s)
    step_s = rng.uniform(0.3, 0.7)
    feet_at = wander(times_s, rng, step_s, 4)
    hips = wander(times_s, rng, 2 * step_s, 4)
    up = np.maximum(feet_at[:, :2], 0) * np.array([1.0, rng.uniform(0.2, 1.0)])
    height, soft = rng.uniform(0.12, 0.45), rng.uniform(0.02, 0.12)
    ankle = feet(body, count, body.hip * rng.uniform(0.8, 1.6)).copy()
    ankle[:, :, 0] += body.leg * (0.35 * up + 0.1 * feet_at[:, 2:])
    ankle[:, :, 1] += body.leg * height * up
    pelvis = np.stack(
        [
            0.05 * hips[:, 0],
            body.ankle + body.leg * (0.975 - soft * (0.5 + 0.5 * hips[:, 1])),
            0.06 * hips[:, 2],
        ],
        -1,
    )

    def arms(upper: Torso) -> Arms:
        balance = 25 * hips[:, 2:4]
        return swung(body, upper, 15 + balance, 30 + 0.8 * balance[:, ::-1], 45 + balance)

    lean = leaning(10 + 8 * hips[:, 3], 6 * hips[:, 2])
    return posed(
        body,
        Trunk(pelvis, lean, 5 + 5 * hips[:, 1]),
        (ankle, knees_out(count, 10)),
        arms,
        20 + 10 * hips[:, :2],
    )


def dance(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Hips, feet and arms each to their own beat."""
    count = len(times_s)
    beat_s = rng.uniform(0.3, 0.9)
    hips = wander(times_s, rng, beat_s, 6)
    arms_at = wander(times_s, rng, beat_s * rng.uniform(0.7, 2), 8)
    steps = wander(times_s, rng, beat_s * rng.uniform(1, 2), 4)
    bounce = 0.5 - 0.5 * np.cos(2 * np.pi * cycle(times_s, rng, beat_s * rng.choice([1, 2])))
    low = rng.uniform(0.0, 0.12)
    pelvis = np.stack(
        [
            0.08 * hips[:, 0],
            body.ankle + body.leg * (0.97 - low * bounce - 0.04 * np.abs(hips[:, 1])),
            0.10 * hips[:, 1],
        ],
        axis=-1,
    )
    ankle = feet(body, count, body.hip * rng.uniform(1, 2.5)).copy()
    ankle[:, :, 0] += 0.2 * steps[:, :2]
    ankle[:, :, 1] += 0.12 * np.maximum(steps[:, 2:], 0)
    ankle[:, :, 2] += 0.10 * steps[:, 1:3]
    reach = rng.uniform(0.3, 1.0)

    def arms(upper: Torso) -> Arms:
        flexion = 40 + 90 * reach * arms_at[:, 0:2]
        aside = 30 + 60 * reach * arms_at[:, 2:4]
        elbow = 65 + 60 * arms_at[:, 4:6]
        return swung(body, upper, flexion, aside, elbow, towards=np.array([0.8, 0.5, -0.4]))

    return posed(
        body,
        Trunk(pelvis, leaning(5 + 14 * hips[:, 2], 10 * hips[:, 3], 35 * hips[:, 4]), 8 * hips[:, 5]),
        (ankle, knees_out(count, 20)),
        arms,
        np.stack([10 * hips[:, 1], 20 * hips[:, 0]], axis=-1),
    )
