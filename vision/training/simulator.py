"""Labelled takes without limit: a body, a motion, a camera and a pose model, each drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.phase.belief import EXERCISES, NONE
from vision.pose import POSE_MODELS
from vision.training.body import Body, joints
from vision.training.camera import look
from vision.training.chance import happens
from vision.training.motion import catalogue
from vision.training.performance import perform
from vision.training.sensor import SENSORS, sense
from vision.training.takes import NONE_INDEX, Take, phase_of

if TYPE_CHECKING:
    from vision.pose import PoseModel

NONE_SHARE = 0.35
"""Of the takes, when no exercise is asked for: the world is mostly something else."""
SHORTEST_FRAMES = 2


def simulate(
    rng: np.random.Generator,
    *,
    exercise: str | None = None,
    variant: str | None = None,
    pose_model: PoseModel | None = None,
    seconds: float = 12.0,
    rate_hz: float = 30.0,
) -> Take:
    """One take: somebody does something somewhere, filmed from anywhere.

    Args:
        rng: all chance comes from it: the same state gives the same take.
        exercise: one of `EXERCISES`; any when not given.
        variant: one of the exercise's in `vision.training.motion.catalogue`; any when not given.
        pose_model: in whose manner the keypoints are; either when not given.
        seconds: how long.
        rate_hz: frames a second.

    Raises:
        ValueError: no such exercise or variant, or a take of less than two frames.
    """
    count = round(seconds * rate_hz)
    if count < SHORTEST_FRAMES:
        raise ValueError(f"a take of {seconds} s at {rate_hz} Hz has less than two frames")
    times_s = np.arange(count) / rate_hz
    name = exercise or draw_exercise(rng)
    chosen = catalogue.draw(name, rng) if variant is None else catalogue.find(name, variant)
    body = Body.sample(rng)
    done = perform(body, chosen, times_s, rng)
    view = look(joints(body, done.posture), times_s, rng)
    sensor = SENSORS[pose_model or POSE_MODELS[int(rng.integers(len(POSE_MODELS)))]]
    label = np.where(done.going_on, EXERCISES.index(name), NONE_INDEX).astype(np.int8)
    depth = np.clip(done.depth, 0.0, 1.0).astype(np.float32)
    return Take(
        times_s=times_s,
        points=sense(view, body, times_s, sensor, rng).astype(np.float32),
        exercise=label,
        phase=phase_of(depth, label),
        depth=depth,
        variant=chosen.name,
    )


def draw_exercise(rng: np.random.Generator) -> str:
    """Any exercise, or none."""
    if happens(rng, NONE_SHARE):
        return NONE
    return str(rng.choice([name for name in EXERCISES if name != NONE]))
