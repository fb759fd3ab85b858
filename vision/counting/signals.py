"""Which curve of the body tells the phase of an exercise: 1 in its start posture, less towards the turn.

reach           a pair of limbs carries the body: push-ups, squats, lunges
reach_per_side  each limb is a stream of its own, for limbs that work in turn: curls
swing           the pair swings from hanging (1) over level (0.5) to straight up (0): jumping jacks
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Protocol

from vision.counting.limbs import CHAINS, LimbGauge

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.limbs import Limb, LimbView

Signal = Literal["reach", "reach_per_side", "swing"]


class Gauge(Protocol):
    """Measures one stream of the body."""

    def reset(self) -> None:
        """Another person or view."""

    def measure(self, time_s: float, points: NDArray[np.float32]) -> LimbView | None:
        """The stream now, or None when it is not seen."""


class SwingGauge:
    """A pair of limbs on its way from hanging down to straight up."""

    def __init__(self, limb: Limb) -> None:
        self._limbs = LimbGauge(limb)

    def reset(self) -> None:
        """Another person or view."""
        self._limbs.reset()

    def measure(self, time_s: float, points: NDArray[np.float32]) -> LimbView | None:
        """Reach runs from 1 to -1 on that way; here from 1 to 0."""
        view = self._limbs.measure(time_s, points)
        return None if view is None else replace(view, reach=(1 + view.reach) / 2)


def gauges(limb: Limb, signal: Signal) -> tuple[Gauge, ...]:
    """One new gauge for each stream of an exercise."""
    if signal == "swing":
        return (SwingGauge(limb),)
    if signal == "reach_per_side":
        return tuple(LimbGauge(limb, (chain,)) for chain in CHAINS[limb])
    return (LimbGauge(limb),)
