"""A hall with a broker that people and power do things to: said in words, healed alone, every device back.

The broker is a mosquitto with TLS and a login that keeps nothing over a restart.
"""

import logging
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from devices.broker import mosquitto_hash
from devices.intake import Intake
from devices.mqtt import connection
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Message, MqttSession
from devices.profile import load_profiles
from devices.registry import DeviceRegistry, KnownDevice
from devices.simulate import SimulatedGym
from devices.simulate.publisher import run
from devices.topics import SUBSCRIPTIONS, status_topic
from tests.waiting import wait_until

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
PASSWORD = "a long secret"  # noqa: S105 - of a broker that lives as long as a test
QUICK = BackoffSettings(first_s=0.1, cap_s=0.3, refused_s=0.4)

pytestmark = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        MOSQUITTO is None or shutil.which("openssl") is None, reason="no mosquitto or openssl"
    ),
    # paho leaves the socket of a handshake that failed to the garbage collector, which complains.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


def self_signed(folder: Path, name: str) -> None:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"),
        ],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip


class Broker:
    """One mosquitto at one port, started with whichever certificate and password."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = int(listener.getsockname()[1])
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, certificate: str = "ours", password: str = PASSWORD) -> None:
        accounts = self.folder / "accounts"
        accounts.write_text(f"gym:{mosquitto_hash(password)}\n")
        accounts.chmod(0o600)
        pair = self.folder / certificate
        config = self.folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\ncertfile {pair}.pem\nkeyfile {pair}.key\n"
            f"allow_anonymous false\npassword_file {accounts}\nuser root\nlog_dest none\n"
        )
        self.process = subprocess.Popen([str(MOSQUITTO), "-c", str(config)], stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def end(self) -> None:
        """As a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(5)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True


class Hall:
    """A box's session with all that follows it, and a simulated gym that speaks to it over the broker."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        gym = SimulatedGym(treadmills=1, bands=1, bikes=1, rowers=1)
        profiles = load_profiles()
        self.devices = [KnownDevice(each.id, each.profile, each.address) for each in gym.devices]
        self.registry = DeviceRegistry(self.devices, profiles=profiles)
        self.intake = Intake(self.registry, profiles)
        self.box = self.session("box", SUBSCRIPTIONS, self._take)
        self.stop = threading.Event()
        self.gym = threading.Thread(
            target=run, args=(gym, self.login("gym"), self.stop), kwargs={"backoff": QUICK}
        )

    def login(self, name: str) -> BrokerSettings:
        url = f"mqtts://127.0.0.1:{self.broker.port}"
        return BrokerSettings(url, "gym", PASSWORD, ca=self.broker.folder / "ours.pem", client_id=name)

    def session(
        self, name: str, topics: tuple[str, ...], on_message: Callable[[Message], None]
    ) -> MqttSession:
        return MqttSession(self.login(name), subscriptions=topics, on_message=on_message, backoff=QUICK)

    def _take(self, message: Message) -> None:
        self.intake.handle(
            message.topic,
            message.payload,
            retain=message.retain,
            received_at=message.received_at,
            now_s=message.received_s,
        )

    def connected(self) -> bool:
        return self.box.link.state == "connected"

    def all_live(self) -> bool:
        """Whether every device spoke a moment ago."""
        views = [self.registry.get(device.id, monotonic()) for device in self.devices]
        return all(view is not None and view.age_s is not None and view.age_s < 1.5 for view in views)

    def said(self, topic: str) -> list[bytes]:
        """What a newcomer is told at once on a topic, because somebody left it there."""
        heard: list[bytes] = []
        newcomer = self.session("newcomer", (topic,), lambda message: heard.append(message.payload))
        newcomer.start()
        wait_until(lambda: heard)
        assert newcomer.stop(5.0)
        return heard


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "theirs"):
        self_signed(folder, name)
    return folder


@pytest.fixture
def hall(certificates: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    # So that a silence is noticed in seconds.
    monkeypatch.setattr(connection, "KEEPALIVE_S", 1)
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.6)
    monkeypatch.setattr(connection, "TICK_S", 0.2)
    broker = Broker(certificates)
    broker.start()
    hall = Hall(broker)
    hall.box.start()
    hall.gym.start()
    wait_until(hall.all_live)
    yield hall
    hall.stop.set()
    hall.gym.join(5)
    assert hall.box.stop(5.0)
    broker.end()


def power_cut(hall: Hall) -> str:
    hall.broker.end()
    return "Connection refused"


def hang(hall: Hall) -> str:
    assert hall.broker.process is not None
    os.kill(hall.broker.process.pid, signal.SIGSTOP)
    return "no connection within"  # TCP comes about, TLS does not


def another_password(hall: Hall) -> str:
    hall.broker.end()
    hall.broker.start(password="another")  # noqa: S106 - wrong on purpose
    return "refused the login: not authorized"


def another_certificate(hall: Hall) -> str:
    hall.broker.end()
    hall.broker.start(certificate="theirs")
    return "its certificate is not trusted: self-signed certificate"


@pytest.mark.parametrize("disaster", [power_cut, hang, another_password, another_certificate])
def test_it_is_said_and_heals_by_itself(
    hall: Hall, disaster: Callable[[Hall], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="devices.mqtt.session")
    reason = disaster(hall)
    wait_until(lambda: reason in hall.box.link.reason)
    wait_until(lambda: not hall.all_live())  # several attempts later
    assert not hall.connected()
    assert hall.box.counts.connections == 1  # never with less than what was asked for

    if disaster is hang:
        assert hall.broker.process is not None
        os.kill(hall.broker.process.pid, signal.SIGCONT)
    else:
        if disaster is not power_cut:
            hall.broker.end()
        hall.broker.start()
    wait_until(hall.all_live)
    assert hall.connected()
    # All that stands on the broker stands there again, although it forgot everything.
    assert hall.said(status_topic("box")) == hall.said(status_topic("gym")) == [b"online"]
    assert hall.said(f"gymbox/v1/simulated/ble/{hall.devices[0].address}/1826/2ad4") == [
        bytes.fromhex("5000d0070a00")
    ]
    assert hall.box.counts.handler_failures == 0
    said = [record.getMessage() for record in caplog.records]
    for phrase in ("no broker: ", "is back"):
        assert 2 <= sum(phrase in line for line in said) <= 4, (
            said
        )  # of the box and of the gym, not of every try
