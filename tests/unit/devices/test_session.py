"""The session against peers that are no broker; with a real broker it is an integration test."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic, sleep

import pytest

from devices import connection
from devices.reconnect import BackoffSettings
from devices.session import BrokerSettings, Link, Message, MqttSession

QUICK = BackoffSettings(first_s=0.05, cap_s=0.2, refused_s=0.3)
CONNACK = bytes.fromhex("20020000")
SUBACK_REFUSED = bytes.fromhex("9003000180")
CONNACK_NOT_AUTHORISED = bytes.fromhex("20020005")
CONNACK_UNAVAILABLE = bytes.fromhex("20020003")


class Peer:
    """Accepts connections, answers each with fixed octets, then closes or keeps silent."""

    def __init__(self, answer: bytes, *, close: bool) -> None:
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
            accepted.recv(4096)
            accepted.sendall(self._answer)
            if self._close:
                accepted.close()
            else:
                self._kept.append(accepted)

    def end(self) -> None:
        self._stop.set()
        self._thread.join(5)
        for kept in (*self._kept, self._listener):
            kept.close()


@contextmanager
def peer(answer: bytes = b"", *, close: bool = False) -> Iterator[Peer]:
    running = Peer(answer, close=close)
    try:
        yield running
    finally:
        running.end()


@contextmanager
def session(url: str, links: list[Link], subscriptions: tuple[str, ...] = ("a",)) -> Iterator[MqttSession]:
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


def wait_for(state: str, links: list[Link], within_s: float = 10.0) -> Link:
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
    caplog.set_level(logging.DEBUG, logger="devices.session")
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
        assert wait_for("waiting", links).reason.endswith("refused the subscription to a")
        assert all(link.state != "connected" for link in links)


def test_a_refused_login_waits_long_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    links: list[Link] = []
    with peer(CONNACK_NOT_AUTHORISED) as strict, session(strict.url, links):
        assert wait_for("waiting", links).reason.endswith("refused the login: not authorized")
        sleep(0.15)
        assert strict.accepted == 1
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 1


def test_a_broker_that_is_not_ready_is_tried_again_soon() -> None:
    links: list[Link] = []
    with peer(CONNACK_UNAVAILABLE) as busy, session(busy.url, links):
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
            assert running.stop(3.0)
            assert monotonic() - begun_s < 2.0


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
