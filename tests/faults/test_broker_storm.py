"""Whatever arrives on the wire, the session lives and good frames still become readings."""

import random
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from devices import guard
from devices.codecs import treadmill
from devices.intake import Intake
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Message, MqttSession
from devices.profile import load_profiles
from devices.registry import DeviceRegistry
from devices.rejection import FrameRejected
from devices.topics import SUBSCRIPTIONS
from tests.waiting import wait_until

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")

pytestmark = [pytest.mark.mosquitto, pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")]

HALL = "gymbox/v1/hall/ble"
MILL = f"{HALL}/c0:00:00:00:00:01/1826/2acd"
QUICK = BackoffSettings(first_s=0.1, cap_s=0.3, refused_s=0.3)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    """Port of a broker that limits nothing, as a gym may run one."""
    port, config = free_port(), tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    process = subprocess.Popen(guard.command([str(MOSQUITTO), "-c", str(config)], log=tmp_path / "log"))

    def answers() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return False
        return True

    wait_until(answers)
    yield port
    process.terminate()
    process.wait(5)


class Box:
    """A session with an intake behind it that turns refusals into counts, as the box does."""

    def __init__(self, port: int) -> None:
        profiles = load_profiles()
        self.registry = DeviceRegistry(profiles=profiles)
        self.intake = Intake(self.registry, profiles)
        self.session = MqttSession(
            BrokerSettings(f"mqtt://127.0.0.1:{port}", client_id="box"),
            subscriptions=SUBSCRIPTIONS,
            on_message=self._take,
            backoff=QUICK,
        )

    def _take(self, message: Message) -> None:
        try:
            self.intake.handle(
                message.topic,
                message.payload,
                retain=message.retain,
                received_at=message.received_at,
                now_s=message.received_s,
            )
        except FrameRejected:
            return  # counted by the intake


@pytest.fixture
def sessions(broker: int) -> Iterator[tuple[Box, MqttSession]]:
    box = Box(broker)
    bridge = MqttSession(
        BrokerSettings(f"mqtt://127.0.0.1:{broker}", client_id="bridge"), subscriptions=(), on_message=print
    )
    box.session.start()
    bridge.start()
    wait_until(lambda: box.session.link.state == bridge.link.state == "connected")
    yield box, bridge
    assert box.session.stop(5.0)
    assert bridge.stop(5.0)


def storm(bridge: MqttSession) -> int:
    """Send what a hostile or broken bridge might; returns how many messages."""
    chance = random.Random(4)  # noqa: S311 - repeatable chance, not a secret
    messages = [
        (MILL, bytes(1_000_000)),
        (f"{MILL}/json", b"[" * 1_000_000),
        (f"{MILL}/json", b"[" * 4000),
        (f"{MILL}/json", b"\xff\xfe\xfd"),
        (f"{MILL}/json", b'{"hex": "zz"}'),
        (f"{HALL}/x/ffff/ffff", b""),
        (f"{HALL}/{'y' * 300}/1826/2acd", b"\0\0\0\0"),
        (f"{HALL}/ö/1826/2acd", b"\0\0\0\0"),
    ]
    messages += [
        (
            f"{HALL}/mill-{n % 40}/1826/2acd{chance.choice(['', '/json'])}",
            b"\0\xff" + chance.randbytes(chance.randrange(60)),
        )
        for n in range(600)
    ]
    for topic, payload in messages:
        while not bridge.publish(topic, payload, qos=1):
            sleep(0.01)
    return len(messages)


def test_a_storm_of_bad_payloads(sessions: tuple[Box, MqttSession]) -> None:
    box, bridge = sessions
    sent = storm(bridge)
    wait_until(lambda: box.session.counts.received == sent, within_s=60)
    bridge.publish(MILL, treadmill.encode({"speed_kmh": 11.0}), qos=1)
    wait_until(lambda: box.registry.value("c0:00:00:00:00:01", "speed_kmh", monotonic()) == 11.0)
    counts = box.intake.counts
    assert counts.accepted == 1
    assert sum(counts.rejected.values()) == sent
    assert counts.rejected["too_large"] == 2
    assert box.session.counts.connections == 1
    assert box.session.counts.handler_failures == 0
