"""The day's plans are made at an hour of the night; a box that was off then makes them when it starts."""

import asyncio
import logging
from typing import TYPE_CHECKING, Final, Protocol

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from gateway.clock import LocalDays
from gateway.store.store import StoreError

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger

    from gateway.config.change import Change
    from gateway.config.model import BoxConfig

_log = logging.getLogger(__name__)

# A machine that slept at the hour still makes them when it wakes up, however late that is on that day.
_GRACE_S: Final = 86_400
RETRY_S: Final = 60.0
_JOB: Final = "nightly"


class Refreshable(Protocol):
    """What is done every night."""

    async def refresh(self) -> None:
        """Do it; doing it again changes nothing."""


class Nightly:
    """Keeps the hour; lives on the event loop."""

    def __init__(
        self, *, planner: Refreshable, hour: int, days: LocalDays, trigger: "BaseTrigger | None" = None
    ) -> None:
        """Wait for nothing yet.

        Args:
            planner: what is to be refreshed.
            hour: 0 to 23, in the gym's time zone.
            days: of the gym.
            trigger: when instead of every day at the hour.
        """
        self._planner = planner
        self._hour = hour
        self._days = days
        self._trigger = trigger or CronTrigger(hour=hour, timezone=days.zone)
        self._due = asyncio.Event()
        self._scheduler: AsyncIOScheduler | None = None
        self.runs = 0
        self.failed = 0

    async def run(self) -> None:
        """Refresh whenever it is due, until cancelled."""
        self._scheduler = scheduler = AsyncIOScheduler(timezone=self._days.zone)
        scheduler.add_job(
            self._ring,
            self._trigger,
            id=_JOB,
            coalesce=True,
            misfire_grace_time=_GRACE_S,
            max_instances=1,
        )
        scheduler.start()
        try:
            if self._days.now().hour >= self._hour:  # the hour of today may have been missed
                self._due.set()
            while True:
                await self._due.wait()
                self._due.clear()
                await self._refresh()
        finally:
            self._scheduler = None
            scheduler.shutdown(wait=False)

    async def reconfigure(self, config: "BoxConfig", change: "Change") -> None:
        """Keep another hour, or the same one in another time zone."""
        if not (change.sets("gym", "plans_hour") or change.sets("box", "timezone")):
            return
        self._hour = config.gym.plans_hour
        self._trigger = CronTrigger(hour=self._hour, timezone=config.box.timezone)
        if self._scheduler is not None:
            self._scheduler.reschedule_job(_JOB, trigger=self._trigger)

    async def _ring(self) -> None:
        self._due.set()

    async def _refresh(self) -> None:
        try:
            await self._planner.refresh()
        except StoreError:  # the store's own state tells of it
            self.failed += 1
            await asyncio.sleep(RETRY_S)
            self._due.set()
        except Exception:  # noqa: BLE001 - the next night must come whatever went wrong in this one; counted
            self.failed += 1
            _log.exception("%s could not do its nightly work", type(self._planner).__name__)
        else:
            self.runs += 1
