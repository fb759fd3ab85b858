"""From a broker to readings, on a real broker; and what is said when there is none."""

import asyncio
import queue
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from devices import broker as broker_module
from devices.broker import BrokerFailed
from devices.registry import KnownDevice
from gateway import built_in_broker
from gateway import machines as machines_module
from gateway.built_in_broker import BROKER
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.health import Health
from gateway.machines import MQTT, Machines
from gateway.processes.supervisor import Supervisor
from tests.waiting import wait_until

if TYPE_CHECKING:
    from devices.mqtt.session import Link
    from devices.reading import Reading

ADDRESS = "c0:00:00:00:00:02"
TOPIC = f"gymbox/v1/bridge-1/ble/{ADDRESS}/180d/2a37"
HEART_RATE_72 = bytes([0x00, 72])
DEVICES = [{"id": "band-1", "profile": "ble-heart-rate", "address": ADDRESS}]


class Box:
    def __init__(self, data_dir: Path, **mqtt: Any) -> None:
        config = BoxConfig.model_validate({"mqtt": mqtt, "device": DEVICES})
        self.health = Health()
        self.supervisor = Supervisor()
        self.readings: queue.Queue[tuple[str, Sequence[Reading]]] = queue.Queue(1000)
        self.links: list[Link] = []
        self.machines = Machines(
            config=config,
            data_dir=data_dir,
            supervisor=self.supervisor,
            health=self.health,
            on_readings=lambda device, readings: self.readings.put((device, readings)),
            on_link=self.links.append,
        )

    def __enter__(self) -> Self:
        self.supervisor.start()
        self.machines.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.supervisor.stop(5.0)
        self.machines.stop()

    def state(self, part: str) -> tuple[str, str]:
        found = self.health.get(part)
        return ("", "") if found is None else (found.state, found.reason)

    def wait_for(self, part: str, state: str, timeout_s: float = 20.0) -> str:
        wait_until(lambda: self.state(part)[0] == state, within_s=timeout_s)
        return self.state(part)[1]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    with Box(tmp_path) as box:
        yield box


def test_frames_become_readings_of_the_gyms_own_device(box: Box) -> None:
    settings = box.machines.wait_for_settings(20.0)
    assert settings is not None
    assert settings.url.startswith("mqtt://127.0.0.1:")
    assert settings.password
    box.wait_for(MQTT, "ok")
    assert box.state(BROKER) == ("ok", "")
    assert box.machines.link.state == "connected"
    assert box.machines.publish(TOPIC, HEART_RATE_72)
    device, readings = box.readings.get(timeout=5.0)
    assert device == "band-1"
    assert [(each.metric, each.value) for each in readings if each.metric == "heart_rate_bpm"] == [
        ("heart_rate_bpm", 72.0)
    ]
    assert box.machines.registry.link("band-1", time.monotonic()) == "live"
    assert box.machines.counts.accepted == 1
    counts = box.machines.session_counts
    assert counts is not None
    assert counts.connections == 1
    assert [link.state for link in box.links] == ["connecting", "connected"]


@pytest.mark.parametrize("payload", [b"", b"\xff" * 5, b"\x00", b"x" * 60_000])
def test_a_bad_frame_is_counted_and_the_next_one_is_read(box: Box, payload: bytes) -> None:
    box.wait_for(MQTT, "ok")
    assert box.machines.publish(TOPIC, payload)
    assert box.machines.publish(TOPIC, HEART_RATE_72)
    assert box.readings.get(timeout=5.0)[0] == "band-1"
    assert sum(box.machines.counts.rejected.values()) == 1


def test_a_killed_broker_is_told_and_comes_back_with_the_same_login(box: Box) -> None:
    box.wait_for(MQTT, "ok")
    before = box.machines.settings
    box.supervisor.kill(BROKER, "pulled the plug")
    wait_until(lambda: box.machines.link.state != "connected")
    box.wait_for(MQTT, "ok")
    box.wait_for(BROKER, "ok")
    assert box.machines.settings == before
    assert box.supervisor.restarts() == {BROKER: 1}
    assert box.machines.publish(TOPIC, HEART_RATE_72)
    assert box.readings.get(timeout=5.0)[0] == "band-1"


def test_a_device_adopted_while_the_box_runs_is_listened_to_at_once(box: Box) -> None:
    box.wait_for(MQTT, "ok")
    box.machines.registry.adopt(KnownDevice("bike-3", "esphome", "bike-3"))
    box.machines.resubscribe()

    def is_heard() -> bool:
        box.machines.publish("bike-3/sensor/power/state", b"150")
        return not box.readings.empty()

    wait_until(is_heard)
    device, (reading, *_) = box.readings.get(timeout=1.0)
    assert (device, reading.metric, reading.value) == ("bike-3", "power_w", 150.0)


