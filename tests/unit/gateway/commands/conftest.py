"""A treadmill that answers its control point, a band, and the commands of a box, with time moved by hand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from devices.codecs import ranges
from devices.codecs.control_point import Op, decode_request
from devices.codecs.ranges import Range
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from devices.simulate.controls import Controls
from gateway.clock import Clock
from gateway.commands.plans import Plans
from gateway.commands.service import Caller, Commands
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.sessions.active import ActiveSession
from gateway.sessions.progress import Progress
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path

BELT, BAND, PLAIN = "aa:00:00:00:00:01", "aa:00:00:00:00:02", "aa:00:00:00:00:03"
START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SPEED, INCLINE = Range(0.8, 20.0, 0.1), Range(0.0, 15.0, 0.5)
CONFIG = BoxConfig.model_validate(
    {
        "station": [{"id": "run", "treadmill": "belt"}],
        "device": [
            {
                "id": "belt",
                "profile": "ble-treadmill",
                "address": BELT,
                "control": True,
                "limits": {"speed_kmh": 12, "incline_percent": 8, "power_w": 100},
            },
            {"id": "band", "profile": "ble-heart-rate", "address": BAND},
            {"id": "plain", "profile": "ble-treadmill", "address": PLAIN},
        ],
    }
)
KIOSK = Caller("kiosk", "kiosk t1")


class Floor:
    """Everything that commands touch."""

    def __init__(self, folder: Path) -> None:
        self.now_s = 1000.0
        clock = Clock(lambda: self.now_s, lambda: START + timedelta(seconds=self.now_s))
        self.profiles = load_profiles()
        known = [KnownDevice(each.id, each.profile, each.address) for each in CONFIG.devices]
        self.registry = DeviceRegistry(known, profiles=self.profiles)
        self.store = Store(path=store_path(folder), migrations=MIGRATIONS)
        self.events = EventLog(store=self.store, clock=clock)
        self.commands = Commands(
            config=CONFIG, devices=self.registry, publish=self._publish, events=self.events, clock=clock
        )
        self.plans = Plans(commands=self.commands, clock=clock)
        self.controls = Controls({Op.SET_SPEED: SPEED, Op.SET_INCLINE: INCLINE})
        self.online = True
        self.answers = True
        self.published: list[tuple[str, bytes]] = []

    def _publish(self, topic: str, payload: bytes, *, qos: int, expires_after_s: int) -> bool:
        assert (qos, 1 <= expires_after_s <= 10) == (1, True)
        if not self.online:
            return False
        self.published.append((topic, payload))
        if self.answers and topic.endswith("/2ad9/set"):
            self.frame("2ad9", self.controls.write(payload))
        return True

    @property
    def asked(self) -> list[Op]:
        return [decode_request(payload).op for topic, payload in self.published if "2ad9" in topic]

    def frame(self, characteristic: str, octets: bytes, *, device_id: str = "belt") -> None:
        self.commands.hear(device_id, characteristic, octets, self.now_s)

    def says(self, device_id: str, **values: float) -> None:
        metrics: dict[Metric, Any] = values  # type: ignore[assignment]  # the names are metrics
        readings = [Reading(device_id, m, v, UNITS[m], START, START) for m, v in metrics.items()]
        self.commands.on_readings(device_id, readings)

    async def heard(self) -> None:
        """Let what was posted be handled."""
        for _ in range(4):
            await asyncio.sleep(0)

    async def passes(self, seconds: float, **values: float) -> None:
        """Time goes by; the treadmill tells its values twice a second."""
        for _ in range(round(seconds * 2)):
            self.now_s += 0.5
            if values:
                self.says("belt", **values)
            self.commands.tick()
            self.plans.turn()
            await self.heard()

    async def ready(self, *, maximum_bpm: float | None = 200.0) -> ActiveSession:
        """Somebody is checked in, runs at 5 km/h, and has just pressed START."""
        route = self.registry.track(BELT, self.profiles["ble-treadmill"], self.now_s)
        route.bridge, route.bridge_address = "bridge1", "AA-00-00-00-00-01"
        session = ActiveSession(
            id="s1",
            station=Station("run", "Treadmill 1", treadmill="belt"),
            member_id="m1",
            display_name="m1",
            band_id="band",
            exercise=None,
            started_at=START,
            began_s=self.now_s,
            progress=Progress(maximum_bpm=maximum_bpm),
        )
        self.commands.session_started(session)
        self.frame("2ad4", ranges.encode("2ad4", SPEED))
        self.frame("2ad5", ranges.encode("2ad5", INCLINE))
        self.says("belt", speed_kmh=5.0, incline_percent=1.0)
        self.frame("2ada", self.controls.person_starts())
        await self.heard()
        return session

    async def log(self, **wanted: Any) -> list[tuple[str, str, str]]:
        """Actor, command (or kind) and outcome of every event, the oldest first."""
        found = await self.events.read(EventFilter(**wanted), 1000)
        return [(e.actor, e.detail.get("command", e.kind), e.outcome) for e in reversed(found)]


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    floor = Floor(tmp_path)
    floor.store.start()
    yield floor
    floor.store.stop()
