"""Pages that look at nothing but when what was published reaches them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from benchmarks.speed.listener import Listener

if TYPE_CHECKING:
    from benchmarks.speed.running_box import RunningBox


class Page(Listener):
    """Notes what machine and band say.

    Attributes:
        seen: (when, distance, beats a minute) of every state that differs from the one before; monotonic
            seconds.
    """

    def __init__(self, box: RunningBox, station: str) -> None:
        """It listens once started."""
        super().__init__(box, station)
        self.seen: list[tuple[float, float | None, float | None]] = []
        self._before: tuple[float | None, float | None] = (None, None)

    def told(self, state: dict[str, Any]) -> None:
        """Note a state that differs from the one before."""
        now_s = time.monotonic()
        belt, heart = state.get("treadmill"), state.get("heart_rate")
        shown = (belt and belt["distance_m"], heart and heart["bpm"])
        if shown != self._before:
            self._before = shown
            self.seen.append((now_s, *shown))
