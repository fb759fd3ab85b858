"""Work at weights and machines that is none of the exercises."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vision.training.chance import happens
from vision.training.motion.limbs import Trunk, feet, hanging, knees_out, leaning, posed, swung
from vision.training.motion.waiting import stance
from vision.training.motion.wander import sway
from vision.training.tempo import Tempo, both, in_turn, one, repetitions

if TYPE_CHECKING:
    from vision.training.body import Array, Body, Posture, Torso
    from vision.training.motion.limbs import Arms
    from vision.training.motion.programme import Motion


class Work(NamedTuple):
    """Arms that go between two places: flexion, abduction and elbow in degrees, where the forearm turns."""

    start: tuple[float, float, float]
    turn: tuple[float, float, float]
    towards: tuple[float, float, float]
    lean: tuple[float, float]
    seated: float


WORKS = {
    "overhead_press": Work((25, 35, 135), (5, 160, 12), (0.2, 1.0, -0.1), (-6, 4), 0.3),
    "lateral_raise": Work((5, 8, 15), (10, 92, 18), (1.0, 0.0, 0.0), (0, 15), 0.1),
    "front_raise": Work((5, 6, 10), (95, 6, 10), (0.3, 1.0, 0.0), (-4, 4), 0.0),
    "pushdown": Work((8, 6, 100), (4, 6, 10), (1.0, 0.0, -0.2), (3, 20), 0.0),
    "pulldown": Work((20, 155, 15), (-5, 35, 125), (0.3, 1.0, 0.0), (-20, 0), 0.9),
    "crossover": Work((15, 85, 25), (45, 15, 25), (0.8, -0.2, -0.6), (0, 25), 0.0),
    "cable_uppercut": Work((-20, 15, 60), (75, 10, 95), (0.7, 0.7, 0.0), (-5, 15), 0.0),
    "chest_press": Work((-25, 45, 115), (75, 10, 10), (1.0, 0.0, -0.2), (-10, 5), 0.7),
    "punches": Work((20, 20, 140), (85, 8, 10), (0.6, 0.8, -0.2), (0, 15), 0.0),
    "seated_row": Work((75, 5, 8), (-25, 20, 95), (1.0, 0.0, 0.0), (-8, 8), 1.0),
    "standing_row": Work((65, 5, 8), (-20, 25, 95), (1.0, 0.0, 0.0), (-8, 6), 0.0),
    "bent_over_row": Work((55, 5, 8), (-25, 15, 85), (1.0, 0.0, 0.0), (40, 80), 0.0),
    "upright_row": Work((5, 8, 15), (30, 75, 120), (0.3, -0.8, -0.6), (0, 6), 0.0),
    "face_pull": Work((85, 10, 10), (60, 70, 120), (0.6, 0.6, -0.3), (-8, 3), 0.1),
    "wave": Work((20, 60, 100), (20, 95, 60), (0.0, 1.0, 0.2), (-4, 4), 0.1),
    "scratch": Work((10, 8, 20), (60, 35, 135), (0.7, 0.7, -0.4), (-4, 8), 0.2),
    "overhead_extension": Work((165, 10, 120), (165, 8, 10), (-0.6, 0.3, 0.0), (-6, 2), 0.3),
    "jump_rope": Work((5, 25, 75), (12, 30, 70), (1.0, 0.0, 0.5), (0, 4), 0.0),
    "juggle": Work((5, 10, 70), (15, 14, 115), (1.0, 0.2, -0.1), (-3, 5), 0.0),
}
QUICK = {"punches": (0.4, 1.4), "jump_rope": (0.3, 0.6), "juggle": (0.35, 0.9), "wave": (0.4, 1.0)}
TAKE_TURNS = {"punches", "juggle"}
ONE_HAND = {"wave", "scratch"}


def arm_work(name: str) -> Motion:
    """The motion of one of the `WORKS`."""

    def motion(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
        work = WORKS[name]
        count = len(times_s)
        tempo = Tempo.sample(rng, QUICK.get(name, (1.0, 5.0)))
        if name in QUICK:
            tempo = tempo.quick()
        depth, number = repetitions(times_s, tempo, rng, late=rng.random())
        if name in ONE_HAND or happens(rng, 0.15):
            sides = one(depth, rng)
        elif name in TAKE_TURNS or happens(rng, 0.15):
            sides = in_turn(depth, number, rng)
        else:
            sides = both(times_s, depth, rng)
        start, turn = (np.array(angles) + rng.normal(0, 7, 3) for angles in (work.start, work.turn))
        seated = happens(rng, work.seated)
        angles = start + sides[..., None] * (turn - start)
        body_moves = 0.03 * sway(times_s, rng, (3,))
        pitch = rng.uniform(*work.lean) + rng.uniform(0, 8) * depth
        hop = 0.06 * np.sin(np.pi * np.clip(depth, 0, 1)) if name == "jump_rope" else 0 * depth
        ankle, height = stance(body, count, rng)
        level = body.ankle + 0.95 * body.shank if seated else height
        back = -0.9 * body.thigh if seated else -0.25 * body.torso * np.sin(np.radians(pitch.mean()))
        pelvis = np.stack(
            [back + body_moves[:, 0], level + hop - np.abs(body_moves[:, 1]), body_moves[:, 2]], -1
        )
        if seated:
            ankle = feet(body, count, body.hip * rng.uniform(0.9, 2)).copy()
        ankle[:, :, 1] += hop[:, None]

        def arms(upper: Torso) -> Arms:
            elbow = np.clip(angles[..., 2], 2, 150)
            return swung(body, upper, angles[..., 0], angles[..., 1], elbow, towards=np.array(work.towards))

        twist = rng.uniform(0, 25) if name in {"punches", "cable_uppercut"} else 0.0
        lean = leaning(pitch, 0.0, twist * (sides[:, 0] - sides[:, 1]))
        return posed(body, Trunk(pelvis, lean, 0 * depth), (ankle, knees_out(count, 10)), arms)

    return motion


def hinge(body: Body, times_s: Array, rng: np.random.Generator) -> Posture:
    """Bending at the hips: deadlifts, a swung kettlebell, something picked up, touching the toes."""
    count = len(times_s)
    depth, _ = repetitions(times_s, Tempo.sample(rng, (1.0, 5.0)), rng, late=rng.random())
    deepest = rng.uniform(55, 110)
    knees = rng.uniform(0.0, 0.35)
    pitch = 2 + deepest * np.clip(depth, 0, 1.1)
    angle = np.radians(pitch)
    pelvis = np.stack(
        [
            -0.16 * body.leg * np.sin(angle),
            body.ankle + body.leg * (0.985 - 0.25 * knees * np.clip(depth, 0, 1.2) - 0.01),
            0 * depth,
        ],
        axis=-1,
    )
    swings = happens(rng, 0.25)
    raised, forward = rng.uniform(40, 95), rng.uniform(0, 10)

    def arms(upper: Torso) -> Arms:
        if not swings:
            return hanging(body, upper, forward=forward, elbow=8.0)
        level = (raised + (45 - raised) * np.clip(depth, 0, 1))[:, None]
        return swung(body, upper, level, -5.0, 6.0)

    return posed(
        body,
        Trunk(pelvis, leaning(pitch), rng.uniform(0, 20) * np.clip(depth, 0, 1)),
        (feet(body, count, body.hip * rng.uniform(0.8, 2.2)), knees_out(count, rng.uniform(0, 20))),
        arms,
        np.stack([-0.4 * pitch, 0 * pitch], axis=-1),
    )
