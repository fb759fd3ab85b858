"""The box's standing link to its MQTT broker: always there, or on its way back."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Final, Literal

from paho.mqtt.client import MQTTMessage

from devices.broker_settings import BrokerSettings, BrokerSettingsInvalid
from devices.connection import Connection, Ended, Waker
from devices.outbox import Drops, Outbox, Outgoing
from devices.reconnect import Backoff, BackoffSettings, Failure

__all__ = ["BrokerSettings", "BrokerSettingsInvalid", "Link", "Message", "MqttSession", "SessionCounts"]

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 1000
LOG_HANDLER_FAILURE_EVERY_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Message:
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
        self._subscriptions = tuple(subscriptions)
        self._on_message = on_message
        self._on_link = on_link
        self._backoff = Backoff(backoff)
        self._outbox = Outbox(MAX_WAITING)
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

    def publish(self, topic: str, payload: bytes, *, qos: int = 0, retain: bool = False) -> bool:
        """Hand over a message for sending; False when it was dropped and counted (no link, no room).

        True promises no delivery: the link may fall before. Nothing is sent again after an outage.

        Raises:
            ValueError: the topic is empty or holds a wildcard, or the QoS is not 0, 1 or 2.
        """
        if not topic or any(character in topic for character in "+#\0"):
            raise ValueError(f"cannot publish on {topic!r}: empty, or with a wildcard")
        if qos not in {0, 1, 2}:
            raise ValueError(f"QoS {qos} does not exist")
        return self._outbox.offer(Outgoing(topic, payload, qos, retain))

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
        connection = Connection(
            self._settings,
            subscriptions=self._subscriptions,
            outbox=self._outbox,
            on_message=self._deliver,
            on_ready=lambda: self._ready(waker),
        )
        try:
            return connection.run(self._stop, waker)
        except Exception as error:  # the session outlives any fault of the protocol library
            logger.exception("the MQTT connection failed in a way that it should not")
            return Ended("unreachable", f"internal error: {error!r}")

    def _ready(self, waker: Waker) -> None:
        self._connections += 1
        if self._failing is not None:
            logger.info("broker %s:%d is back", self._settings.host, self._settings.port)
        else:
            logger.info("connected to broker %s:%d", self._settings.host, self._settings.port)
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

    def _deliver(self, message: MQTTMessage) -> None:
        self._received += 1
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "\ufffd"  # no topic of ours; let whoever judges topics refuse and count it
        received = Message(
            topic, bytes(message.payload), message.qos, message.retain, datetime.now(UTC), monotonic()
        )
        self._guarded(lambda: self._on_message(received), "message")

    def _set_link(self, link: Link) -> None:
        self._link = link
        self._guarded(lambda: self._on_link(link), "link")

    def _guarded(self, call: Callable[[], None], what: str) -> None:
        """A handler that raises must not end the link: counted each time, logged now and then."""
        try:
            call()
        except Exception:
            self._handler_failures += 1
            now_s = monotonic()
            if now_s - self._failure_logged_s >= LOG_HANDLER_FAILURE_EVERY_S:
                self._failure_logged_s = now_s
                logger.exception("the %s handler failed (%d failures so far)", what, self._handler_failures)
