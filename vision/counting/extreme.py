"""A turning point of a curve, as far as it is known."""

from __future__ import annotations

from typing import Literal

NEAR = 0.06
"""In reach. This close to a turning point still counts as being there."""


class Extreme:
    """The highest or the lowest that a reach has been.

    Attributes:
        reach: how high or low.
        time_s: when.
        left_s: when the reach was last near it.
        near_s: how long it has been near it.
    """

    __slots__ = ("left_s", "near_s", "reach", "time_s")

    def __init__(self, reach: float, time_s: float) -> None:
        self.restart(reach, time_s)

    def restart(self, reach: float, time_s: float) -> None:
        """Begin anew from here."""
        self.reach = reach
        self.time_s = self.left_s = time_s
        self.near_s = 0.0

    def follow(self, reach: float, time_s: float, elapsed_s: float, *, sign: Literal[1, -1]) -> None:
        """Push it out (sign 1: highest, -1: lowest), or note how long the reach stays near it."""
        beyond = sign * (reach - self.reach)
        if beyond > 0:
            near_s = self.near_s if beyond <= NEAR else 0.0
            self.restart(reach, time_s)
            self.near_s = near_s + elapsed_s
        elif -beyond <= NEAR:
            self.left_s = time_s
            self.near_s += elapsed_s
