"""Is the body placed so that this exercise can be going on at all? Rules of anatomy, not of viewpoint."""

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

# Lunge, in leg lengths.
KNEES_SPLIT_LEAST = 0.25
"""One knee this much nearer to its own foot's height than the other: a squat keeps them alike."""

# Curl and jumping jack, in arm lengths.
STANDING_TALL_LEAST = 0.5
"""Shoulders over hips: the torso is about as long as an arm, so leans of up to 60 degrees are upright."""
ELBOW_HANGS_LEAST = 0.37
"""Elbow below its shoulder: half an arm when it hangs, this with the upper arm at 45 degrees."""
OPEN_CHORD_LEAST = 0.7
"""Shoulder to wrist at the start: an elbow opened to more than a right angle."""
ELBOW_MOVES_MOST = 0.3
"""A press, a row or a dance takes the elbow elsewhere."""
TORSO_MOVES_MOST = 0.15
FEET_MOVE_MOST = 0.3
"""Shoulders and hips that turn, feet that step: the whole body is at work, not a forearm."""
WRIST_OVER_SHOULDER_LEAST = 0.15
FEET_SPREAD_LEAST = 0.3
"""Feet this much further apart with raised than with hanging hands."""

# All.
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


def _tilt(top: Moment, bottom: Moment, joints: tuple[Joint, Joint]) -> float:
    """How much more one of two joints sinks than the other; 0 where not both are seen."""
    pair = list(joints)
    if min(top.points[pair, 2].min(), bottom.points[pair, 2].min()) < SEEN:
        return 0.0
    left, right = bottom.points[pair, 1] - top.points[pair, 1]
    return abs(float(left - right))


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


def _not_on_feet(now: Moment) -> str | None:
    """Torso not upright, or hands at the feet."""
    length_px = now.view.length_px
    shoulders, hips, wrists = (_height(now.points, joints) for joints in (SHOULDERS, HIPS, WRISTS))
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
        knees, ankles = _tilt(top, bottom, KNEES), _tilt(top, bottom, ANKLES)
        alike = knees <= KNEES_APART_MOST * length_px and ankles <= FEET_APART_MOST * length_px
        return alike and body_moved(top.view, bottom.view)


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


def _not_tall(now: Moment) -> str | None:
    shoulders, hips = (_height(now.points, joints) for joints in (SHOULDERS, HIPS))
    if (
        shoulders is not None
        and hips is not None
        and hips - shoulders < STANDING_TALL_LEAST * now.view.length_px
    ):
        return "not upright"
    return None


@dataclass(frozen=True, slots=True)
class UpperArmsStill:
    """Curls: the forearm rises, the elbow keeps hanging below a shoulder that stays where it is."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright, standing or sitting."""
        return _not_tall(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """The hand comes up to the shoulder; neither elbow nor torso nor feet go anywhere."""
        length_px = bottom.view.length_px
        still = (
            _way(top, bottom, (*SHOULDERS, *HIPS)) <= TORSO_MOVES_MOST * length_px
            and _way(top, bottom, ANKLES) <= FEET_MOVE_MOST * length_px
        )
        return (
            still
            and bottom.view.score >= SEEN
            and top.view.chord >= OPEN_CHORD_LEAST
            and top.view.reach - bottom.view.reach >= TRAVEL_LEAST
            and all(
                _upper_arm_hangs(top.points[list(chain), :2], bottom.points[list(chain), :2], length_px)
                for chain in bottom.view.chains
            )
        )


def _way(top: Moment, bottom: Moment, joints: Sequence[Joint]) -> float:
    """How far those joints that are seen have moved in the frame, on average; 0 where none is."""
    ways = [
        distance(top.points[joint], bottom.points[joint])
        for joint in joints
        if min(top.points[joint, 2], bottom.points[joint, 2]) >= SEEN
    ]
    return sum(ways) / len(ways) if ways else 0.0


def _upper_arm_hangs(top: NDArray[np.float32], bottom: NDArray[np.float32], length_px: float) -> bool:
    """Whether the upper arm kept hanging where it was."""
    hangs = min(top[1, 1] - top[0, 1], bottom[1, 1] - bottom[0, 1]) >= ELBOW_HANGS_LEAST * length_px
    stays = distance(top[1] - top[0], bottom[1] - bottom[0]) <= ELBOW_MOVES_MOST * length_px
    return bool(hangs and stays)


def _spread(points: NDArray[np.float32], joints: tuple[Joint, Joint]) -> float:
    """How far two joints are apart across the frame; 0 where not both are seen."""
    pair = points[list(joints)]
    return 0.0 if pair[:, 2].min() < SEEN else abs(float(pair[0, 0] - pair[1, 0]))


@dataclass(frozen=True, slots=True)
class FeetSpread:
    """Jumping jacks: both hands go up while the feet go apart."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright."""
        return _not_tall(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Both wrists over the shoulders, the feet further apart than before."""
        length_px = bottom.view.length_px
        over = bottom.points[list(SHOULDERS), 1] - bottom.points[list(WRISTS), 1]
        apart = _spread(bottom.points, ANKLES) - _spread(top.points, ANKLES)
        both = float(over.min()) >= WRIST_OVER_SHOULDER_LEAST * length_px
        return both and apart >= FEET_SPREAD_LEAST * length_px


POSTURES: dict[str, PostureRule] = {
    "hands_loaded": HandsLoaded(),
    "on_two_feet": OnTwoFeet(),
    "split_stance": SplitStance(),
    "upper_arms_still": UpperArmsStill(),
    "feet_spread": FeetSpread(),
}
