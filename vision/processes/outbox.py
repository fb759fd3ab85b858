"""Messages from a child process to its parent, sent without ever waiting for the parent."""

from __future__ import annotations

import select
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable
    from multiprocessing.connection import Connection

_MAX_KEPT = 1000


class Outbox:
    """A mailbox that keeps what matters and replaces what is out of date.

    A message posted with a key replaces an unsent one with the same key: a view of a
    station, a status. A message without a key is kept, in order, up to a bound.
    """

    def __init__(self, *, connection: Connection[Any, Any], max_kept: int = _MAX_KEPT) -> None:
        """Send over this connection; ``max_kept`` bounds the messages without a key."""
        self._connection = connection
        self._kept: deque[object] = deque(maxlen=max_kept)
        self._newest: dict[Hashable, object] = {}
        self._contents = threading.Lock()
        self._sending = threading.Lock()
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLOUT)
        self.dropped = 0
        self.closed = False

    def post(self, message: object, *, key: Hashable | None = None) -> None:
        """Leave a message; it goes at once when the parent has room for it."""
        with self._contents:
            if key is None:
                self.dropped += len(self._kept) == self._kept.maxlen
                self._kept.append(message)
            else:
                self.dropped += self._newest.pop(key, None) is not None
                self._newest[key] = message
        self.flush()

    def flush(self) -> None:
        """Send what the parent has room for; another thread that sends already does it all."""
        if not self._sending.acquire(blocking=False):
            return
        try:
            while not self.closed and self._writable():
                message = self._take()
                if message is None:
                    return
                self._connection.send(message)
        except OSError:
            self.closed = True  # the parent's end is gone, and so is whoever would read the rest
        finally:
            self._sending.release()

    @property
    def waiting(self) -> int:
        """Messages not sent yet."""
        with self._contents:
            return len(self._kept) + len(self._newest)

    def _take(self) -> object | None:
        with self._contents:
            if self._kept:
                return self._kept.popleft()
            if self._newest:
                return self._newest.pop(next(iter(self._newest)))
            return None

    def _writable(self) -> bool:
        """Whether a message of a few kilobytes goes without waiting: the kernel promises a page at least."""
        return any(event & select.POLLOUT for _, event in self._poll.poll(0))
