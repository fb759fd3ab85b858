"""A kiosk that looks at nothing but the age of what it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.speed.listener import Listener

if TYPE_CHECKING:
    from benchmarks.speed.running_box import RunningBox


class Kiosk(Listener):
    """Notes poses.

    Attributes:
        ages_s: of every new pose, how old it was when told.
    """

    def __init__(self, box: RunningBox, station: str) -> None:
        """It listens once started."""
        super().__init__(box, station)
        self.ages_s: list[float] = []
        self._before: Any = None

    def told(self, state: dict[str, Any]) -> None:
        """Note the age of a pose that differs from the one before."""
        pose = state.get("pose")
        if pose is not None and pose["points"] != self._before:
            self._before = pose["points"]
            self.ages_s.append(pose["age_s"])
