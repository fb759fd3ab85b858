"""The session against peers that are no broker; with a real broker it is an integration test."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from devices.mqtt import connection
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import BrokerSettings, Link, Message, MqttSession

QUICK = BackoffSettings(first_s=0.05, cap_s=0.2, refused_s=0.3)
CONNACK = bytes.fromhex("2003000000")
SUBACK = bytes.fromhex("900400010001")
SUBACK_REFUSED = bytes.fromhex("900400010087")
CONNACK_NOT_AUTHORISED = bytes.fromhex("2003008700")
CONNACK_UNAVAILABLE = bytes.fromhex("2003008800")
# Of MQTT 3.1.1.
OLD_CONNACK = bytes.fromhex("20020000")
OLD_SUBACK = bytes.fromhex("9003000101")
OLD_CONNACK_NOT_AUTHORISED = bytes.fromhex("20020005")
OLD_CONNACK_UNAVAILABLE = bytes.fromhex("20020003")
OURS = "gymbox/v1/+/status"
NOT_THIS_VERSION = bytes.fromhex("20020001")

Answer = Callable[[bytes], bytes | None]


class Peer:
    """Accepts connections, answers each as told (None: hangs up), then closes or keeps silent."""

    def __init__(self, answer: Answer, *, close: bool) -> None:
        self.accepted = 0
        self._answer = answer
        self._close = close
        self._kept: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.1)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.url = f"mqtt://127.0.0.1:{self._listener.getsockname()[1]}"

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                accepted, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.accepted += 1
            accepted.settimeout(1)
            answer = self._answer(accepted.recv(4096))
            accepted.sendall(answer or b"")
            if self._close or answer is None:
                accepted.close()
            else:
                self._kept.append(accepted)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(5)
        for kept in (*self._kept, self._listener):
            kept.close()


@contextmanager
def peer(answer: bytes | Answer = b"", *, close: bool = False) -> Iterator[Peer]:
    running = Peer(answer if callable(answer) else lambda _: answer, close=close)
    try:
        yield running
    finally:
        running.end()


@contextmanager
def session(url: str, links: list[Link], subscriptions: tuple[str, ...] = (OURS,)) -> Iterator[MqttSession]:
    running = MqttSession(
        BrokerSettings(url),
        subscriptions=subscriptions,
        on_message=ignore,
        on_link=links.append,
        backoff=QUICK,
    )
    running.start()
    try:
        yield running
    finally:
        assert running.stop(5.0)


def ignore(_message: Message) -> None: ...


def wait_for(state: str, links: list[Link], within_s: float = 30.0) -> Link:
    deadline_s = monotonic() + within_s
    while monotonic() < deadline_s:
        for link in list(links):
            if link.state == state:
                return link
        sleep(0.01)
    pytest.fail(f"never {state}: {links}")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def test_before_the_start() -> None:
    idle = MqttSession(BrokerSettings("mqtt://broker"), subscriptions=(), on_message=ignore)
    assert idle.link == Link("stopped", "not started")
    assert not idle.publish("a", b"")
    assert idle.counts.drops.offline == 1
    assert idle.stop(0.1)


def test_a_session_is_started_once() -> None:
    with (
        session(f"mqtt://127.0.0.1:{closed_port()}", []) as running,
        pytest.raises(RuntimeError, match="once"),
    ):
        running.start()


def test_nobody_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="devices.mqtt.session")
    links: list[Link] = []
    port = closed_port()
    with session(f"mqtt://127.0.0.1:{port}", links) as running:
        link = wait_for("waiting", links)
        assert link == Link("waiting", f"broker 127.0.0.1:{port}: Connection refused", 1)
        sleep(0.5)
        assert running.link.attempts > 1
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert links[-1] == Link("stopped")


def test_a_name_that_does_not_resolve() -> None:
    links: list[Link] = []
    with session("mqtt://broker.invalid", links):
        assert "the name cannot be resolved" in wait_for("waiting", links).reason


def test_a_peer_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.5)
    monkeypatch.setattr(connection, "TICK_S", 0.1)
    links: list[Link] = []
    with peer() as silent, session(silent.url, links):
        assert "did not answer CONNECT within 0.5 s" in wait_for("waiting", links).reason


def test_a_broker_that_never_confirms_the_subscriptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT_S", 0.5)
    monkeypatch.setattr(connection, "TICK_S", 0.1)
    links: list[Link] = []
    with peer(CONNACK) as half, session(half.url, links):
        assert "did not answer the subscriptions within" in wait_for("waiting", links).reason
        assert all(link.state != "connected" for link in links)


def test_a_refused_subscription_is_a_reason_not_a_silence() -> None:
    links: list[Link] = []
    with peer(CONNACK + SUBACK_REFUSED) as strict, session(strict.url, links):
        assert wait_for("waiting", links).reason.endswith("refused the subscription to gymbox/v1/+/status")
        assert all(link.state != "connected" for link in links)


def version(greeting: bytes) -> int:
    """The version that a CONNECT asks for: 5, or 4 for 3.1.1."""
    return greeting[greeting.index(b"MQTT") + 4]


def only_old(answer: bytes, refusal: bytes | None) -> Answer:
    """A broker that knows 3.1.1 only, and says so; with None it hangs up, with nothing it waits."""
    return lambda greeting: answer if version(greeting) == 4 else refusal


@pytest.mark.parametrize("refusal", [NOT_THIS_VERSION, None, b""])
def test_a_broker_that_does_not_know_mqtt_5_is_spoken_to_in_3_1_1_at_once(
    refusal: bytes | None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "GREETING_TIMEOUT_S", 0.3)
    monkeypatch.setattr(connection, "TICK_S", 0.1)
    caplog.set_level(logging.INFO, logger="devices.mqtt.session")
    links: list[Link] = []
    with peer(only_old(OLD_CONNACK + OLD_SUBACK, refusal)) as old, session(old.url, links):
        wait_for("connected", links)
        assert old.accepted == 2
    assert [link.state for link in links] == ["connecting", "connected", "stopped"]
    assert "this broker speaks MQTT 3.1.1 only" in caplog.text


def test_a_broker_that_was_renewed_is_spoken_to_in_mqtt_5_again() -> None:
    versions: list[int] = []

    def answer(greeting: bytes) -> bytes | None:
        versions.append(version(greeting))
        return CONNACK + SUBACK if len(versions) > 4 else None

    links: list[Link] = []
    with peer(answer) as renewed, session(renewed.url, links):
        wait_for("connected", links)
    assert versions[:4] == [5, 4, 5, 4]  # hung up on both, then tried anew
    assert versions[4:] == [5]


def test_a_refused_subscription_of_somebody_elses_topic_leaves_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    links: list[Link] = []
    with peer(CONNACK + SUBACK_REFUSED) as strict, session(strict.url, links, ("homie/5/#",)):
        wait_for("connected", links)
    assert "refused the subscription to homie/5/#; nothing is heard there" in caplog.text


@pytest.mark.parametrize(
    "answer", [CONNACK_NOT_AUTHORISED, only_old(OLD_CONNACK_NOT_AUTHORISED, NOT_THIS_VERSION)]
)
def test_a_refused_login_waits_long_and_says_why(
    answer: bytes | Answer, caplog: pytest.LogCaptureFixture
) -> None:
    links: list[Link] = []
    with peer(answer) as strict, session(strict.url, links):
        assert wait_for("waiting", links).reason.endswith("refused the login: not authorized")
        accepted = strict.accepted
        sleep(0.15)
        assert strict.accepted == accepted
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


@pytest.mark.parametrize("answer", [CONNACK_UNAVAILABLE, only_old(OLD_CONNACK_UNAVAILABLE, NOT_THIS_VERSION)])
def test_a_broker_that_is_not_ready_is_tried_again_soon(answer: bytes | Answer) -> None:
    links: list[Link] = []
    with peer(answer) as busy, session(busy.url, links):
        wait_for("waiting", links)
        sleep(0.6)
        assert busy.accepted > 2


@pytest.mark.parametrize("rubbish", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff" * 64, bytes(64)])
def test_a_peer_that_is_no_broker(rubbish: bytes) -> None:
    links: list[Link] = []
    with peer(rubbish, close=True) as stranger, session(stranger.url, links):
        wait_for("waiting", links)
        sleep(0.4)
        assert stranger.accepted > 1


def test_stop_is_quick_while_waiting_and_while_connecting() -> None:
    for url in (f"mqtt://127.0.0.1:{closed_port()}", None):
        with peer() as silent:
            running = MqttSession(BrokerSettings(url or silent.url), subscriptions=("a",), on_message=ignore)
            running.start()
            sleep(0.3)
            begun_s = monotonic()
            assert running.stop(30.0)
            assert monotonic() - begun_s < 15.0


def test_a_link_handler_that_raises_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_link: Link) -> None:
        raise ZeroDivisionError

    running = MqttSession(
        BrokerSettings(f"mqtt://127.0.0.1:{closed_port()}"),
        subscriptions=(),
        on_message=ignore,
        on_link=fail,
        backoff=QUICK,
    )
    running.start()
    sleep(0.5)
    assert running.counts.handler_failures > 2
    assert running.stop(3.0)
    assert len([record for record in caplog.records if "link handler failed" in record.getMessage()]) == 1


@pytest.mark.parametrize("topic", ["", "a/+", "a/#", "a\0b"])
def test_what_cannot_be_a_topic(topic: str) -> None:
    idle = MqttSession(BrokerSettings("mqtt://broker"), subscriptions=(), on_message=ignore)
    with pytest.raises(ValueError, match="cannot publish on"):
        idle.publish(topic, b"")


def test_what_cannot_be_a_quality_of_service() -> None:
    idle = MqttSession(BrokerSettings("mqtt://broker"), subscriptions=(), on_message=ignore)
    with pytest.raises(ValueError, match="QoS 3"):
        idle.publish("a", b"", qos=3)
