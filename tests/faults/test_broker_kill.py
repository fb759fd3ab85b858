"""The broker is killed, frozen, restarted: the box notices, says so once, and heals by itself."""

import logging
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from devices.broker import EmbeddedBroker
from devices.codecs import treadmill
from devices.intake import Intake
from devices.mqtt import connection
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Link, Message, MqttSession
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from devices.topics import SUBSCRIPTIONS
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None, reason="no mosquitto"
    ),
]

MILL = "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd"
QUICK = BackoffSettings(first_s=0.2, cap_s=0.5)


class Box:
    """What a box does with a broker, and a bridge that feeds it."""

    def __init__(self, broker: EmbeddedBroker) -> None:
        profiles = load_profiles()
        known = [KnownDevice("mill", "ble-treadmill", "c0:00:00:00:00:01")]
        self.broker = broker
        self.registry = DeviceRegistry(known, profiles=profiles)
        self.intake = Intake(self.registry, profiles)
        self.links: list[Link] = []
        self.box = self._session("box", SUBSCRIPTIONS, self.links.append)
        self.bridge = self._session("bridge", (), lambda _link: None)

    def _session(
        self, name: str, subscriptions: tuple[str, ...], on_link: Callable[[Link], None]
    ) -> MqttSession:
        command = self.broker.command
        login = BrokerSettings(command.url, command.username, command.password, client_id=name)
        return MqttSession(
            login, subscriptions=subscriptions, on_message=self._take, on_link=on_link, backoff=QUICK
        )

    def _take(self, message: Message) -> None:
        self.intake.handle(
            message.topic,
            message.payload,
            retain=message.retain,
            received_at=message.received_at,
            now_s=message.received_s,
        )

    def connected(self) -> bool:
        return self.box.link.state == self.bridge.link.state == "connected"

    def sees(self, speed_kmh: float) -> bool:
        """Send a speed and look whether it arrived."""
        self.bridge.publish(MILL, treadmill.encode({"speed_kmh": speed_kmh}))
        sleep(0.05)
        return self.registry.value("mill", "speed_kmh", monotonic()) == speed_kmh


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    broker = EmbeddedBroker(tmp_path, program="mosquitto")
    broker.start()
    running = Box(broker)
    running.box.start()
    running.bridge.start()
    wait_until(running.connected)
    yield running
    assert running.box.stop(5.0)
    assert running.bridge.stop(5.0)
    broker.stop()


def program(broker: EmbeddedBroker) -> psutil.Process:
    """The broker itself, below its guard."""
    guard = psutil.Process(broker.pid)
    wait_until(guard.children)
    (process,) = guard.children()
    return process


@pytest.mark.parametrize("whom", ["guard", "mosquitto"])
def test_killed_and_back(box: Box, whom: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="devices.mqtt.session")
    wait_until(lambda: box.sees(8.0))
    victim = box.broker.pid if whom == "guard" else program(box.broker).pid
    assert victim is not None
    os.kill(victim, signal.SIGKILL)
    killed_s = monotonic()
    wait_until(lambda: box.box.link.state != "connected")
    assert monotonic() - killed_s < 5.0
    wait_until(lambda: "refused" in box.box.link.reason)
    sleep(1.5)
    assert box.box.link.attempts > 1
    assert not box.bridge.publish(MILL, b"")
    wait_until(lambda: box.broker.poll() is not None)
    box.broker.start()
    wait_until(box.connected)
    wait_until(lambda: box.sees(9.0))
    assert box.box.counts.connections == 2
    for session in (box.box, box.bridge):
        assert session.counts.handler_failures == 0
    said = [
        r.getMessage()
        for r in caplog.records
        if r.name == "devices.mqtt.session" and r.levelno >= logging.INFO
    ]
    assert sum("no broker" in text for text in said) == 2, said  # one of the box, one of the bridge
    assert sum("is back" in text for text in said) == 2, said


def test_killed_again_and_again(box: Box) -> None:
    for n in range(4):
        assert box.broker.pid is not None
        os.kill(box.broker.pid, signal.SIGKILL)
        wait_until(lambda: box.broker.poll() is not None)
        box.broker.start()
        wait_until(box.connected)
        wait_until(partial(box.sees, 5.0 + n))


def test_frozen_is_noticed_and_thawed_is_back(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "KEEPALIVE_S", 1)
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.6)
    monkeypatch.setattr(connection, "TICK_S", 0.2)
    assert box.broker.pid is not None
    os.kill(box.broker.pid, signal.SIGKILL)  # so that both connect again, with the short keepalive
    wait_until(lambda: box.broker.poll() is not None)
    box.broker.start()
    wait_until(box.connected)
    frozen = program(box.broker)
    frozen.suspend()
    try:
        wait_until(lambda: any("stopped answering" in link.reason for link in box.links))
        wait_until(lambda: "did not answer CONNECT" in box.box.link.reason)
    finally:
        frozen.resume()
    wait_until(box.connected)
    wait_until(lambda: box.sees(7.0))


def test_stop_while_the_broker_is_frozen(box: Box) -> None:
    frozen = program(box.broker)
    frozen.suspend()
    try:
        begun_s = monotonic()
        assert box.box.stop(60.0)
        assert monotonic() - begun_s < 30.0
    finally:
        frozen.resume()
