"""Is the body placed so that this exercise can be going on at all? Rules of anatomy, not of viewpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.limbs import LimbView

SEEN = 0.2
"""Joints scored below this have no say."""

# Push-up, in arm lengths.
TORSO_DROP_MOST = 0.75
"""Hips this far below the shoulders: an upright torso. Lying forward it is half of that, even on a bench."""
FEET_BELOW_HANDS_MOST = 1.0
"""Feet this far below the hands: standing. Hands on a bench reach 0.75."""

# Squat, in leg lengths.
TORSO_RISE_LEAST = 0.2
"""Shoulders over hips; a deep forward lean still keeps 0.3."""
HANDS_OVER_FEET_LEAST = 0.15
"""Hands nearer to the ground than this: it is something on all fours."""
KNEES_APART_MOST = 0.25
FEET_APART_MOST = 0.25
"""Left sinks this much more than right: a lunge, a step, a foot in the air."""

# Both.
CARRIED_SHARE_LEAST = 0.35
"""Share of the change in reach that must come from the body moving over planted hands or feet."""
TRAVEL_LEAST = 0.1
"""Less than this is noise, of which nothing can be said."""
HINGE_SHARE_LEAST = 0.4
"""Share of it that must show as bent elbows or knees, not as limbs swung aside."""


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


def _height(points: NDArray[np.float32], joints: Sequence[Joint]) -> float | None:
    """Mean height in the frame of those joints that are seen, downwards."""
    seen = [float(points[joint, 1]) for joint in joints if points[joint, 2] >= SEEN]
    return sum(seen) / len(seen) if seen else None


def _lean(points: NDArray[np.float32], joints: tuple[Joint, Joint]) -> float:
    """How much lower the left joint is."""
    left, right = joints
    return float(points[left, 1] - points[right, 1])


SHOULDERS = (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER)
HIPS = (Joint.LEFT_HIP, Joint.RIGHT_HIP)
WRISTS = (Joint.LEFT_WRIST, Joint.RIGHT_WRIST)
KNEES = (Joint.LEFT_KNEE, Joint.RIGHT_KNEE)
ANKLES = (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE)


def body_moved(top: LimbView, bottom: LimbView) -> bool:
    """Whether the reach changed because the body moved over planted hands or feet, with hinges bending.

    This is what tells a push-up from a curl, a row, a dance or a press lying down: there the hands move.
    """
    travel = top.reach - bottom.reach
    if travel < TRAVEL_LEAST:
        return False
    carried = (bottom.carried_px - top.carried_px) / (travel * bottom.length_px)
    hinged = (top.chord - bottom.chord) / travel
    return carried >= CARRIED_SHARE_LEAST and hinged >= HINGE_SHARE_LEAST


@dataclass(frozen=True, slots=True)
class HandsLoaded:
    """Push-ups: hands below the shoulders, body lying forward rather than upright, from any side."""

    def problem(self, now: Moment) -> str | None:
        """Upright torso, or feet far below the hands."""
        length_px = now.view.length_px
        shoulders, hips, ankles = (_height(now.points, joints) for joints in (SHOULDERS, HIPS, ANKLES))
        if shoulders is not None and hips is not None and hips - shoulders > TORSO_DROP_MOST * length_px:
            return "upright"
        if ankles is not None and ankles - now.view.bearing_px > FEET_BELOW_HANDS_MOST * length_px:
            return "standing"
        return None

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Shoulders sink over planted hands."""
        return body_moved(top.view, bottom.view)


@dataclass(frozen=True, slots=True)
class OnTwoFeet:
    """Squats: an upright torso over both feet, both knees bending alike."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright, or hands at the feet."""
        length_px = now.view.length_px
        shoulders, hips, wrists = (_height(now.points, joints) for joints in (SHOULDERS, HIPS, WRISTS))
        if shoulders is not None and hips is not None and hips - shoulders < TORSO_RISE_LEAST * length_px:
            return "not upright"
        if wrists is not None and now.view.bearing_px - wrists < HANDS_OVER_FEET_LEAST * length_px:
            return "hands on the floor"
        return None

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Hips sink over planted feet, left and right alike.

        Seen obliquely, two feet or knees are never level: only a change between top and bottom speaks.
        """
        length_px = bottom.view.length_px
        knees = abs(_lean(bottom.points, KNEES) - _lean(top.points, KNEES))
        ankles = abs(_lean(bottom.points, ANKLES) - _lean(top.points, ANKLES))
        alike = knees <= KNEES_APART_MOST * length_px and ankles <= FEET_APART_MOST * length_px
        return alike and body_moved(top.view, bottom.view)


POSTURES: dict[str, PostureRule] = {"hands_loaded": HandsLoaded(), "on_two_feet": OnTwoFeet()}
