"""A planner over a real store, with a played coach and time moved by hand."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from gateway.clock import Clock, LocalDays
from gateway.config.model import BoxConfig
from gateway.health import Health
from gateway.members.members import Members
from gateway.planning.floor import Floor
from gateway.planning.planner import Planner
from gateway.sessions.admission import CheckIn
from gateway.sessions.report import SessionReport
from gateway.sessions.service import SessionService
from gateway.stations import stations_of
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.pseudonym import Pseudonymiser
from sync.record import Record, parse_record

from .coaches import PlayedCoach

CONFIG = BoxConfig.model_validate(
    {
        "box": {"timezone": "Europe/Berlin"},
        "gym": {"equipment": ["mat", "dumbbell"]},
        "station": [
            {"id": "mat"},
            {"id": "run", "treadmill": "belt"},
            {"id": "run-2", "treadmill": "belt-2"},
        ],
        "device": [
            {
                "id": "belt",
                "profile": "ble-treadmill",
                "address": "aa:00:00:00:00:01",
                "limits": {"speed_kmh": 12, "incline_percent": 8},
            },
            {"id": "belt-2", "profile": "ble-treadmill", "address": "aa:00:00:00:00:02"},
        ],
    }
)


@dataclass
class Desk:
    """Members, sessions and plans over one store."""

    store: Store
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    coach: PlayedCoach = field(default_factory=PlayedCoach)
    rules: PlayedCoach = field(default_factory=lambda: PlayedCoach(source="rules"))

    def __post_init__(self) -> None:
        self.began = self.now
        clock = Clock(self.elapsed_s, lambda: self.now)
        self.days = LocalDays(ZoneInfo("Europe/Berlin"), clock)
        self.pseudonym = Pseudonymiser(b"k" * 32)
        self.health = Health()
        self.members = Members(store=self.store, pseudonym=self.pseudonym, clock=clock)
        self.floor = Floor(CONFIG, load_profiles())
        self.planner = Planner(
            store=self.store,
            floor=self.floor,
            coach=lambda: self.coach,
            rules=self.rules,
            training=lambda: [(each.station.id, each.member_id) for each in self.sessions.active()],
            pseudonym=self.pseudonym,
            days=self.days,
            health=self.health,
            keep_days=30,
        )
        known = [KnownDevice(each.id, each.profile, each.address) for each in CONFIG.devices]
        self.sessions = SessionService(
            store=self.store,
            stations=stations_of(CONFIG),
            devices=DeviceRegistry(known, profiles=load_profiles()),
            members=self.members,
            pseudonym=self.pseudonym,
            outcome=self.planner.outcome,
            clock=clock,
        )

    def elapsed_s(self) -> float:
        return (self.now - self.began).total_seconds()

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    async def train(
        self,
        member_id: str = "ada",
        station_id: str = "mat",
        *,
        minutes: float = 20.0,
        rpe: int | None = None,
    ) -> SessionReport:
        """A whole session."""
        session = await self.sessions.start(CheckIn(station_id, member_id))
        self.later(minutes=minutes)
        return await self.sessions.end(session.id, rpe)

    async def records(self) -> list[Record]:
        """What waits for the cloud."""
        waiting = await self.store.read(lambda db: outbox.peek_batch(db.conn))
        return [parse_record(each.payload) for each in waiting]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield Desk(store)
    store.stop()
