"""Messages on their way to the broker: bounded, and open only while there is a connection."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish; the broker forgets it after `expires_after_s` (MQTT 5)."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    expires_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Drops:
    """Messages lost: no connection, no room, the connection ended before, the broker said no."""

    offline: int = 0
    full: int = 0
    cut_off: int = 0
    refused: int = 0


class Outbox:
    """Hands messages from any thread to the one that owns the connection.

    What could not be sent when it was said is dropped, not kept: a target speed or a state of ten
    minutes ago must not reach a machine now. Who needs delivery keeps the message until it is said.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._waiting: deque[Outgoing] = deque(maxlen=limit)  # `offer` refuses before it would evict
        self._wake: Callable[[], None] | None = None
        self._offline = self._full = self._cut_off = self._refused = 0

    @property
    def drops(self) -> Drops:
        """What was dropped since the start."""
        with self._lock:
            return Drops(self._offline, self._full, self._cut_off, self._refused)

    def open(self, wake: Callable[[], None]) -> None:
        """Accept messages; `wake` is called, from any thread, when there is one."""
        with self._lock:
            self._wake = wake

    def close(self, unacknowledged: int = 0) -> None:
        """Refuse messages from now on; those waiting, and those without an answer, are lost."""
        with self._lock:
            self._wake = None
            self._cut_off += len(self._waiting) + unacknowledged
            self._waiting.clear()

    def offer(self, message: Outgoing) -> bool:
        """Take a message for sending; False when it is dropped (and counted)."""
        with self._lock:
            if self._wake is None:
                self._offline += 1
                return False
            if len(self._waiting) >= self._limit:
                self._full += 1
                return False
            self._waiting.append(message)
            self._wake()
        return True

    def refused(self) -> None:
        """Count a message that the broker did not take."""
        with self._lock:
            self._refused += 1

    def take(self) -> Outgoing | None:
        """The oldest message, None when there is none."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None
