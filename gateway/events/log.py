"""The event log: nobody waits for it, and no event is lost to a disk that is slow or full for a while."""

import asyncio
import json
import logging
from collections import deque
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from gateway.clock import Clock
from gateway.events.rows import Event, EventFilter, append, load
from gateway.store.store import Store, StoreError

_log = logging.getLogger(__name__)

# Minutes of the busiest gym; what is more is in the process log only.
MAX_WAITING: Final = 10_000
_BATCH: Final = 200
_RETRY_S: Final = 2.0


class EventLog:
    """Takes events on the event loop and writes them down in the order in which they came."""

    def __init__(self, *, store: Store, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or Clock()
        self._waiting: deque[Event] = deque(maxlen=MAX_WAITING)
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self.dropped = 0

    def record(self, kind: str, *, actor: str, subject: str, outcome: str, **detail: Any) -> None:
        """Take an event; details that are None are left out."""
        told = {name: value for name, value in detail.items() if value is not None}
        event = Event(self._clock.utc_now().isoformat(), kind, actor, subject, outcome, told)
        if len(self._waiting) == MAX_WAITING:
            self.dropped += 1
        self._waiting.append(event)
        self._news.set()
        _log.info("%s of %s by %s: %s %s", kind, subject, actor, outcome, json.dumps(told))

    async def read(self, wanted: EventFilter, limit: int) -> Sequence[Event]:
        """Return the newest events that fit, those that wait for the disk included.

        Raises:
            StoreError: the log cannot be read now.
        """
        await self._write()
        return await self._store.read(lambda db: load(db, wanted, limit))

    async def run(self) -> None:
        """Write events down as they come, until cancelled."""
        while True:
            await self._news.wait()
            try:
                await self._write()
            except StoreError:  # the store's own state tells of it; the events wait
                await asyncio.sleep(_RETRY_S)

    async def close(self) -> None:
        """Write down what waits.

        Raises:
            StoreError: it cannot be stored; the process log has it.
        """
        await self._write()

    async def _write(self) -> None:
        async with self._writing:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
                try:
                    # What the store has taken on is written, also when whoever waits here is cancelled.
                    await asyncio.shield(self._store.write(partial(append, events=batch)))
                except StoreError:
                    self._waiting.extendleft(reversed(batch[: MAX_WAITING - len(self._waiting)]))
                    raise
            self._news.clear()
