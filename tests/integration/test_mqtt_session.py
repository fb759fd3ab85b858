"""The session on a real mosquitto."""

import json
import logging
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

import pytest

from devices.broker import EmbeddedBroker
from devices.codecs import treadmill
from devices.intake import Intake
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Link, Message, MqttSession
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from devices.rejection import FrameRejected
from devices.topics import SUBSCRIPTIONS, status_topic
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin") is None, reason="no mosquitto"
    ),
]

MILL = "gymbox/v1/hall/ble/c0:00:00:00:00:01/1826/2acd"
QUICK = BackoffSettings(first_s=0.1, cap_s=0.3, refused_s=0.5)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path_factory.mktemp("broker"), program="mosquitto") as running:
        yield running


class Peer:
    """A session that keeps what it hears."""

    def __init__(
        self,
        broker: EmbeddedBroker,
        client_id: str,
        subscriptions: tuple[str, ...] = (),
        password: str | None = None,
    ) -> None:
        command = broker.command
        self.heard: list[Message] = []
        self.links: list[Link] = []
        self.session = MqttSession(
            BrokerSettings(command.url, command.username, password or command.password, client_id=client_id),
            subscriptions=subscriptions,
            on_message=self.hear,
            on_link=self.links.append,
            backoff=QUICK,
        )

    def hear(self, message: Message) -> None:
        self.heard.append(message)

    @contextmanager
    def connected(self) -> Iterator["Peer"]:
        self.session.start()
        try:
            wait_until(lambda: self.session.link.state == "connected")
            yield self
        finally:
            assert self.session.stop(5.0)


def test_frames_become_readings(broker: EmbeddedBroker) -> None:
    profiles = load_profiles()
    registry = DeviceRegistry([KnownDevice("mill", "ble-treadmill", "c0:00:00:00:00:01")], profiles=profiles)
    intake = Intake(registry, profiles)
    box = Peer(broker, "box", SUBSCRIPTIONS)
    with box.connected(), Peer(broker, "bridge").connected() as bridge:
        frame = treadmill.encode({"speed_kmh": 9.5, "distance_m": 120})
        bridge.session.publish(MILL, frame)
        wait_until(lambda: len(box.heard) == 1)
        stamp_ms = int(datetime.now(UTC).timestamp() * 1000)
        wrapped = {
            "ts_ms": stamp_ms,
            "seq": 2,
            "hex": treadmill.encode({"speed_kmh": 9.7}).hex(),
            "rssi": -60,
        }
        bridge.session.publish(f"{MILL}/json", json.dumps(wrapped).encode(), qos=1)
        wait_until(lambda: len(box.heard) == 2)
    for message in box.heard:
        intake.handle(
            message.topic,
            message.payload,
            retain=message.retain,
            received_at=message.received_at,
            now_s=message.received_s,
        )
    now_s = monotonic()
    assert registry.value("mill", "speed_kmh", now_s) == 9.7
    assert registry.value("mill", "distance_m", now_s) == 120
    view = registry.get("mill", now_s)
    assert view is not None
    assert view.rssi_dbm == -60
    assert abs(view.readings["speed_kmh"].measured_at.timestamp() * 1000 - stamp_ms) < 1


def test_birth_and_farewell_are_retained(broker: EmbeddedBroker) -> None:
    with Peer(broker, "watcher", (status_topic("comes-and-goes"),)).connected() as watcher:
        with Peer(broker, "comes-and-goes").connected():
            wait_until(lambda: [m.payload for m in watcher.heard] == [b"online"])
        wait_until(lambda: [m.payload for m in watcher.heard] == [b"online", b"offline"])
    with Peer(broker, "latecomer", (status_topic("comes-and-goes"),)).connected() as latecomer:
        wait_until(lambda: latecomer.heard)
        assert (latecomer.heard[0].payload, latecomer.heard[0].retain) == (b"offline", True)


def test_the_broker_speaks_for_a_process_that_was_killed(broker: EmbeddedBroker, tmp_path: Path) -> None:
    command = broker.command
    secret = tmp_path / "password"
    secret.write_text(command.password)
    with Peer(broker, "watcher", ("gymbox/v1/+/status",)).connected() as watcher:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "devices.simulate", "--url", command.url,
                "--username", command.username, "--password-file", str(secret),
            ]
        )  # fmt: skip
        topic = status_topic(f"simulator-{process.pid}")
        wait_until(lambda: (topic, b"online") in [(m.topic, m.payload) for m in watcher.heard])
        process.kill()
        process.wait(5)
        wait_until(lambda: (topic, b"offline") in [(m.topic, m.payload) for m in watcher.heard])


