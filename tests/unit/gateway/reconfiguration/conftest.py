"""A configuration that a test's own parts follow, on a disk of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.config.change import Change
from gateway.config.layered import LayeredConfig
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.events.rows import migrations as event_tables
from gateway.health import Health
from gateway.reconfiguration.configuration import Configuration, Used
from gateway.store.store import Store

GYM: dict[str, Any] = {
    "mqtt": {"url": "mqtt://broker"},
    "camera": [{"id": "cam", "url": "a.mp4"}, {"id": "other", "url": "b.mp4"}],
    "station": [{"id": "mat", "camera": "cam"}, {"id": "mill", "treadmill": "t"}],
    "device": [{"id": "t", "profile": "ble-treadmill", "address": "c0:00:00:00:00:01"}],
}


@dataclass
class Followed:
    """A part that writes down what it was told, and can fail."""

    told: list[tuple[BoxConfig, Change]] = field(default_factory=list)
    fails: bool = False

    async def reconfigure(self, config: BoxConfig, change: Change) -> None:
        if self.fails:
            raise RuntimeError("this part cannot")
        self.told.append((config, change))


class Room:
    """Everything around a configuration."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.health = Health()
        self.store = Store(path=data_dir / "s.sqlite3", migrations=(event_tables,))
        self.events = EventLog(store=self.store)
        self.used = Used()
        self.restarts = 0
        self.part = Followed()
        config = BoxConfig.model_validate(GYM)
        self.configuration = Configuration(
            layers=LayeredConfig.of(config, data_dir=data_dir),
            config=config,
            health=self.health,
            events=self.events,
            used=lambda: self.used,
            on_restart=self.restart,
        )
        self.configuration.follow(self.part)

    def restart(self) -> None:
        self.restarts += 1

    async def outcomes(self) -> list[str]:
        """What the event log has of the configuration, oldest first."""
        events = await self.events.read(EventFilter(kind="config"), 100)
        return [each.outcome for each in reversed(events)]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    room = Room(tmp_path)
    room.store.start()
    yield room
    await room.events.close()
    room.store.stop()
