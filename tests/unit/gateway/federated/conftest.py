"""A box with a real store, at a time that does not move."""

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import Clock, LocalDays
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.federated.participant import EVENT, Participant
from gateway.federated.rows import spent, waiting_part
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path

from .gym import NOW, PlayedCloud


class Box:
    """What takes part, and what it leaves behind."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.cloud = PlayedCloud()
        self.now_s = 0.0
        clock = Clock(lambda: self.now_s, lambda: NOW)
        self.days = LocalDays(ZoneInfo("Europe/Berlin"), clock)
        self.events = EventLog(store=store, clock=clock)
        self.budget_epsilon = 20.0

    @property
    def participant(self) -> Participant:
        return Participant(
            store=self.store,
            cloud=self.cloud,
            events=self.events,
            days=self.days,
            budget_epsilon=self.budget_epsilon,
            now_s=lambda: self.now_s,
        )

    async def outcomes(self) -> list[str]:
        found = await self.events.read(EventFilter(kind=EVENT), 100)
        return [each.outcome for each in reversed(found)]

    async def reasons(self) -> list[str]:
        found = await self.events.read(EventFilter(kind=EVENT), 100)
        return [str(each.detail.get("reason", "")) for each in reversed(found)]

    async def spent(self) -> list[float]:
        return await self.store.read(spent)

    async def is_waiting(self) -> bool:
        return await self.store.read(waiting_part) is not None


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture
def box(store: Store) -> Box:
    return Box(store)
