"""Whom a pose estimator looks for: where in the frame, and which of those it finds there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from vision.keypoints import Pose

STALE_S = 0.12
"""The body may have left a square from longer ago: a look into it only tells where to look."""


class Window(NamedTuple):
    """An upright part of a frame, in whole pixels; right and bottom are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Sought:
    """The person wanted.

    Attributes:
        window: the part of the frame to search; one who has been found is followed beyond it.
        accepts: whether somebody found is the one; anybody else is passed over and never followed.
        home: how they usually lie in the frame, if whoever is followed has left that place: look there first.
    """

    window: Window
    accepts: Callable[[Pose], bool]
    home: Pose | None = None


def anybody(width: int, height: int) -> Sought:
    """Whoever is found anywhere in a frame of this size."""
    return Sought(Window(0, 0, width, height), lambda _: True)
