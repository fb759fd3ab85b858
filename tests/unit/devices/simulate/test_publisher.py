"""Publishing a gym, without a broker; with one it is an integration test."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.session import Link, Message
from devices.simulate import publisher
from devices.simulate.__main__ import main
from devices.simulate.gym import SimulatedGym
from tests.waiting import wait_until


class FakeSession:
    """Takes the place of the session; a test is the broker."""

    def __init__(
        self,
        _settings: object,
        *,
        subscriptions: tuple[str, ...],
        on_message: Any,
        on_link: Any,
        **_options: object,
    ) -> None:
        self.said: list[tuple[str, bytes, int, bool]] = []
        self.subscriptions = subscriptions
        self.on_message, self.on_link = on_message, on_link
        self.stopped = False

    def start(self) -> None:
        self.on_link(Link("connected"))

    def stop(self) -> None:
        self.stopped = True

    def publish(self, topic: str, payload: bytes, *, qos: int, retain: bool) -> bool:
        self.said.append((topic, payload, qos, retain))
        return True


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeSession]:
    """A gym that runs in a thread until the test is over."""
    sessions: list[FakeSession] = []

    def new(*arguments: Any, **options: Any) -> FakeSession:
        sessions.append(FakeSession(*arguments, **options))
        return sessions[0]

    monkeypatch.setattr(publisher, "MqttSession", new)
    stop = threading.Event()
    gym = SimulatedGym(treadmills=1, bands=1)
    running = threading.Thread(target=publisher.run, args=(gym, BrokerSettings("mqtt://broker"), stop))
    running.start()
    while not sessions:
        stop.wait(0.01)
    yield sessions[0]
    stop.set()
    running.join(2)
    assert sessions[0].stopped


def test_facts_are_kept_at_every_connection_and_frames_are_not(played: FakeSession) -> None:
    def facts() -> list[tuple[str, bytes, int, bool]]:
        return [each for each in played.said if each[3]]

    wait_until(lambda: len(facts()) == 4)
    assert {topic.rpartition("/")[2] for topic, *_ in facts()} == {"link", "2acc", "2ad4", "2ad5"}
    wait_until(lambda: any(not retain for *_, retain in played.said))
    played.on_link(Link("connected"))
    wait_until(lambda: len(facts()) == 8)
    frames = [(qos, retain) for topic, _, qos, retain in played.said if topic.endswith(("2acd", "2a37"))]
    assert set(frames) <= {(0, False)}


def test_a_command_is_answered_at_least_once_and_a_retained_one_is_not_heard(played: FakeSession) -> None:
    topic = played.subscriptions[0].replace("+", "c0:00:00:00:00:01")

    def hear(payload: bytes, *, retain: bool) -> None:
        played.on_message(Message(topic, payload, 1, retain, datetime.now(UTC), 0.0))

    hear(b"\x07", retain=True)
    hear(b"\x00", retain=False)
    wait_until(lambda: any(each[0].endswith("/2ad9") for each in played.said))
    answers = [each[1:] for each in played.said if each[0].endswith("/2ad9")]
    assert answers == [(bytes.fromhex("800001"), 1, False)]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--url", "mqtt://broker", "--bands", "-1"],
        ["--url", "mqtt://broker", "--treadmills", "256"],
        ["--url", "mqtt://broker", "--seed", "x"],
        ["--url", "mqtt://broker", "--misbehave", "1.5"],
    ],
)
def test_arguments_of_no_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_url_of_no_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--url", "http://broker"]) == 2
    assert "must begin with mqtt://" in capsys.readouterr().err


def test_a_password_file_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--url", "mqtt://broker", "--username", "x", "--password-file", str(tmp_path / "missing")]
    assert main(arguments) == 2
    assert "missing" in capsys.readouterr().err
