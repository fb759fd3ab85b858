"""The simulated gym, published by its own process over a real broker, read as the box reads it."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from devices.broker import EmbeddedBroker
from devices.intake import Intake
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from devices.session import BrokerSettings, Message, MqttSession
from devices.simulate import simulated_devices
from devices.topics import SUBSCRIPTIONS

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None, reason="no mosquitto"
    ),
]


def eventually(condition: Callable[[], object], within_s: float = 15.0) -> None:
    deadline_s = monotonic() + within_s
    while not condition():
        assert monotonic() < deadline_s, "did not come true in time"
        sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "broker", program="mosquitto") as running:
        yield running


@pytest.fixture
def command(broker: EmbeddedBroker, tmp_path: Path) -> list[str]:
    secret = tmp_path / "password"
    secret.write_text(broker.command.password + "\n")
    login = ["--username", broker.command.username, "--password-file", str(secret)]
    return [sys.executable, "-m", "devices.simulate", "--url", broker.command.url, *login]


def test_every_device_comes_alive_and_every_frame_is_good(broker: EmbeddedBroker, command: list[str]) -> None:
    profiles = load_profiles()
    known = [KnownDevice(device.id, device.profile, device.address) for device in simulated_devices()]
    registry = DeviceRegistry(known, profiles=profiles)
    intake = Intake(registry, profiles)

    def take(message: Message) -> None:
        intake.handle(
            message.topic,
            message.payload,
            retain=message.retain,
            received_at=message.received_at,
            now_s=message.received_s,
        )

    login = BrokerSettings(broker.command.url, broker.command.username, broker.command.password)
    session = MqttSession(login, subscriptions=SUBSCRIPTIONS, on_message=take)
    session.start()
    simulator = subprocess.Popen(command)
    try:
        eventually(lambda: all(registry.link(device.id, monotonic()) == "live" for device in known))
        eventually(lambda: (registry.value("treadmill-1", "speed_kmh", monotonic()) or 0) > 1.0)
        assert 45 < (registry.value("band-1", "heart_rate_bpm", monotonic()) or 0) < 120
        simulator.send_signal(signal.SIGTERM)
        assert simulator.wait(5) == 0
        eventually(lambda: registry.value("treadmill-1", "speed_kmh", monotonic()) is None)
    finally:
        simulator.kill()
        simulator.wait(5)
        assert session.stop(5.0)
    assert intake.counts.rejected == {}
    assert session.counts.handler_failures == 0
    assert len(registry.all(monotonic())) == len(known)
