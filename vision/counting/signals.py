"""Which curve of the body tells the phase of an exercise: 1 in its start posture, less towards the turn.

reach           a pair of limbs carries the body: push-ups, squats, lunges
reach_per_side  each limb is a stream of its own, for limbs that work in turn: curls
swing           the pair swings from hanging (1) over level (0.5) to straight up (0): jumping jacks
hang            the body hangs from the pair (1) and is pulled up to the hands (0): pull-ups
rise            the pair lies level (1) and is raised upright (0): the torso in sit-ups
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Protocol

from vision.counting.limbs import CHAINS, LimbGauge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.limbs import Limb, LimbView

Signal = Literal["reach", "reach_per_side", "swing", "hang", "rise"]


class Gauge(Protocol):
    """Measures one stream of the body."""

    def reset(self) -> None:
        """Another person or view."""

    def measure(self, time_s: float, points: NDArray[np.float32]) -> LimbView | None:
        """The stream now, or None when it is not seen."""


class TurnedGauge:
    """A pair of limbs whose start posture is not at their full reach: a signal that is linear in it."""

    def __init__(self, limb: Limb, offset: float, slope: float) -> None:
        self._limbs = LimbGauge(limb)
        self._offset, self._slope = offset, slope

    def reset(self) -> None:
        """Another person or view."""
        self._limbs.reset()

    def measure(self, time_s: float, points: NDArray[np.float32]) -> LimbView | None:
        """The pair now, with the signal in place of its reach."""
        view = self._limbs.measure(time_s, points)
        return None if view is None else replace(view, reach=self._offset + self._slope * view.reach)


TURNED = {"swing": (0.5, 0.5), "hang": (0.0, -1.0), "rise": (1.0, -1.0)}
"""Offset and slope. Reach itself runs from 1 to -1 in a swing, -1 to 0 in a pull-up, 0 to 1 in a sit-up."""


def gauges(limb: Limb, signal: Signal) -> tuple[Gauge, ...]:
    """One new gauge for each stream of an exercise."""
    if signal in TURNED:
        return (TurnedGauge(limb, *TURNED[signal]),)
    if signal == "reach_per_side":
        return tuple(LimbGauge(limb, (chain,)) for chain in CHAINS[limb])
    return (LimbGauge(limb),)
