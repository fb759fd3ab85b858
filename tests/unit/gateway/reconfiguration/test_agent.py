"""A desired configuration with a cloud in memory: proven or taken back, told, taken up again after a kill."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import Clock
from gateway.config.change import Change
from gateway.config.layered import LayeredConfig
from gateway.config.model import BoxConfig
from gateway.reconfiguration.agent import DESIRED, ConfigAgent, TrialSettings
from gateway.reconfiguration.configuration import Used
from gateway.reconfiguration.files import CLOUD
from gateway.reconfiguration.ledger import Ledger
from gateway.twin.link import CloudLink, LinkSettings
from tests.unit.gateway.reconfiguration.conftest import GYM, Room
from tests.unit.gateway.twin.cloud_in_memory import CloudInMemory


class Broker:
    """A part that is not well under some addresses."""

    def __init__(self, room: Room, cloud: CloudInMemory) -> None:
        self._room = room
        self._cloud = cloud

    async def reconfigure(self, config: BoxConfig, _change: Change) -> None:
        bad = "dead" in config.mqtt.url
        self._room.health.set("mqtt", "failed" if bad else "ok", "no broker" if bad else "")
        self._cloud.away = config.cloud.url == "https://nowhere"


class Desk:
    """A box's agent, and the operator who desires."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.cloud = CloudInMemory()
        self.faster = 20.0
        room.configuration.follow(Broker(room, self.cloud))
        self.start(Ledger())

    def start(self, ledger: Ledger) -> None:
        self.link = CloudLink(self.cloud, settings=lambda: LinkSettings(poll_s=0.02))
        self.agent = ConfigAgent(
            configuration=self.room.configuration,
            ledger=ledger,
            link=self.link,
            health=self.room.health,
            events=self.room.events,
            settings=TrialSettings(settle_s=1.0, tick_s=0.01),
            clock=Clock(now_s=lambda: self.faster * time.monotonic()),
        )
        self.running = [asyncio.create_task(each.run()) for each in (self.link, self.agent)]

    async def stop(self) -> None:
        for each in self.running:
            each.cancel()
        await asyncio.gather(*self.running, return_exceptions=True)

    def desire(self, name: str = "gym", version: str = "1", **values: Any) -> None:
        bundle = {"version": version, "values": [values], "mode": "active", "rollout": "r"}
        self.cloud.desire("config", **{name: bundle})

    @staticmethod
    async def until(reached: Callable[[], object]) -> None:
        async with asyncio.timeout(10):
            while not reached():  # noqa: ASYNC110 - what is waited for has no event
                await asyncio.sleep(0.005)

    async def told(self, state: str, name: str = "gym", version: str = "1") -> dict[str, Any]:
        """Wait until the cloud has heard so."""
        async with asyncio.timeout(10):
            while True:
                said: Any = self.cloud.said("config").get(name) or {}
                if (said.get("state"), said.get("version")) == (state, version):
                    return dict(said)
                await asyncio.sleep(0.005)


@pytest.fixture
async def desk(room: Room, tmp_path: Path) -> AsyncIterator[Desk]:
    config = BoxConfig.model_validate({**GYM, "cloud": {"url": "https://here", "confirm_s": 5}})
    room.configuration.layers = LayeredConfig.of(config, data_dir=tmp_path)
    room.configuration.config = config
    desk = Desk(room)
    yield desk
    await desk.stop()


async def test_what_proves_itself_stays(desk: Desk) -> None:
    desk.desire(box={"language": "de"})
    said = await desk.told("active")
    assert said == {"version": "1", "mode": "active", "rollout": "r", "state": "active"}
    assert desk.room.configuration.config.box.language == "de"
    assert desk.room.configuration.layers.origins["box", "language"] == "cloud"
    reports: list[Any] = [each["gym"] for name, each in desk.cloud.reports if name == "config"]
    assert [each["state"] for each in reports] == ["installing", "active"]
    assert await desk.room.outcomes() == ["installing", "active"]
    assert desk.room.health.get(DESIRED) is None