def test_a_wrong_password_waits_and_says_why(
    broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    peer = Peer(broker, "stranger", password="guessed")  # noqa: S106 - wrong on purpose
    peer.session.start()
    wait_until(lambda: peer.session.link.attempts >= 2)
    assert peer.session.link.reason.endswith("refused the login: not authorized")
    assert all(link.state in {"connecting", "waiting"} for link in peer.links)
    assert peer.session.stop(5.0)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "guessed" not in caplog.text


def test_a_handler_that_raises_ends_nothing(broker: EmbeddedBroker, caplog: pytest.LogCaptureFixture) -> None:
    class Clumsy(Peer):
        def hear(self, message: Message) -> None:
            super().hear(message)
            raise ZeroDivisionError

    with Clumsy(broker, "clumsy", ("ball/#",)).connected() as clumsy:
        for n in range(20):
            clumsy.session.publish(f"ball/{n}", b"", qos=1)
        wait_until(lambda: len(clumsy.heard) == 20)
        assert clumsy.session.counts.handler_failures == 20
        assert clumsy.session.link.state == "connected"
    assert caplog.text.count("message handler failed") == 1


def test_what_was_accepted_arrives_and_what_was_not_is_counted(broker: EmbeddedBroker) -> None:
    with Peer(broker, "flood", ("flood/#",)).connected() as flood:
        accepted = sum(flood.session.publish("flood/x", b"%d" % n, qos=1) for n in range(4000))
        wait_until(lambda: len(flood.heard) == accepted)
        sleep(0.2)
        counts = flood.session.counts
        assert len(flood.heard) == accepted == counts.received
        assert counts.drops.full == 4000 - accepted
        assert counts.drops.cut_off == 0


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_quality_of_service(broker: EmbeddedBroker, qos: int) -> None:
    with Peer(broker, "self", ("qos/#",)).connected() as peer:
        for n in range(60):  # more than may be in flight at once
            peer.session.publish("qos/x", b"%d" % n, qos=qos)
        wait_until(lambda: len(peer.heard) == 60)
        assert [int(m.payload) for m in peer.heard] == list(range(60))


def test_publishing_out_of_a_handler_and_from_many_threads(broker: EmbeddedBroker) -> None:
    class Echo(Peer):
        def hear(self, message: Message) -> None:
            super().hear(message)
            if message.topic == "echo/ask":
                self.session.publish("echo/answer", message.payload, qos=1)

    with Echo(broker, "echo", ("echo/#",)).connected() as echo:
        threads = [
            threading.Thread(
                target=lambda: [echo.session.publish("echo/ask", b"?", qos=1) for _ in range(40)]
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
        wait_until(lambda: sum(m.topic == "echo/answer" for m in echo.heard) == 160)


def test_what_is_wanted_later_is_heard_and_what_no_longer_is_not(broker: EmbeddedBroker) -> None:
    with Peer(broker, "choosy", ("choice/a",)).connected() as choosy:

        def told(*topics: str) -> None:
            for topic in topics:
                choosy.session.publish(topic, b"", qos=1)

        choosy.session.subscribe(("choice/b/+", "choice/end"))
        told("choice/a", "choice/b/1", "choice/end")
        wait_until(lambda: "choice/end" in [m.topic for m in choosy.heard])
        heard = [m.topic for m in choosy.heard]
        assert "choice/b/1" in heard
        assert choosy.session.counts.connections == 1
        choosy.heard.clear()
        told("choice/a", "choice/end")
        wait_until(lambda: "choice/end" in [m.topic for m in choosy.heard])
        assert [m.topic for m in choosy.heard] == ["choice/end"]
        with pytest.raises(ValueError, match="no topic filter"):
            choosy.session.subscribe(("choice/a#",))


def test_a_message_that_expired_is_not_delivered(broker: EmbeddedBroker) -> None:
    """The broker keeps it for a reader that is away, but no longer than it may live."""
    topic = "expiry/retained"
    with Peer(broker, "sender").connected() as sender:
        sender.session.publish(topic, b"late", qos=1, retain=True, expires_after_s=1)
        with Peer(broker, "prompt", (topic,)).connected() as prompt:
            wait_until(lambda: [m.payload for m in prompt.heard] == [b"late"])
        sleep(2.1)
        with Peer(broker, "tardy", (topic, "expiry/other")).connected() as tardy:
            tardy.session.publish("expiry/other", b"", qos=1)
            wait_until(lambda: tardy.heard)
            assert [m.topic for m in tardy.heard] == ["expiry/other"]


def test_retained_telemetry_is_refused(broker: EmbeddedBroker) -> None:
    with Peer(broker, "bridge").connected() as bridge:
        bridge.session.publish(MILL, treadmill.encode({"speed_kmh": 9.5}), qos=1, retain=True)
        sleep(0.3)
    profiles = load_profiles()
    intake = Intake(DeviceRegistry(profiles=profiles), profiles)
    with Peer(broker, "box", SUBSCRIPTIONS).connected() as box:
        wait_until(lambda: any(each.topic == MILL for each in box.heard))
        box.session.publish(MILL, b"", retain=True)
        message = next(each for each in box.heard if each.topic == MILL)
    with pytest.raises(FrameRejected, match="retained"):
        intake.handle(
            message.topic,
            message.payload,
            retain=message.retain,
            received_at=message.received_at,
            now_s=message.received_s,
        )


def test_a_second_client_of_the_same_name_takes_over_without_a_storm(broker: EmbeddedBroker) -> None:
    first, second = Peer(broker, "twin", ("twin/#",)), Peer(broker, "twin", ("twin/#",))
    with first.connected(), second.connected():
        wait_until(lambda: any(link.state == "waiting" for link in first.links))
        sleep(1.0)
        assert first.session.counts.connections + second.session.counts.connections < 30
