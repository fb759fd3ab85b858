"""Exercises in which hands or feet bear the body and it is carried: push-up, squat, lunge, pull-up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision.counting.geometry import angle_degrees, drawn_knee_degrees, knee_degrees, shin_px
from vision.counting.posture import (
    ANKLES,
    HIPS,
    KNEES,
    SEEN,
    SHOULDERS,
    TRAVEL_LEAST,
    WRISTS,
    height,
    not_tall,
    rise,
    spread,
    tilt,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.limbs import LimbView
    from vision.counting.posture import Moment

# All.
CARRIED_SHARE_LEAST = 0.35
"""Share of the change in reach that must come from the body moving over planted hands or feet."""
CARRIED_SHARE_MOST = 2.0
"""A larger share: hands or feet go more than half of the body's way with it, so that they are not planted."""
HINGE_SHARE_LEAST = 0.4
"""Share of it that must show as bent elbows or knees, not as limbs swung aside."""

# Push-up, in arm lengths.
TORSO_DROP_MOST = 0.75
"""Hips this far below the shoulders: an upright torso. Lying forward it is half of that, even on a bench."""
FEET_BELOW_HANDS_MOST = 1.0
"""Feet this far below the hands: standing. Hands on a bench reach 0.75."""
LEAN_LEAST_DEGREES = 14.0
STRAIGHT_LEAST_DEGREES = 155.0
"""Nobody stands like this: straight, and this far from upright."""

# Squat, in leg lengths.
TORSO_RISE_LEAST = 0.2
"""Shoulders over hips; a deep forward lean still keeps 0.3."""
HANDS_OVER_FEET_LEAST = 0.15
"""Hands nearer to the ground than this: it is something on all fours."""
KNEES_APART_MOST = 0.25
FEET_APART_MOST = 0.25
"""Left sinks this much more than right: a lunge, a step, a foot in the air."""
STEP_MOST = 0.2
"""Feet that part or close by more than this are not planted: legs spread, not bent."""
FEET_RISE_MOST = 0.1
"""Feet that rise by more than this are not planted either, or are put too high by the pose model: a shin that
stands upright then seems to lean by 37 degrees, and the knee to close by as much."""
SHIN_LEAST = 0.35
"""Half a leg that leans by 45 degrees: shins lean less in a squat, and a camera that looks down by 30 degrees
shortens them no further."""
FROM_SIDE_DEGREES = 20.0
"""A drawn knee that is more open than the one by heights by more than this is not seen from the side."""

# Lunge, in leg lengths.
KNEES_SPLIT_LEAST = 0.25
"""One knee this much nearer to its own foot's height than the other: a squat keeps them alike."""

# Pull-up, in arm lengths.
HANDS_BELOW_MOST = 0.4
"""Hands this far below the shoulders: who pulls the chest up to the bar has them level."""
FOLLOWED_LEAST = 0.35
"""Share of the shoulders' way that hips and feet come along: else somebody stands there and pulls."""


def body_moved(top: LimbView, bottom: LimbView, way: float = 1.0) -> bool:
    """Whether the reach changed because the body moved over planted hands or feet, with hinges bending.

    This is what tells a push-up from a curl, a row, a dance or a press lying down: there the hands move.

    Args:
        top: in the start posture.
        bottom: at the turn.
        way: 1 for a body that sinks, -1 for one that is pulled up.
    """
    travel = top.reach - bottom.reach
    if travel < TRAVEL_LEAST:
        return False
    carried = way * (bottom.carried_px - top.carried_px) / (travel * bottom.length_px)
    hinged = (top.chord - bottom.chord) / travel
    return CARRIED_SHARE_LEAST <= carried <= CARRIED_SHARE_MOST and hinged >= HINGE_SHARE_LEAST


def _leans_straight(points: NDArray[np.float32]) -> bool:
    """Whether a body that is straight from shoulder to ankle leans: on raised hands, to the wall even."""
    rows = points.tolist()  # with so few numbers, plain ones are the quicker
    line = [(rows[left], rows[right]) for left, right in (SHOULDERS, HIPS, ANKLES)]
    if min(score for pair in line for _, _, score in pair) < SEEN:
        return False
    shoulder, hip, ankle = (((ax + bx) / 2, (ay + by) / 2) for (ax, ay, _), (bx, by, _) in line)
    aside, down = abs(shoulder[0] - ankle[0]), ankle[1] - shoulder[1]
    leans = aside >= math.tan(math.radians(LEAN_LEAST_DEGREES)) * down
    return leans and angle_degrees(shoulder, hip, ankle) >= STRAIGHT_LEAST_DEGREES


