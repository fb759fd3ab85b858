"""The simulated gym, published by its own process over a real broker, read as the box reads it."""

import contextlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from devices.broker import EmbeddedBroker
from devices.intake import Intake
from devices.mqtt.session import BrokerSettings, Message, MqttSession
from devices.profile import load_profiles
from devices.reading import Metric
from devices.registry import DeviceRegistry, KnownDevice
from devices.rejection import FrameRejected
from devices.simulate import simulated_devices
from devices.topics import SUBSCRIPTIONS, control_topic
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None, reason="no mosquitto"
    ),
]


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


class Box:
    """A session and an intake behind it, as the box has them, for the devices of a simulated gym."""

    def __init__(self, broker: EmbeddedBroker, **numbers: int) -> None:
        profiles = load_profiles()
        self.devices = [
            KnownDevice(device.id, device.profile, device.address) for device in simulated_devices(**numbers)
        ]
        self.registry = DeviceRegistry(self.devices, profiles=profiles)
        self.intake = Intake(self.registry, profiles)
        login = BrokerSettings(broker.command.url, broker.command.username, broker.command.password)
        self.session = MqttSession(login, subscriptions=SUBSCRIPTIONS, on_message=self._take)

    def _take(self, message: Message) -> None:
        with contextlib.suppress(FrameRejected):  # counted
            self.intake.handle(
                message.topic,
                message.payload,
                retain=message.retain,
                received_at=message.received_at,
                now_s=message.received_s,
            )

    def value(self, device: str, metric: Metric) -> float | None:
        return self.registry.value(device, metric, monotonic())

    def all_live(self) -> bool:
        return all(self.registry.link(device.id, monotonic()) == "live" for device in self.devices)


@contextlib.contextmanager
def running(box: Box, command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """The simulator, and a box that listens to it."""
    box.session.start()
    simulator = subprocess.Popen(command)
    try:
        yield simulator
    finally:
        simulator.kill()
        simulator.wait(5)
        assert box.session.stop(5.0)


def test_every_device_comes_alive_and_every_frame_is_good(broker: EmbeddedBroker, command: list[str]) -> None:
    box = Box(broker, bikes=1, rowers=1)
    with running(box, [*command, "--bikes", "1", "--rowers", "1", "--open-for-s", "60"]) as simulator:
        wait_until(box.all_live)
        assert (box.value("treadmill-1", "speed_kmh") or 0) > 1.0
        assert (box.value("bike-1", "power_w") or 0) > 20
        assert (box.value("rower-1", "stroke_rate_spm") or 0) > 10
        assert 45 < (box.value("band-1", "heart_rate_bpm") or 0) < 120
        simulator.send_signal(signal.SIGTERM)
        assert simulator.wait(5) == 0
        wait_until(lambda: box.value("treadmill-1", "speed_kmh") is None)
    assert box.intake.counts.rejected == {}
    assert box.session.counts.handler_failures == 0
    assert len(box.registry.all(monotonic())) == len(box.devices)


def test_however_it_misbehaves_good_frames_come_through(broker: EmbeddedBroker, command: list[str]) -> None:
    box = Box(broker, treadmills=6, bands=6)
    misbehaving = ["--treadmills", "6", "--bands", "6", "--misbehave", "0.5"]
    with running(box, [*command, *misbehaving]):
        wait_until(lambda: len(box.intake.counts.rejected) >= 3)
        wait_until(lambda: box.intake.counts.accepted > 50)
        assert box.session.link.state == "connected"
    assert box.session.counts.connections == 1
    assert box.session.counts.handler_failures == 0


def test_the_command_of_the_box_plays_the_same_gym(broker: EmbeddedBroker, command: list[str]) -> None:
    gymbox = [sys.executable, "-c", "from gateway.cli import main; main()", "devices", "simulate"]
    box = Box(broker, treadmills=0, bands=0, rowers=2)
    with running(
        box, [*gymbox, *command[3:], "--treadmills", "0", "--bands", "0", "--rowers", "2"]
    ) as played:
        wait_until(box.all_live)
        control = control_topic("simulated", box.devices[0].address)
        answers: list[bytes] = []
        asking = MqttSession(
            BrokerSettings(
                broker.command.url, broker.command.username, broker.command.password, client_id="asking"
            ),
            subscriptions=(control.removesuffix("/set"),),
            on_message=lambda message: answers.append(message.payload),
        )
        asking.start()
        wait_until(lambda: asking.link.state == "connected")
        asking.publish(control, b"\x00", qos=1)
        wait_until(lambda: answers == [bytes.fromhex("800001")])
        assert asking.stop(5.0)
        played.send_signal(signal.SIGTERM)
        assert played.wait(5) == 0
