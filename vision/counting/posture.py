"""Is the body placed so that this exercise can be going on at all? What its rules are made of.

The rules themselves are anatomy, not viewpoint: `vision.counting.carried` where hands or feet bear the body,
`vision.counting.lifted` where a part of it is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vision.counting.geometry import distance
from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.limbs import LimbView

SEEN = 0.2
"""Joints scored below this have no say."""
STANDING_TALL_LEAST = 0.5
"""Hips below shoulders, in arm lengths. Torso and arm are about equal: upright is a lean up to 60 degrees."""
TRAVEL_LEAST = 0.1
"""Less than this is noise, of which nothing can be said."""

SHOULDERS = (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER)
HIPS = (Joint.LEFT_HIP, Joint.RIGHT_HIP)
WRISTS = (Joint.LEFT_WRIST, Joint.RIGHT_WRIST)
KNEES = (Joint.LEFT_KNEE, Joint.RIGHT_KNEE)
ANKLES = (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE)


@dataclass(frozen=True, slots=True)
class Moment:
    """A body and its working limbs at one time."""

    view: LimbView
    points: NDArray[np.float32]


class PostureRule(Protocol):
    """What one exercise asks of the body."""

    def problem(self, now: Moment) -> str | None:
        """Why this cannot be the exercise, or None."""

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Whether the way between these two is the exercise's."""


def height(points: NDArray[np.float32], joints: Sequence[Joint]) -> float | None:
    """Mean height in the frame of those joints that are seen, downwards."""
    seen = [float(points[joint, 1]) for joint in joints if points[joint, 2] >= SEEN]
    return sum(seen) / len(seen) if seen else None


def rise(top: Moment, bottom: Moment, joints: Sequence[Joint]) -> float | None:
    """How far these joints come up in the frame, in pixels; None where they are not seen."""
    low, high = height(top.points, joints), height(bottom.points, joints)
    return None if low is None or high is None else low - high


def tilt(top: Moment, bottom: Moment, joints: tuple[Joint, Joint]) -> float:
    """How much more one of two joints sinks than the other; 0 where not both are seen."""
    pair = list(joints)
    if min(top.points[pair, 2].min(), bottom.points[pair, 2].min()) < SEEN:
        return 0.0
    left, right = bottom.points[pair, 1] - top.points[pair, 1]
    return abs(float(left - right))


def way(top: Moment, bottom: Moment, joints: Sequence[Joint]) -> float | None:
    """How far those of the joints that are seen have moved, on average, in pixels; None where none is."""
    ways = [
        distance(top.points[joint], bottom.points[joint])
        for joint in joints
        if min(top.points[joint, 2], bottom.points[joint, 2]) >= SEEN
    ]
    return sum(ways) / len(ways) if ways else None


def spread(points: NDArray[np.float32], joints: tuple[Joint, Joint]) -> float:
    """How far two joints are apart across the frame; 0 where not both are seen."""
    pair = points[list(joints)]
    return 0.0 if pair[:, 2].min() < SEEN else abs(float(pair[0, 0] - pair[1, 0]))


def not_tall(now: Moment) -> str | None:
    """Why this torso, by the arms' length, is not upright."""
    shoulders, hips = (height(now.points, joints) for joints in (SHOULDERS, HIPS))
    if (
        shoulders is not None
        and hips is not None
        and hips - shoulders < STANDING_TALL_LEAST * now.view.length_px
    ):
        return "not upright"
    return None