@dataclass(frozen=True, slots=True)
class HandsLoaded:
    """Push-ups: hands below the shoulders, body lying forward rather than upright, from any side."""

    def problem(self, now: Moment) -> str | None:
        """Upright torso, or feet far below the hands."""
        length_px = now.view.length_px
        if _leans_straight(now.points):
            return None
        shoulders, hips, ankles = (height(now.points, joints) for joints in (SHOULDERS, HIPS, ANKLES))
        if shoulders is not None and hips is not None and hips - shoulders > TORSO_DROP_MOST * length_px:
            return "upright"
        if ankles is not None and ankles - now.view.bearing_px > FEET_BELOW_HANDS_MOST * length_px:
            return "standing"
        return None

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Shoulders sink over planted hands."""
        return body_moved(top.view, bottom.view)


def _not_on_feet(now: Moment) -> str | None:
    """Torso not upright, or hands at the feet."""
    length_px = now.view.length_px
    shoulders, hips, wrists = (height(now.points, joints) for joints in (SHOULDERS, HIPS, WRISTS))
    if shoulders is not None and hips is not None and hips - shoulders < TORSO_RISE_LEAST * length_px:
        return "not upright"
    if wrists is not None and now.view.bearing_px - wrists < HANDS_OVER_FEET_LEAST * length_px:
        return "hands on the floor"
    return None


@dataclass(frozen=True, slots=True)
class OnTwoFeet:
    """Squats: an upright torso over both feet, both knees bending alike."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright, or hands at the feet."""
        return _not_on_feet(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Hips sink over planted feet, left and right alike.

        Seen obliquely, two feet or knees are never level: only a change between top and bottom speaks.
        """
        length_px = bottom.view.length_px
        knees, ankles = tilt(top, bottom, KNEES), tilt(top, bottom, ANKLES)
        alike = knees <= KNEES_APART_MOST * length_px and ankles <= FEET_APART_MOST * length_px
        return alike and not _leans_straight(bottom.points) and body_moved(top.view, bottom.view)


def feet_planted(top: Moment, bottom: Moment) -> bool:
    """Whether the feet stay where they are, so that the knees tell how deep it is."""
    length_px = bottom.view.length_px
    stepped_px = abs(spread(bottom.points, ANKLES) - spread(top.points, ANKLES))
    risen_px = top.view.bearing_px - bottom.view.bearing_px
    return stepped_px <= STEP_MOST * length_px and risen_px <= FEET_RISE_MOST * length_px


def knees_in_view(bottom: Moment) -> bool:
    """Whether the picture shows how far the knees are bent, as it does from the side and nearly so.

    From the front the drawn knee stays straight, and one by heights looks too open to most cameras.
    """
    return drawn_knee_degrees(bottom.points) - knee_degrees(bottom.points) <= FROM_SIDE_DEGREES


def leg_misjudged(bottom: Moment, degrees: float) -> bool:
    """Whether the hips only seem to have travelled: the knees stayed open, and the leg is no leg's length.

    Hips that the pose model puts too high, as behind a weight's plate, make the standing leg too long, and a
    quarter squat deep. The shins tell: they are then too short for it at the bottom. The same shins make the
    knee by heights close too far, so it must be closed as drawn as well.
    """
    short = shin_px(bottom.points) < SHIN_LEAST * bottom.view.length_px
    return short and max(knee_degrees(bottom.points), drawn_knee_degrees(bottom.points)) >= degrees


def _knee_split(points: NDArray[np.float32]) -> float:
    """How much higher over its own foot one knee is than the other, in pixels; 0 where not all are seen.

    Over its own foot, since a foot in front is lower in the frame than one behind.
    """
    if points[[*KNEES, *ANKLES], 2].min() < SEEN:
        return 0.0
    left, right = points[list(ANKLES), 1] - points[list(KNEES), 1]
    return abs(float(left - right))


@dataclass(frozen=True, slots=True)
class SplitStance:
    """Lunges: an upright torso, the rear knee sinking to the floor, the front knee staying over its foot."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright, or hands at the feet."""
        return _not_on_feet(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Hips sink over planted feet, and the knees part in height."""
        split = _knee_split(bottom.points) >= KNEES_SPLIT_LEAST * bottom.view.length_px
        return split and body_moved(top.view, bottom.view)


@dataclass(frozen=True, slots=True)
class Hanging:
    """Pull-ups: hands overhead that stay where they are, the whole body drawn up to them."""

    def problem(self, now: Moment) -> str | None:
        """Hands not over the shoulders, or torso not upright."""
        if now.view.bearing_px - now.view.carried_px > HANDS_BELOW_MOST * now.view.length_px:
            return "hands not overhead"
        return not_tall(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Shoulders and hips rise to the hands, and the feet leave their place with them."""
        way_px = (top.view.reach - bottom.view.reach) * bottom.view.length_px
        followed = (rise(top, bottom, joints) for joints in (HIPS, ANKLES))
        return body_moved(top.view, bottom.view, way=-1.0) and all(
            risen_px is None or risen_px >= FOLLOWED_LEAST * way_px for risen_px in followed
        )