def test_without_a_broker_nobodys_word_of_being_there_holds(box: Box) -> None:
    box.wait_for(MQTT, "ok")
    registry = box.machines.registry
    device = registry.track("c0:00:00:00:00:02", box.machines.profiles["ble-heart-rate"], 0.0)
    registry.set_available(device, available=True, now_s=0.0)
    box.supervisor.kill(BROKER, "pulled the plug")
    wait_until(lambda: device.available is None)


def test_a_broker_that_cannot_be_set_up_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(_directory: Path) -> None:
        raise BrokerFailed("cannot write the broker's files in /data/broker: Read-only file system")

    monkeypatch.setattr(built_in_broker, "prepare", no_room)
    with Box(tmp_path) as box:
        assert "Read-only file system" in box.wait_for(BROKER, "failed")
        assert box.state(MQTT) == ("degraded", "connecting to the broker")
        assert not box.machines.publish(TOPIC, b"")
        assert box.machines.link.state == "stopped"
        monkeypatch.setattr(built_in_broker, "prepare", broker_module.prepare)
        box.wait_for(MQTT, "ok")


def test_no_broker_there_is_told(tmp_path: Path) -> None:
    with Box(tmp_path, url="mqtt://127.0.0.1:1") as box:
        assert box.wait_for(MQTT, "failed") == "no broker: broker 127.0.0.1:1: Connection refused"
        assert box.state(BROKER) == ("", "")
    assert box.links[-1].state == "stopped"


def test_a_password_file_that_appears_later_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machines_module, "_SWEEP_S", 0.05)
    monkeypatch.setattr(machines_module, "_RETRY_S", 0.1)
    secret = tmp_path / "password"
    with Box(tmp_path, url="mqtt://127.0.0.1:1", username="u", password_file=str(secret)) as box:
        assert "cannot be read: No such file or directory" in box.wait_for(MQTT, "failed")
        secret.write_text("MARKER\nsecond line", encoding="utf-8")
        settings = box.machines.wait_for_settings(5.0)
        assert settings is not None
        assert settings.password == "MARKER"  # noqa: S105 - a made-up one
        assert "MARKER" not in repr(settings)


@pytest.mark.parametrize(
    ("returncode", "log", "words"),
    [
        (137, "", "killed by signal 9, SIGKILL"),
        (1, "Error: Address already in use\n", "ended with code 1: Error: Address already in use"),
        (1, None, "ended with code 1"),
        (0, "bye\n", "ended by itself"),
        (-15, "x\n", "killed by signal 15, SIGTERM"),
    ],
)
def test_the_brokers_end_in_words(tmp_path: Path, returncode: int, log: str | None, words: str) -> None:
    box = Box(tmp_path)
    if log is not None:
        (tmp_path / "broker").mkdir()
        (tmp_path / "broker" / broker_module.LOG_NAME).write_text(log, encoding="utf-8")
    assert box.machines.built_in.explain(returncode) == words


@pytest.mark.mosquitto
def test_a_password_that_is_put_right_is_noticed_without_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machines_module, "_RETRY_S", 0.2)
    with broker_module.EmbeddedBroker(tmp_path / "gyms-own") as broker:
        login, secret = broker.command, tmp_path / "password"
        secret.write_text("wrong", encoding="utf-8")
        with Box(tmp_path, url=login.url, username=login.username, password_file=secret) as box:
            assert "refused" in box.wait_for(MQTT, "failed")
            secret.unlink()  # between two versions of the file there may be none
            time.sleep(2.5)
            assert "refused" in box.state(MQTT)[1], "the link's own trouble stays what is told"
            secret.write_text(login.password, encoding="utf-8")
            box.wait_for(MQTT, "ok")


BAND = {"id": "band-1", "profile": "ble-heart-rate", "address": ADDRESS}


async def follow(box: Box, mqtt: dict[str, Any], *devices: dict[str, Any]) -> None:
    new = BoxConfig.model_validate({"mqtt": mqtt, "device": list(devices)})
    await box.machines.reconfigure(new, between(box.machines._config, new))


async def test_other_devices_are_known_and_what_was_heard_stays(box: Box) -> None:
    box.machines.registry.adopt(KnownDevice("mine", "ble-heart-rate", "c0:00:00:00:00:03"))
    await follow(box, {}, {**BAND, "id": "band-2"}, {**BAND, "id": "two", "address": "c0:00:00:00:00:03"})
    assert {each.id: each.address for each in box.machines.registry.known} == {
        "band-2": ADDRESS,
        "two": "c0:00:00:00:00:03",
    }
    assert "broker" in box.health.snapshot(), "the broker goes on"


async def test_another_broker_takes_the_place_of_the_built_in_one_and_gives_it_back(box: Box) -> None:
    await asyncio.to_thread(box.wait_for, "mqtt", "ok")
    assert box.machines.connections == 1
    await follow(box, {"url": "mqtt://127.0.0.1:9"}, BAND)
    await asyncio.to_thread(box.wait_for, "mqtt", "failed")
    assert box.health.get("broker") is None
    await follow(box, {}, BAND)
    await asyncio.to_thread(box.wait_for, "mqtt", "ok")
    assert box.machines.connections == 2, "whoever announces something does it anew"
