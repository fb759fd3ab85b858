"""The one door from other threads into the event loop: bounded, oldest out first, every loss counted."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

_log = logging.getLogger(__name__)

# Items handled before the loop gets a turn for everything else.
_BATCH: Final = 64

T = TypeVar("T")


class Inbox(Generic[T]):
    """Hands items from any thread to `handle` on the loop, in order; when full, the oldest is dropped.

    Waking the loop costs more than most items do: those of the next `gather_s` seconds share one waking.
    Whoever posts waits up to `patience_s` for room, so that a flood is held up where it comes from.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        handle: Callable[[T], None],
        maxsize: int,
        name: str,
        gather_s: float = 0.0,
        patience_s: float = 0.0,
    ) -> None:
        if maxsize < 1:
            raise ValueError(f"inbox {name}: maxsize must be at least 1, not {maxsize}")
        self.name = name
        self.dropped = 0
        self.handled = 0
        self.failed = 0
        self._loop = loop
        self._handle = handle
        self._maxsize = maxsize
        self._gather_s = gather_s
        self._patience_s = patience_s
        self._items: deque[T] = deque(maxlen=maxsize)
        self._lock = threading.Condition(threading.Lock())
        self._scheduled = False
        self._closed = False

    def __len__(self) -> int:
        return len(self._items)

    def post(self, item: T) -> bool:
        """Leave an item, from any thread; False when that cost an item."""
        with self._lock:
            if self._patience_s and len(self._items) == self._maxsize:
                self._lock.wait_for(self._has_room, self._patience_s)
            if self._closed:
                self.dropped += 1
                return False
            full = len(self._items) == self._maxsize
            if full:
                self.dropped += 1
            self._items.append(item)
            if self._scheduled:
                return not full
            self._scheduled = True
        return self._schedule() and not full

    def close(self) -> None:
        """Refuse and forget what comes from now on; items that wait are dropped and counted."""
        with self._lock:
            self._closed = True
            self.dropped += len(self._items)
            self._items.clear()
            self._lock.notify_all()

    def _has_room(self) -> bool:
        return self._closed or len(self._items) < self._maxsize

    def _schedule(self) -> bool:
        try:
            self._loop.call_soon_threadsafe(self._gather if self._gather_s else self._drain)
        except RuntimeError:  # the loop is closed: the box is going down
            self.close()
            return False
        return True

    def _gather(self) -> None:
        self._loop.call_later(self._gather_s, self._drain)

    def _drain(self) -> None:
        with self._lock:
            batch = [self._items.popleft() for _ in range(min(len(self._items), _BATCH))]
            if not batch:
                self._scheduled = False
                return
            self._lock.notify_all()
        for item in batch:
            try:
                self._handle(item)
            except Exception:  # noqa: BLE001 - one bad item must not stop the others; logged and counted
                self.failed += 1
                _log.exception("inbox %s: an item could not be handled", self.name)
            else:
                self.handled += 1
        self._loop.call_soon(self._drain)
