"""How the phase model is made: what it learns from, how long, and what it is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from vision.phase.belief import EXERCISES, NONE
from vision.pose import POSE_MODELS
from vision.training import pose_samples
from vision.training.examples import Examples, from_take, joined
from vision.training.simulator import simulate
from vision.training.stills import examples_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vision.pose import PoseModel
    from vision.training.stills import Still

    OnProgress: TypeAlias = Callable[[str, int, int], None]
    """Told what is being done, how much of it is done, and of how much."""

NONE_SHARE = 0.3
"""Of the simulated people; there are more ways of doing something else than of doing an exercise."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is simulated and learned; less is quicker and worse.

    Attributes:
        takes: simulated people to learn from.
        judges: simulated people to judge by, of each pose model.
        windows: examples from each.
        epochs: how often all examples are gone through.
        copies: varied copies of each real pose.
    """

    takes: int = 16000
    judges: int = 300
    windows: int = 12
    epochs: int = 8
    copies: int = 8


FULL = Effort()


@dataclass(frozen=True, slots=True)
class Material:
    """Examples to learn from, and others to judge by, under the names of where they come from."""

    learned: Examples
    judged: dict[str, Examples]


def gather(seed: int, poses: Sequence[Still], effort: Effort, on_progress: OnProgress) -> Material:
    """Simulate people for a seed, and add real poses; the same arguments give the same examples."""
    learning, judging, varying = np.random.default_rng(seed).spawn(3)
    parts = [_simulated(learning, effort.takes, effort.windows, None, on_progress)]
    judged: dict[str, Examples] = {
        name: _simulated(judging, effort.judges, effort.windows, name, on_progress) for name in POSE_MODELS
    }
    if poses:
        known, unknown = pose_samples.held_out(poses)
        parts.append(examples_of(known, varying, copies=effort.copies))
        judged["poses"] = examples_of(unknown, varying)
    return Material(joined(parts), judged)


def _simulated(
    rng: np.random.Generator, takes: int, windows: int, pose_model: PoseModel | None, on_progress: OnProgress
) -> Examples:
    parts = []
    for number, own in enumerate(rng.spawn(takes)):
        exercise = NONE if own.random() < NONE_SHARE else EXERCISES[number % (len(EXERCISES) - 1)]
        take = simulate(own, exercise=exercise, pose_model=pose_model)
        parts.append(from_take(take, own, count=windows))
        on_progress(f"simulating people seen by {pose_model or 'either pose model'}", number + 1, takes)
    return joined(parts)
