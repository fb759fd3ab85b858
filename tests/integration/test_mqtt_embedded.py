"""The built-in broker, with both programs behind it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import psutil
import pytest

from devices.broker import BrokerCommand, BrokerFailed, EmbeddedBroker, Program
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Message, MqttSession
from tests.waiting import wait_until

MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin")
QUICK = BackoffSettings(first_s=0.1, cap_s=0.3, refused_s=0.5)


@pytest.fixture(
    params=[
        pytest.param(
            "mosquitto",
            marks=[pytest.mark.mosquitto, pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")],
        ),
        "amqtt",
    ]
)
def program(request: pytest.FixtureRequest) -> Program:
    chosen: Program = request.param
    return chosen


@pytest.fixture
def broker(tmp_path: Path, program: Program) -> Iterator[EmbeddedBroker]:
    running = EmbeddedBroker(tmp_path / "a folder with spaces", program=program)
    yield running
    running.stop()


def settings(command: BrokerCommand, client_id: str = "box") -> BrokerSettings:
    return BrokerSettings(command.url, command.username, command.password, client_id=client_id)


def test_it_serves_whoever_has_the_login_and_nobody_else(broker: EmbeddedBroker) -> None:
    command = broker.start()
    heard: list[Message] = []
    session = MqttSession(settings(command), subscriptions=("a/#",), on_message=heard.append, backoff=QUICK)
    nobody = MqttSession(
        BrokerSettings(command.url, client_id="nobody"),
        subscriptions=(),
        on_message=heard.append,
        backoff=QUICK,
    )
    guess = BrokerSettings(command.url, command.username, "guessed", client_id="guesser")
    guesser = MqttSession(guess, subscriptions=(), on_message=heard.append, backoff=QUICK)
    for one in (session, nobody, guesser):
        one.start()
    wait_until(lambda: session.link.state == "connected")
    session.publish("a/b", b"hello", qos=1)
    wait_until(lambda: [m.payload for m in heard] == [b"hello"])
    wait_until(lambda: min(nobody.link.attempts, guesser.link.attempts) >= 1)
    assert guesser.counts.connections == nobody.counts.connections == 0
    for one in (session, nobody, guesser):
        assert one.stop(5.0)


def test_started_again_it_is_the_same_to_its_clients(broker: EmbeddedBroker) -> None:
    command = broker.start()
    heard: list[Message] = []
    session = MqttSession(settings(command), subscriptions=("a/#",), on_message=heard.append, backoff=QUICK)
    session.start()
    wait_until(lambda: session.link.state == "connected")
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)
    wait_until(lambda: broker.poll() is not None and session.link.state != "connected")
    assert broker.start() == command
    wait_until(lambda: session.link.state == "connected")
    session.publish("a/b", b"again", qos=1)
    wait_until(lambda: heard)
    assert session.stop(5.0)


def test_it_listens_on_loopback_only(broker: EmbeddedBroker) -> None:
    port = broker.start().port
    listening = {
        c.laddr.ip
        for c in psutil.net_connections("tcp")
        if c.status == psutil.CONN_LISTEN and c.laddr.port == port
    }
    assert listening == {"127.0.0.1"}


def test_stop_leaves_no_process_and_no_port(broker: EmbeddedBroker) -> None:
    port = broker.start().port
    family = psutil.Process(broker.pid).children(recursive=True)
    assert family
    begun_s = monotonic()
    broker.stop()
    assert monotonic() - begun_s < 20.0
    assert not any(process.is_running() for process in family)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 1)
    broker.stop()


def test_it_dies_with_whoever_started_it(tmp_path: Path, program: Program) -> None:
    script = (
        "import sys, time; from pathlib import Path; from devices.broker import EmbeddedBroker\n"
        "broker = EmbeddedBroker(Path(sys.argv[1]), program=sys.argv[2]); broker.start()\n"
        "print('up', flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen([sys.executable, "-c", script, str(tmp_path), program], stdout=subprocess.PIPE)
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"up\n"
    family = psutil.Process(starter.pid).children(recursive=True)
    assert len(family) >= 2
    starter.kill()
    starter.communicate(timeout=5)

    def lives(process: psutil.Process) -> bool:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)

    wait_until(lambda: not any(map(lives, family)), within_s=5)


def test_a_broker_that_cannot_start_says_why(broker: EmbeddedBroker) -> None:
    port = broker.command.port
    with socket.create_server(("127.0.0.1", port)):
        process = subprocess.run(broker.command.argv, timeout=20, check=False)
    assert process.returncode != 0
    log = (broker._directory / "broker.log").read_text()
    assert "ddress already in use" in log


@pytest.mark.mosquitto
@pytest.mark.skipif(MOSQUITTO is None, reason="no mosquitto")
def test_a_bad_configuration_is_told_with_the_brokers_own_words(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, program="mosquitto")
    _ = broker.command
    (tmp_path / "mosquitto.conf").write_text("listner 1\n")
    with pytest.raises(BrokerFailed, match="mosquitto ended with status"):
        broker.start()
