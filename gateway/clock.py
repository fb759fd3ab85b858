"""The two clocks of the box, one that only goes forward, one that people read; and the gym's own days."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from gateway.config.change import Change
    from gateway.config.model import BoxConfig


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the thin shells get their time; tests hand in their own.

    Attributes:
        now_s: monotonic seconds, for durations and ages.
        utc_now: wall clock, for the stamps that people read.
    """

    now_s: Callable[[], float] = time.monotonic
    utc_now: Callable[[], datetime] = _utc_now


@dataclass(slots=True)
class LocalDays:
    """The days of the gym: they begin and end where it stands, whatever UTC says.

    Attributes:
        zone: the gym's time zone.
        clock: what tells the time.
    """

    zone: ZoneInfo
    clock: Clock

    def now(self) -> datetime:
        """This moment, in the gym's time."""
        return self.clock.utc_now().astimezone(self.zone)

    def today(self) -> date:
        """Which day it is in the gym."""
        return self.now().date()

    def of(self, moment: datetime) -> date:
        """The day in the gym on which a moment lies."""
        return moment.astimezone(self.zone).date()

    async def reconfigure(self, config: "BoxConfig", _change: "Change") -> None:
        """Go by another time zone from now on."""
        self.zone = ZoneInfo(config.box.timezone)
