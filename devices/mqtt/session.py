"""The box's standing link to its MQTT broker: always there, or on its way back."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Literal, NamedTuple

from devices.mqtt.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.mqtt.connection import Connection
from devices.mqtt.ending import Ended
from devices.mqtt.outbox import Drops, Outbox, Outgoing
from devices.mqtt.paho_client import V5, V311
from devices.mqtt.reconnect import Backoff, BackoffSettings, Failure
from devices.mqtt.waker import Waker

__all__ = ["BrokerSettings", "BrokerSettingsInvalid", "Link", "Message", "MqttSession", "SessionCounts"]

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 1000
LOG_HANDLER_FAILURE_EVERY_S: Final = 60.0


class Message(NamedTuple):
    """One message as received; `received_s` is monotonic seconds, `received_at` UTC.

    `retain` is set when the broker had kept it, so its content may be of any age.
    """

    topic: str
    payload: bytes
    qos: int
    retain: bool
    received_at: datetime
    received_s: float


@dataclass(frozen=True, slots=True)
class Link:
    """State of the link; `reason` says why it is not `connected`, `attempts` how many have failed."""

    state: Literal["connecting", "connected", "waiting", "stopped"]
    reason: str = ""
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class SessionCounts:
    """Since the start; `handler_failures` are exceptions out of `on_message` and `on_link`."""

    received: int
    connections: int
    handler_failures: int
    drops: Drops


class MqttSession:
    """Connects, subscribes, delivers; after any loss connects and subscribes again, until stopped.

    It speaks MQTT 5, and 3.1.1 with a broker that does not.

    Both handlers run in the session's own thread: a slow `on_message` slows the socket down, so
    nothing piles up on our side. While connected, `gymbox/v1/<client_id>/status` says `online`,
    retained; the broker turns it to `offline` when we vanish.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        *,
        subscriptions: Sequence[str],
        on_message: Callable[[Message], None],
        on_link: Callable[[Link], None] = lambda _link: None,
        backoff: BackoffSettings | None = None,
    ) -> None:
        self._settings = settings
        self._subscriptions = _filters(subscriptions)
        self._on_message = on_message
        self._on_link = on_link
        self._backoff = Backoff(backoff)
        self._outbox = Outbox(MAX_WAITING)
        self._version = V5
        self._stop = threading.Event()
        self._waker: Waker | None = None
        self._thread: threading.Thread | None = None
        self._link = Link("stopped", "not started")
        self._failing: Failure | None = None
        self._received = self._connections = self._handler_failures = 0
        self._failure_logged_s = float("-inf")

    @property
    def link(self) -> Link:
        """The state of the link now."""
        return self._link

    @property
    def counts(self) -> SessionCounts:
        """A copy of the counters."""
        return SessionCounts(self._received, self._connections, self._handler_failures, self._outbox.drops)

    def start(self) -> None:
        """Begin; returns at once, the first connection is made in the background.

        Raises:
            RuntimeError: it was started before.
        """
        if self._thread is not None:
            raise RuntimeError("a session is started once")
        self._waker = Waker()
        self._thread = threading.Thread(
            target=self._run, args=(self._waker,), name="mqtt-session", daemon=True
        )
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Say `offline`, disconnect and end the thread; False when it still hangs after `timeout_s`."""
        self._stop.set()
        if self._thread is None or self._waker is None:
            return True
        self._waker.wake()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.warning("the MQTT session did not end within %.1f s; it is left behind", timeout_s)
            return False
        self._waker.close()
        return True

    def subscribe(self, topics: Sequence[str]) -> None:
        """Want these topics from now on, in place of those before; from any thread, at any time.

        Raises:
            ValueError: one of them is no topic filter.
        """
        self._subscriptions = _filters(topics)
        if self._waker is not None:
            self._waker.wake()

    def publish(
        self,
        topic: str,
        payload: bytes,
        *,
        qos: int = 0,
        retain: bool = False,
        expires_after_s: int | None = None,
    ) -> bool:
        """Hand over a message for sending; False when it was dropped and counted (no link, no room).

        True promises no delivery: the link may fall before. Nothing is sent again after an outage.
        A broker of MQTT 5 forgets the message `expires_after_s` seconds after it came.

        Raises:
            ValueError: the topic is empty or holds a wildcard, or the QoS is not 0, 1 or 2.
        """
        if not topic or any(character in topic for character in "+#\0"):
            raise ValueError(f"cannot publish on {topic!r}: empty, or with a wildcard")
        if qos not in {0, 1, 2}:
            raise ValueError(f"QoS {qos} does not exist")
        return self._outbox.offer(Outgoing(topic, payload, qos, retain, expires_after_s))

    def _run(self, waker: Waker) -> None:
        reason = ""
        while not self._stop.is_set():
            self._set_link(Link("connecting", reason, self._backoff.attempts))
            ended = self._attempt(waker)
            if self._stop.is_set():
                break
            reason = ended.reason
            delay_s = self._backoff.after(ended.failure, connected_s=ended.connected_s)
            self._log_loss(ended, delay_s)
            self._set_link(Link("waiting", reason, self._backoff.attempts))
            self._stop.wait(delay_s)
        self._set_link(Link("stopped"))

    def _attempt(self, waker: Waker) -> Ended:
        ended = self._connect(waker)
        if ended.failure == "version" and self._version == V5 and not self._stop.is_set():
            self._version = V311
            ended = self._connect(waker)
        if not ended.connected_s:
            self._version = V5  # what answers next may be another broker
        return ended

    def _connect(self, waker: Waker) -> Ended:
        connection = Connection(
            self._settings,
            subscriptions=lambda: self._subscriptions,
            outbox=self._outbox,
            on_message=self._deliver,
            on_ready=lambda: self._ready(waker),
            version=self._version,
        )
        try:
            return connection.run(self._stop, waker)
        except Exception as error:  # the session outlives any fault of the protocol library
            logger.exception("the MQTT connection failed in a way that it should not")
            return Ended("unreachable", f"internal error: {error!r}")

    def _ready(self, waker: Waker) -> None:
        self._connections += 1
        logger.info(
            "broker %s:%d is back" if self._failing else "connected to broker %s:%d",
            self._settings.host,
            self._settings.port,
        )
        if self._version != V5:
            logger.info("this broker speaks MQTT 3.1.1 only")
        self._failing = None
        self._outbox.open(waker.wake)
        self._set_link(Link("connected"))

    def _log_loss(self, ended: Ended, delay_s: float) -> None:
        """Once when lost; once more when it turns out that only a person can help."""
        news = self._failing is None or (ended.failure == "refused" and self._failing != "refused")
        self._failing = ended.failure
        logger.log(
            logging.WARNING if news else logging.DEBUG,
            "no broker: %s; next try in %.1f s",
            ended.reason,
            delay_s,
        )

    def _deliver(self, topic: bytes, payload: bytes, qos: int, retain: bool) -> None:  # noqa: FBT001 - paho's order
        self._received += 1
        # What is not UTF-8 is no topic of ours: whoever judges topics refuses and counts it.
        received = Message(
            topic.decode(errors="replace"), payload, qos, retain, datetime.now(UTC), monotonic()
        )
        try:
            self._on_message(received)
        except Exception as error:  # noqa: BLE001 - a handler that raises must not end the link
            self._handler_failed("message", error)

    def _set_link(self, link: Link) -> None:
        self._link = link
        try:
            self._on_link(link)
        except Exception as error:  # noqa: BLE001 - as above
            self._handler_failed("link", error)

    def _handler_failed(self, what: str, error: Exception) -> None:
        """Count each time, log now and then."""
        self._handler_failures += 1
        now_s = monotonic()
        if now_s - self._failure_logged_s >= LOG_HANDLER_FAILURE_EVERY_S:
            self._failure_logged_s = now_s
            failures = self._handler_failures
            logger.error("the %s handler failed (%d failures so far)", what, failures, exc_info=error)


def _filters(topics: Sequence[str]) -> tuple[str, ...]:
    """Topic filters, each once, in their order."""
    for topic in topics:
        levels = topic.removesuffix("/#").split("/")
        good = topic == "#" or all(each == "+" or not set(each) & set("+#\0") for each in levels)
        if not topic or not good:
            raise ValueError(f"cannot subscribe to {topic!r}: no topic filter")
    return tuple(dict.fromkeys(topics))
