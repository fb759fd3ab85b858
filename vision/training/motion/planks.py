"""Bodies held over the hands or elbows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from vision.training.body import MIRROR
from vision.training.motion.floor import pushup
from vision.training.motion.limbs import Trunk, constant, leaning, posed
from vision.training.motion.wander import cycle, sway

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms


LIFTED = 0.05
"""A foot this share of its way forward has its knee under the belly."""


def held(body: Body, times_s: Array, rng: np.random.Generator, variant: str = "floor") -> Posture:
    """The start posture of a push-up and nothing else."""
    return pushup(body, variant, rng)(np.full((len(times_s), 2), rng.uniform(-0.02, 0.15)))


def plank(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Held on the hands, with a little swaying."""
    still = held(body, times_s, rng, str(rng.choice(["floor", "narrow", "feet_elevated", "hands_elevated"])))
    move = 0.012 * sway(times_s, rng, (3,))
    return replace(still, pelvis=still.pelvis + move, trunk=still.trunk + 60 * move)


def forearm_plank(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Held on the elbows, perhaps rocking."""
    count = len(times_s)
    rock = rng.choice([0.0, rng.uniform(0.01, 0.06)]) * np.sin(
        2 * np.pi * cycle(times_s, rng, rng.uniform(1, 3))
    )
    length = body.torso + body.leg
    slope = np.arcsin(np.clip((body.upper_arm + 0.04 - 0.1) / length, -0.3, 0.5))
    along = np.array([np.cos(slope), np.sin(slope), 0.0])
    move = np.stack([rock, 0.4 * rock, 0 * rock], axis=-1) + 0.008 * sway(times_s, rng, (3,))
    pelvis = np.array([0.0, 0.1, 0.0]) + 0.998 * body.leg * along + move
    pelvis[:, 1] += rng.normal(0.0, 0.04)
    neck = np.array([0.0, 0.1, 0.0]) + length * along
    clasped = rng.uniform(-0.9, 0.1)

    def arms(upper: Torso) -> Arms:
        elbow = neck + np.array([0.02, -body.upper_arm, 0.0])
        ahead = body.forearm * np.array([np.cos(clasped * 0.6), 0.0, np.sin(clasped * 0.6)])
        places = elbow + (np.array([0.0, 0.0, body.shoulder]) + ahead) * MIRROR
        return constant(count, places), upper.from_chest(np.array([[0.0, 0.0, 0.05]] * 2)) + np.array(
            [-0.3, -1.0, 0]
        )

    ankle = constant(count, np.array([0.0, 0.1, body.hip]) * MIRROR)
    return posed(
        body,
        Trunk(pelvis, leaning(np.degrees(np.pi / 2 - slope) + 0 * rock), 0 * rock),
        (ankle, constant(count, np.array([0.2, -1.0, 0.0]) * MIRROR)),
        arms,
        constant(count, [rng.uniform(-40, 0), 0.0]),
    )


def mountain_climber(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """A plank in which the knees come to the chest in turn."""
    still = held(body, times_s, rng, str(rng.choice(["floor", "hands_elevated"], p=[0.85, 0.15])))
    turn = 2 * np.pi * cycle(times_s, rng, rng.uniform(0.4, 2.2))
    reach = rng.uniform(0.35, 0.62) * body.leg
    drive = np.stack([np.maximum(np.sin(turn), 0), np.maximum(-np.sin(turn), 0)], axis=1)
    ankle = still.ankle.copy()
    ankle[..., 0] += 1.45 * reach * drive
    ankle[..., 1] += 0.05 * drive
    cross = rng.choice([0.0, rng.uniform(0.1, 0.3)])
    ankle[..., 2] *= 1 - cross * drive * 3
    bob = 0.03 * body.leg * np.cos(2 * turn) + rng.uniform(0.0, 0.18) * body.leg
    pelvis = still.pelvis + np.stack([0 * bob, bob, 0 * bob], axis=-1)
    pitch = still.trunk[:, 0] + np.degrees(bob / body.torso) * 0.9
    pole = np.where(drive[..., None] > LIFTED, np.array([1.0, -0.5, 0.0]), still.knee_pole)
    return replace(still, pelvis=pelvis, trunk=leaning(pitch), ankle=ankle, knee_pole=pole)


def shoulder_tap(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """A plank in which the hands touch the other shoulder in turn."""
    still = held(body, times_s, rng)
    turn = 2 * np.pi * cycle(times_s, rng, rng.uniform(1.0, 3.0))
    lifted = np.stack([np.maximum(np.sin(turn), 0), np.maximum(-np.sin(turn), 0)], axis=1) ** 0.7
    target = still.pelvis + body.torso * 0.95 * np.stack(
        [np.sin(np.radians(still.trunk[:, 0])), np.cos(np.radians(still.trunk[:, 0])), 0 * turn], axis=-1
    )
    across = target[:, None] + np.array([[0.03, -0.08, body.shoulder], [0.03, -0.08, -body.shoulder]])
    wrist = still.wrist + lifted[..., None] * (across - still.wrist)
    lean = 4 * (lifted[:, 0] - lifted[:, 1])
    return replace(still, wrist=wrist, trunk=still.trunk + np.stack([0 * lean, lean, 0 * lean], axis=-1))
