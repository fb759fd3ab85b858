"""What Home Assistant is told, over links that come and go."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from devices.dialects.heard import Heard
from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.clock import Clock
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.health import Health
from gateway.homeassistant import HomeAssistant
from gateway.live.board import LiveBoard
from gateway.stations import stations_of
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path

from .conftest import BELT, START

CONFIG = BoxConfig.model_validate(
    {
        "box": {"id": "box1"},
        "station": [{"id": "run", "name": "Treadmill 1", "treadmill": "belt"}],
        "device": [{"id": "belt", "profile": "ble-treadmill", "address": BELT}],
        "homeassistant": {"enabled": True, "prefix": "ha"},
    }
)
BELT_CONFIG = "ha/device/gymbox_box1_device_belt/config"
STATION_CONFIG = "ha/device/gymbox_box1_station_run/config"
STATE = "gymbox/v1/box1/homeassistant/gymbox_box1_device_belt/state"
AVAILABLE = "gymbox/v1/box1/homeassistant/gymbox_box1_device_belt/availability"


class Dashboard:
    """A broker that keeps what is retained, and the box in front of it."""

    def __init__(self, store: Store, config: BoxConfig = CONFIG) -> None:
        self.now_s = 100.0
        self.links = 1
        self.online = True
        self.retained: dict[str, bytes] = {}
        self.said: list[tuple[str, bytes]] = []
        self.profiles = load_profiles()
        known = [KnownDevice(each.id, each.profile, each.address) for each in config.devices]
        self.registry = DeviceRegistry(known, profiles=self.profiles)
        stations = stations_of(config)
        clock = Clock(lambda: self.now_s)
        board = LiveBoard(
            stations=stations, devices=self.registry, health=Health(), started_at=START, clock=clock
        )
        self.box = HomeAssistant(
            config=config,
            stations=stations,
            devices=self.registry,
            board=board,
            store=store,
            publish=self._publish,
            connections=lambda: self.links,
            clock=clock,
        )

    def _publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> bool:
        if not self.online:
            return False
        assert qos == (1 if retain else 0)
        self.said.append((topic, payload))
        if retain and payload:
            self.retained[topic] = payload
        elif retain:
            self.retained.pop(topic, None)
        return True

    def frame(self, **values: float) -> None:
        metrics: dict[Metric, float] = values  # type: ignore[assignment]  # the names are metrics
        readings = [Reading("belt", m, v, UNITS[m], START, START) for m, v in metrics.items()]
        belt = self.registry.track(BELT, self.profiles["ble-treadmill"], self.now_s)
        self.registry.hear(belt, readings, Heard(), self.now_s)

    async def turn(self) -> list[str]:
        """Topics of what one turn says."""
        self.said.clear()
        await self.box.turn()
        return [topic for topic, _ in self.said]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


async def test_devices_and_stations_are_announced_once_and_then_only_what_changes(store: Store) -> None:
    dashboard = Dashboard(store)
    dashboard.frame(speed_kmh=6.0)
    assert set(await dashboard.turn()) >= {BELT_CONFIG, STATION_CONFIG, STATE, AVAILABLE}
    assert json.loads(dict(dashboard.said)[STATE])["speed_kmh"] == 6.0
    assert dashboard.retained[AVAILABLE] == b"online"
    assert await dashboard.turn() == []
    dashboard.frame(speed_kmh=7.0)
    assert await dashboard.turn() == [STATE]


async def test_a_silent_device_is_not_available_and_its_values_are_unknown(store: Store) -> None:
    dashboard = Dashboard(store)
    dashboard.frame(speed_kmh=6.0)
    await dashboard.turn()
    dashboard.now_s += 20.0
    await dashboard.turn()
    assert dashboard.retained[AVAILABLE] == b"offline"
    assert json.loads(dict(dashboard.said)[STATE])["speed_kmh"] is None


async def test_states_are_said_again_now_and_then(store: Store) -> None:
    dashboard = Dashboard(store)
    await dashboard.turn()
    dashboard.now_s += 30.0
    assert STATE in await dashboard.turn()


async def test_after_a_new_link_everything_is_said_again(store: Store) -> None:
    dashboard = Dashboard(store)
    first = await dashboard.turn()
    dashboard.links += 1
    assert await dashboard.turn() == first


async def test_without_a_broker_nothing_is_said_and_nothing_is_taken_for_said(store: Store) -> None:
    dashboard = Dashboard(store)
    dashboard.links = 0
    assert await dashboard.turn() == []
    dashboard.links, dashboard.online = 1, False
    assert await dashboard.turn() == []
    dashboard.online = True
    assert BELT_CONFIG in await dashboard.turn()


async def test_a_device_that_is_gone_is_removed_even_after_a_restart(store: Store) -> None:
    before = Dashboard(store)
    await before.turn()
    without = CONFIG.model_copy(update={"devices": (), "stations": ()})
    after = Dashboard(store, without)
    after.retained = before.retained
    after.online = False
    await after.turn()
    assert BELT_CONFIG in after.retained, "what could not be said is tried again"
    after.online = True
    await after.turn()
    assert after.retained == {}
    assert await after.turn() == []


async def test_turned_off_it_takes_back_what_it_said_and_says_nothing_else(store: Store) -> None:
    before = Dashboard(store)
    await before.turn()
    settings = CONFIG.homeassistant.model_copy(update={"enabled": False})
    after = Dashboard(store, CONFIG.model_copy(update={"homeassistant": settings}))
    after.retained = before.retained
    await after.turn()
    assert after.retained == {}
    assert BoxConfig().homeassistant.enabled is False


async def test_a_fault_in_one_turn_does_not_end_the_turns(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    dashboard = Dashboard(store)
    monkeypatch.setattr(dashboard.registry, "all", lambda _now_s: 1 / 0)
    task = asyncio.create_task(dashboard.box.run())
    while not dashboard.box.failed_turns:  # noqa: ASYNC110 - the store's thread sets no event of this loop
        await asyncio.sleep(0.001)
    assert not task.done()
    task.cancel()


async def test_under_another_name_of_the_box_the_old_one_is_taken_back(store: Store) -> None:
    dashboard = Dashboard(store)
    await dashboard.turn()
    tree = CONFIG.model_dump(by_alias=True, exclude_unset=True)
    new = BoxConfig.model_validate({**tree, "box": {**tree["box"], "id": "box2"}})
    await dashboard.box.reconfigure(new, between(CONFIG, new))
    assert dashboard.retained == {}
    await dashboard.turn()
    assert "ha/device/gymbox_box2_station_run/config" in dashboard.retained
    named = new.model_dump(by_alias=True, exclude_unset=True)
    off = BoxConfig.model_validate({**named, "homeassistant": {"enabled": False, "prefix": "ha"}})
    await dashboard.box.reconfigure(off, between(new, off))
    await dashboard.turn()
    assert dashboard.retained == {}
