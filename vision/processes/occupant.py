"""Who is at a station: one person, told from neighbours and from passers-by."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vision.counting.continuity import Continuity, ContinuitySettings, change
from vision.counting.geometry import body_scale
from vision.keypoints import Pose
from vision.pose.sought import Sought
from vision.processes.zone import beyond_px, centre, inside, window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.processes.messages import Zone


@dataclass(frozen=True, slots=True)
class OccupantSettings:
    """When a body is the one at the station; lengths are in torsos.

    Attributes:
        continuity: what the same body cannot do. Its gap is how long nobody else may take the place.
        glance_s: one who was seen for less than this holds the place for this long all the same.
        over_line: one who is there stays the occupant this far beyond the zone.
        home_s: time constant of how somebody usually lies in the frame.
        away: further off than this, the body that is followed may have come between.
    """

    continuity: ContinuitySettings = field(
        default_factory=lambda: ContinuitySettings(gap_s=1.5, reach=0.9, growth=2.0)
    )
    glance_s: float = 0.5
    over_line: float = 0.5
    home_s: float = 5.0
    away: float = 1.0


class Occupant:
    """The person at one station, from frame to frame.

    While they are unseen nobody else takes their place for as long as they had been there, up to the gap: who
    passes in front of them is left out. Should the passer-by be taken for them and walk off, whoever is found
    where they used to be is the occupant again.
    """

    def __init__(self, zone: Zone, settings: OccupantSettings | None = None) -> None:
        self._zone = zone
        self._settings = settings or OccupantSettings()
        self._continuity = Continuity(self._settings.continuity)
        self._home: Pose | None = None
        self._is_away = False
        self._since_s = self._seen_s = -math.inf

    def forget(self) -> None:
        """Another shot: whoever is there now is new."""
        self._continuity.reset()
        self._is_away = False

    def sought(self, time_s: float, width: int, height: int, neighbours: Sequence[Occupant]) -> Sought:
        """Whom to look for in a frame of this size, taken at this time."""

        def accepts(pose: Pose) -> bool:
            return self._is_here(time_s, pose, width, height) and not any(
                neighbour.is_held(time_s, pose) for neighbour in neighbours
            )

        home = self._home if self._is_away and self._is_waited_for(time_s) else None
        return Sought(window(self._zone, width, height), accepts, home)

    def note(self, time_s: float, pose: Pose | None) -> bool:
        """Take the pose that was accepted, or None; True when those before it were a passer-by's."""
        if pose is None:
            return False
        taken_back = (
            self._is_away and self._is_waited_for(time_s) and not self._continuity.follows(time_s, pose)
        )
        if self._home is not None and self._is_waited_for(time_s):
            share = 1 - math.exp((self._seen_s - time_s) / self._settings.home_s)
            self._home = Pose(self._home.points + share * (pose.points - self._home.points), pose.score)
        else:
            self._since_s, self._home = time_s, pose
        self._continuity.keep(time_s, pose)
        self._seen_s = time_s
        moved_px = math.dist(centre(pose), centre(self._home))
        self._is_away = moved_px > self._settings.away * body_scale(self._home.points)
        return taken_back

    def is_held(self, time_s: float, pose: Pose) -> bool:
        """Whether this is the body of whoever is here now."""
        return 0 <= time_s - self._seen_s <= self._settings.glance_s and self._continuity.is_near(pose)

    def _is_here(self, time_s: float, pose: Pose, width: int, height: int) -> bool:
        x, y = centre(pose)
        if not self._is_waited_for(time_s):
            return inside(self._zone, x / width, y / height)
        allowed_px = self._settings.over_line * body_scale(pose.points)
        if beyond_px(self._zone, x, y, width, height) > allowed_px:
            return False
        return self._continuity.follows(time_s, pose) or (self._is_away and self._is_at_home(pose))

    def _is_at_home(self, pose: Pose) -> bool:
        if self._home is None:
            return False
        moved, grown = change(self._home.points, pose.points)
        return moved <= self._settings.continuity.reach and grown <= self._settings.continuity.growth

    def _is_waited_for(self, time_s: float) -> bool:
        stayed_s = max(self._seen_s - self._since_s, self._settings.glance_s)
        return time_s - self._seen_s <= stayed_s and not self._continuity.is_over(time_s)
