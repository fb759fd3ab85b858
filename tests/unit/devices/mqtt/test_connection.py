"""The parts of a connection that need no broker."""

import socket
import threading
from time import monotonic

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.connection import Connection
from devices.mqtt.outbox import Outbox
from devices.mqtt.waker import Waker


def test_stop_that_came_first_is_seen_at_once() -> None:
    stop, waker = threading.Event(), Waker()
    stop.set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings = BrokerSettings(f"mqtt://127.0.0.1:{listener.getsockname()[1]}")
        connection = Connection(
            settings, subscriptions=lambda: (), outbox=Outbox(1), on_message=print, on_ready=lambda: None
        )
        waker.wake()
        begun_s = monotonic()
        connection.run(stop, waker)
        assert monotonic() - begun_s < 5.0
    waker.close()
