"""The parts of a connection that need no broker."""

import selectors
import socket
import ssl
import threading
from time import monotonic

import pytest

from devices.broker_settings import BrokerSettings
from devices.connection import Connection, Waker, _not_connected
from devices.outbox import Outbox

SETTINGS = BrokerSettings("mqtt://broker:1884")


def verification_error() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("error", "failure", "words"),
    [
        (verification_error(), "refused", "its certificate is not trusted: certificate has expired"),
        (ssl.SSLError(1, "wrong version number"), "unreachable", "no TLS connection"),
        (socket.gaierror(-2, "Name or service not known"), "unreachable", "the name cannot be resolved"),
        (TimeoutError("timed out"), "unreachable", "no connection within 5 s"),
        (ConnectionRefusedError(111, "Connection refused"), "unreachable", "Connection refused"),
        (OSError("odd"), "unreachable", "odd"),
        (ValueError("Invalid host."), "refused", "Invalid host."),
    ],
)
def test_why_there_is_no_connection(error: Exception, failure: str, words: str) -> None:
    ended = _not_connected(SETTINGS, error)
    assert ended.failure == failure
    assert ended.reason.startswith("broker broker:1884")
    assert words in ended.reason
    assert ended.connected_s == 0.0


def test_stop_that_came_first_is_seen_at_once() -> None:
    stop, waker = threading.Event(), Waker()
    stop.set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = BrokerSettings(f"mqtt://127.0.0.1:{listener.getsockname()[1]}")
        connection = Connection(
            settings, subscriptions=(), outbox=Outbox(1), on_message=print, on_ready=lambda: None
        )
        waker.wake()
        begun_s = monotonic()
        connection.run(stop, waker)
        assert monotonic() - begun_s < 1.0
    waker.close()


def test_a_waker_wakes_until_it_is_cleared() -> None:
    waker = Waker()
    with selectors.DefaultSelector() as selector:
        selector.register(waker, selectors.EVENT_READ)
        assert not selector.select(0)
        for _ in range(100_000):  # far more than the socket holds
            waker.wake()
        assert selector.select(0)
        while selector.select(0):
            waker.clear()
        waker.clear()
        waker.wake()
        assert selector.select(0)
    waker.close()
    waker.wake()
