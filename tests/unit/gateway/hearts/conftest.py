"""Hearts over a real store, sessions and registry; people whose hearts are known, and time moved by hand."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from devices.dialects.heard import Heard
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.clock import Clock, LocalDays
from gateway.config.model import BoxConfig
from gateway.hearts.hearts import Hearts
from gateway.hearts.learner import Lesson
from gateway.members.members import MemberProfile, Members
from gateway.planning.floor import Floor
from gateway.sessions.admission import CheckIn
from gateway.sessions.service import SessionService
from gateway.stations import stations_of
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from recommender.heart_response.model import Response, simulate
from recommender.heart_response.recording import Recording
from sync.pseudonym import Pseudonymiser

PROFILES = load_profiles()
BELT, BAND = "aa:00:00:00:00:01", "aa:00:00:00:00:03"
CONFIG = BoxConfig.model_validate(
    {
        "box": {"timezone": "Europe/Berlin"},
        "station": [{"id": "mat"}, {"id": "run", "treadmill": "belt"}],
        "device": [
            {"id": "belt", "profile": "ble-treadmill", "address": BELT, "limits": {"speed_kmh": 12}},
        ],
    }
)
ADA = Response(rest_bpm=62.0, gain=9.5, rise_s=35.0, fall_s=45.0, drift=0.08, ceiling_bpm=186.0)
INTERVALS = (6.0, 10.0, 6.0, 11.0, 0.0)


def run_of(response: Response, loads: Sequence[float] = INTERVALS, *, step_s: float = 180.0) -> Recording:
    """A run without noise: each load for so long."""
    times_s = np.arange(0.0, len(loads) * step_s, 5.0)
    held = np.array(loads)[(times_s / step_s).astype(int)]
    rates = simulate(np.array([astuple(response)]), times_s, held, response.rest_bpm)[0]
    return Recording(times_s, held, rates)


@dataclass
class Desk:
    """Members, sessions and hearts over one store."""

    store: Store
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __post_init__(self) -> None:
        self.began = self.now
        clock = Clock(self.now_s, lambda: self.now)
        self.days = LocalDays(ZoneInfo("Europe/Berlin"), clock)
        pseudonym = Pseudonymiser(b"k" * 32)
        known = [KnownDevice(each.id, each.profile, each.address) for each in CONFIG.devices]
        self.registry = DeviceRegistry(
            [*known, KnownDevice("band", "ble-heart-rate", BAND)], profiles=PROFILES
        )
        self.members = Members(store=self.store, pseudonym=pseudonym, clock=clock)
        self.hearts = Hearts(
            store=self.store, devices=self.registry, floor=Floor(CONFIG, PROFILES), days=self.days
        )
        self.sessions = SessionService(
            store=self.store,
            stations=stations_of(CONFIG),
            devices=self.registry,
            members=self.members,
            pseudonym=pseudonym,
            clock=clock,
        )
        self.sessions.add_listener(self.hearts.watch)

    def now_s(self) -> float:
        return 1000.0 + (self.now - self.began).total_seconds()

    @property
    def today(self) -> date:
        return self.days.today()

    def later(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def hear(self, address: str, profile: str, **values: float) -> None:
        """A machine or band speaks."""
        device = self.registry.track(address, PROFILES[profile], self.now_s())
        name = self.registry.resolve(address)
        metrics: dict[Metric, float] = values  # type: ignore[assignment]
        readings = [
            Reading(name, metric, value, UNITS[metric], self.now, self.now)
            for metric, value in metrics.items()
        ]
        self.registry.hear(device, readings, Heard(), self.now_s())
        self.sessions.on_readings(name, readings)

    async def begin(self, station_id: str = "run", *, band: str | None = "band") -> str:
        """Ada checks in; the band has been heard."""
        self.hear(BAND, "ble-heart-rate", heart_rate_bpm=70.0)
        return (await self.sessions.start(CheckIn(station_id, "ada", band))).id

    async def train(self, recording: Recording) -> None:
        """A session whose machine and band say what a recording holds, told every five seconds."""
        session_id = await self.begin()
        for load, bpm in zip(recording.loads.tolist(), recording.rates_bpm.tolist(), strict=True):
            self.hear(BELT, "ble-treadmill", speed_kmh=load, incline_percent=0.0)
            self.hear(BAND, "ble-heart-rate", heart_rate_bpm=bpm)
            self.hearts.watch.sample()
            self.later(seconds=5.0)
        await self.sessions.end(session_id)

    async def learn(self, recording: Recording, unit: str = "km/h") -> Lesson:
        """A session of today, and what it showed."""
        session_id = await self.begin()
        await self.sessions.end(session_id)
        lesson = Lesson(session_id, "ada", unit, self.today, recording)
        self.hearts.learner.take(lesson)
        return lesson

    async def settled(self, number: int) -> None:
        """Wait until so many lessons have been taken, learned or not."""
        learner, deadline_s = self.hearts.learner, time.monotonic() + 10.0
        while learner.learned + learner.failed < number:
            assert time.monotonic() < deadline_s, (learner.learned, learner.failed, number)
            await asyncio.sleep(0.005)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk whose hearts are learned in the background."""
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    desk = Desk(store)
    await desk.members.put("ada", MemberProfile(display_name="Ada", maximum_heart_rate_bpm=186))
    learning = asyncio.create_task(desk.hearts.learner.run())
    yield desk
    learning.cancel()
    await asyncio.gather(learning, return_exceptions=True)
    store.stop()
