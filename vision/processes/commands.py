"""What the parent wants of a process, from the thread that hears it to the one that does it."""

from __future__ import annotations

import logging
import threading
from collections import deque

logger = logging.getLogger(__name__)

_MAX_COMMANDS = 256


class Commands:
    """Commands in the order in which they came."""

    def __init__(self, *, most: int = _MAX_COMMANDS) -> None:
        """Hold no more than this many; a box has fewer stations."""
        self._waiting: deque[object] = deque(maxlen=most)
        self._came = threading.Event()

    def put(self, command: object) -> None:
        """Leave a command and wake whoever waits."""
        if len(self._waiting) == self._waiting.maxlen:
            logger.warning("More than %d commands wait; the oldest is lost", self._waiting.maxlen)
        self._waiting.append(command)
        self._came.set()

    def take(self) -> list[object]:
        """Every command that has come."""
        self._came.clear()
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def wait(self, seconds: float) -> None:
        """Wait for a command, no longer than this."""
        self._came.wait(seconds)