async def test_what_makes_a_part_worse_goes_back(desk: Desk) -> None:
    desk.desire(box={"language": "de"})
    await desk.told("active")
    desk.desire(version="2", mqtt={"url": "mqtt://dead"}, box={"language": "fr"})
    said = await desk.told("rolled_back", version="2")
    assert "mqtt: no broker" in said["reason"]
    config = desk.room.configuration.config
    assert (config.mqtt.url, config.box.language) == ("mqtt://broker", "de")
    part = desk.room.health.get(DESIRED)
    assert part is not None
    assert (part.state, "no broker" in part.reason) == ("degraded", True)
    desk.desire(version="3", box={"language": "fr"})
    await desk.told("active", version="3")
    assert desk.room.health.get(DESIRED) is None


async def test_what_was_bad_before_needs_not_be_better(desk: Desk) -> None:
    desk.room.health.set("mqtt", "failed", "no broker")
    desk.desire(mqtt={"url": "mqtt://dead-too"})
    await desk.told("active")


async def test_what_cuts_the_box_off_goes_back(desk: Desk) -> None:
    desk.desire(cloud={"url": "https://nowhere"})
    said = await desk.told("rolled_back")
    assert "the cloud was not reached: the cable was cut" in said["reason"]
    assert desk.room.configuration.config.cloud.url == "https://here"


async def test_a_cloud_that_does_not_desire_it_is_not_moved_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.desire(box={"language": "de"})
    shadows = desk.cloud.shadows

    async def elsewhere(config: BoxConfig, _change: Change) -> None:
        desk.cloud.shadows = {} if config.box.language == "de" else shadows

    monkeypatch.setattr(desk.room.part, "reconfigure", elsewhere)
    said = await desk.told("rolled_back")
    assert "not by the cloud that it leads to" in said["reason"]


async def test_what_is_invalid_changes_nothing(desk: Desk) -> None:
    desk.desire(vision={"pose": "x"})
    said = await desk.told("failed")
    assert "vision.pose: must be one of" in said["reason"]
    assert desk.room.part.told == []
    desk.cloud.desire("config", gym={"values": 7, "rollout": "r2", "version": "2"})
    said = await desk.told("failed", version="2")
    assert ("no bundle of settings" in said["reason"], said["rollout"]) == (True, "r2")
    desk.cloud.desire("config", gym=None)
    await desk.until(lambda: not desk.cloud.said("config"))


async def test_who_trains_is_waited_for(desk: Desk) -> None:
    desk.room.used = Used(stations={"mat"})
    desk.desire(station={"mat": None})
    said = await desk.told("waiting")
    assert "somebody trains" in said["reason"]
    desk.room.used = Used()
    await desk.told("active")
    assert desk.room.configuration.config.station("mat") is None


async def test_bundles_come_one_after_the_other_and_go(desk: Desk) -> None:
    desk.desire("a", gym={"plans_hour": 1})
    desk.desire("box", gym={"plans_hour": 2})
    desk.desire("b", gym={"plans_hour": 4}, box={"language": "de"})
    for name in ("a", "b", "box"):
        await desk.told("active", name)
    config = desk.room.configuration.config
    assert (config.gym.plans_hour, config.box.language) == (2, "de")
    desk.cloud.desire("config", box=None, b={"version": "original", "values": None})
    await desk.told("active", "b", version="original")
    await desk.until(lambda: desk.room.configuration.config.gym.plans_hour == 1)
    await desk.until(lambda: "box" not in desk.cloud.said("config"))
    assert desk.room.configuration.config.box.language == "en"


async def test_a_kill_in_mid_trial_tries_once_more_and_then_goes_back(desk: Desk) -> None:
    desk.faster = 0.0
    desk.desire(mqtt={"url": "mqtt://dead"})
    await desk.told("installing")
    await desk.stop()
    desk.faster = 20.0
    kept = Ledger.model_validate(desk.room.configuration.files.read(CLOUD))
    assert kept.trial is not None
    again = kept.started()
    assert again.trial is not None
    started_with = desk.room.configuration.layers.with_cloud(again.layer)
    await desk.room.configuration.take(started_with)
    desk.start(again)
    await desk.told("rolled_back")
    assert desk.room.configuration.config.mqtt.url == "mqtt://broker"
    assert desk.room.configuration.layers.cloud == {}


async def test_a_disk_that_is_full_holds_everything_up_and_nothing_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.room.configuration.files), "write", full)
        desk.desire(box={"language": "de"})
        await desk.until(lambda: desk.agent.failed)
        assert desk.room.configuration.config.box.language == "en"
    await desk.told("active")
