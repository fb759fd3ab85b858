"""Puts a simulated gym on a real broker, at the pace of the wall."""

import logging
import os
import signal
import threading
from collections import deque
from datetime import UTC, datetime
from time import monotonic
from typing import Final

from devices.mqtt.broker_settings import BrokerSettings
from devices.mqtt.reconnect import BackoffSettings
from devices.mqtt.session import Link, Message, MqttSession
from devices.simulate.gym import SimulatedGym
from devices.simulate.machines import CONTROL_POINT, FEATURE, STATUS
from devices.topics import LINK

logger = logging.getLogger(__name__)

STEP_S: Final = 0.05
MAX_COMMANDS: Final = 1000  # that wait for the next step; the oldest gives way

# What happens once is delivered at least once; what comes every second is not worth that.
_EVENTS: Final = frozenset({CONTROL_POINT, STATUS, LINK, FEATURE, "2ad4", "2ad5", "2ad6", "2ad8"})
_KEPT: Final = _EVENTS - {CONTROL_POINT, STATUS}


def client_id() -> str:
    """A name for the simulator on the broker, its own even when several run on one machine."""
    return f"simulator-{os.getpid()}"


def until_signalled() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set; for a program's main thread."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def epoch_s() -> float:
    """UTC, in seconds since 1970, when the monotonic clock stood at 0."""
    return datetime.now(UTC).timestamp() - monotonic()


def run(
    gym: SimulatedGym,
    settings: BrokerSettings,
    stop: threading.Event,
    *,
    backoff: BackoffSettings | None = None,
) -> None:
    """Hold a session with the broker and publish until `stop` is set; frames without a link are dropped."""
    heard: deque[Message] = deque(maxlen=MAX_COMMANDS)
    connected = threading.Event()

    def on_link(link: Link) -> None:
        if link.state == "connected":
            connected.set()

    session = MqttSession(
        settings,
        subscriptions=gym.commands,
        on_message=heard.append,
        on_link=on_link,
        backoff=backoff,
    )
    session.start()
    try:
        while not stop.wait(STEP_S):
            if connected.is_set():
                connected.clear()
                publish(session, gym.facts())
            while heard:
                message = heard.popleft()
                if not message.retain:
                    publish(session, gym.receive(message.topic, message.payload))
            publish(session, gym.step(monotonic()))
    finally:
        session.stop()
    for fault, times in sorted(gym.faults.items()):
        logger.info("misbehaved: %s, %d times", fault, times)


def publish(session: MqttSession, said: list[tuple[str, bytes]]) -> None:
    """Publish what was said, each as its kind deserves."""
    for topic, payload in said:
        characteristic = topic.rpartition("/")[2]
        session.publish(topic, payload, qos=int(characteristic in _EVENTS), retain=characteristic in _KEPT)
