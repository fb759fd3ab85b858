"""Exercises in which a part of the body is lifted and the rest stays: curl, jumping jack, sit-up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vision.counting.geometry import distance
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
    spread,
    way,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from vision.counting.posture import Moment

# Curl and jumping jack, in arm lengths.
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

# Sit-up, in torso lengths.
KNEES_BELOW_HIPS_MOST = 0.4
"""Legs lie, are drawn up or rest on a bench: the knees of somebody who stands are 0.85 below the hips."""
HIPS_MOVE_MOST = 0.45
"""Who gets up takes the hips along, by a thigh or 0.85; less may be a camera that moves."""
SHOULDERS_RISE_LEAST = 0.6
"""Share of the change that must come from rising shoulders."""
HANDS_COME_LEAST = 0.3
"""Share of the shoulders' way that the hands move too: hands that stay behind press the body up."""


@dataclass(frozen=True, slots=True)
class UpperArmsStill:
    """Curls: the forearm rises, the elbow keeps hanging below a shoulder that stays where it is."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright, standing or sitting."""
        return not_tall(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """The hand comes up to the shoulder; neither elbow nor torso nor feet go anywhere."""
        length_px = bottom.view.length_px
        still = (way(top, bottom, (*SHOULDERS, *HIPS)) or 0.0) <= TORSO_MOVES_MOST * length_px and (
            way(top, bottom, ANKLES) or 0.0
        ) <= FEET_MOVE_MOST * length_px
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


def _upper_arm_hangs(top: NDArray[np.float32], bottom: NDArray[np.float32], length_px: float) -> bool:
    """Whether the upper arm kept hanging where it was."""
    hangs = min(top[1, 1] - top[0, 1], bottom[1, 1] - bottom[0, 1]) >= ELBOW_HANGS_LEAST * length_px
    stays = distance(top[1] - top[0], bottom[1] - bottom[0]) <= ELBOW_MOVES_MOST * length_px
    return bool(hangs and stays)


@dataclass(frozen=True, slots=True)
class FeetSpread:
    """Jumping jacks: both hands go up while the feet go apart."""

    def problem(self, now: Moment) -> str | None:
        """Torso not upright."""
        return not_tall(now)

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Both wrists over the shoulders, the feet further apart than before."""
        length_px = bottom.view.length_px
        over = bottom.points[list(SHOULDERS), 1] - bottom.points[list(WRISTS), 1]
        apart = spread(bottom.points, ANKLES) - spread(top.points, ANKLES)
        both = float(over.min()) >= WRIST_OVER_SHOULDER_LEAST * length_px
        return both and apart >= FEET_SPREAD_LEAST * length_px


@dataclass(frozen=True, slots=True)
class LegsAtRest:
    """Sit-ups: the torso is raised over hips that stay, legs lying, drawn up or hooked in."""

    def problem(self, now: Moment) -> str | None:
        """Legs not seen, or hanging down from the hips."""
        knees, hips = (height(now.points, joints) for joints in (KNEES, HIPS))
        if knees is None or hips is None:
            return "legs not seen"
        return "on the feet" if knees - hips > KNEES_BELOW_HIPS_MOST * now.view.length_px else None

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        """Shoulders rise over hips that stay where they are, and take the hands along."""
        length_px = bottom.view.length_px
        way_px = (top.view.reach - bottom.view.reach) * length_px
        hands_px = way(top, bottom, WRISTS)
        return (
            way_px >= TRAVEL_LEAST * length_px
            and top.view.carried_px - bottom.view.carried_px >= SHOULDERS_RISE_LEAST * way_px
            and (way(top, bottom, HIPS) or 0.0) <= HIPS_MOVE_MOST * length_px
            and (hands_px is None or hands_px >= HANDS_COME_LEAST * way_px)
        )
