"""What counts: this project, and the peers with what they follow in a clip and their thresholds."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.counting import angle_rule, nearest_poses
from vision.counting.counter import StationCounter
from vision.counting.exercises import catalogue
from vision.phase.model import PhaseRecogniser, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from benchmarks.counting.poses import PoseSeries
    from vision.phase.model import PhaseModel

OURS = "ours"
Thresholds = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Peer:
    """A counter that follows one number through a clip and compares it with two thresholds.

    Attributes:
        name: what the tables call it.
        usual: the thresholds that it comes with.
        choices: those that somebody would try who fits it to clips.
        follow: by exercise, the number in every frame of a clip; exercises it cannot count are missing.
        count: repetitions in such numbers with such thresholds.
    """

    name: str
    usual: Thresholds
    choices: tuple[Thresholds, ...]
    follow: Callable[[PoseSeries], Mapping[str, Sequence[float]]]
    count: Callable[[Sequence[float], Thresholds], int]


def asked() -> tuple[str, ...]:
    """Every exercise that this project counts; each is asked for in each clip."""
    return tuple(catalogue())


@functools.cache
def _phase_model() -> PhaseModel:
    return load()


def new_counter(exercise: str) -> StationCounter:
    """This project's counter, as `gymbox count` makes it."""
    return StationCounter([exercise], recogniser=PhaseRecogniser(_phase_model()))


def ours(poses: PoseSeries, exercise: str) -> int:
    """Full repetitions by this project."""
    counter = new_counter(exercise)
    return sum(not rep.partial for time_s, pose in poses for rep in counter.update(time_s, pose))


def peers(samples: Path | None) -> list[Peer]:
    """The angle rule on both sides and, with labelled poses, the nearest of them.

    Raises:
        nearest_poses.BadSamplesError: the labelled poses cannot be used.
    """
    found = [
        Peer(
            name, angle_rule.USUAL, angle_rule.CHOICES, partial(_angles, better_side=better), angle_rule.count
        )
        for name, better in (("right side", False), ("better side", True))
    ]
    if samples is not None:
        labelled = nearest_poses.LabelledPoses.read(samples)
        follow = partial(nearest_poses.confidences, labelled=labelled)
        found.append(
            Peer("k-NN + EMA", nearest_poses.USUAL, nearest_poses.CHOICES, follow, nearest_poses.count)
        )
    return found


def _angles(poses: PoseSeries, *, better_side: bool) -> dict[str, list[float]]:
    return {
        exercise: angle_rule.angles_degrees(poses, exercise, better_side=better_side) for exercise in asked()
    }
