"""What one page is sent: server-sent events, in order, never more than it can take."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final, Literal, Self

EventName = Literal["state", "rep", "alert"]

# Three seconds' worth: a page further behind than that wants the present, not the past.
QUEUE_EVENTS: Final = 32


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event; `data` is JSON."""

    id: int
    name: EventName
    data: str


class Subscription:
    """One watcher's events: bounded, the oldest dropped and counted when it reads too slowly."""

    def __init__(self, *, limit: int = QUEUE_EVENTS) -> None:
        self.dropped = 0
        self._limit = limit
        self._events: deque[Event] = deque(maxlen=limit)
        self._news = asyncio.Event()
        self._closed = False

    def offer(self, event: Event) -> None:
        """Queue an event without waiting."""
        if len(self._events) == self._limit:
            self.dropped += 1
        self._events.append(event)
        self._news.set()

    def close(self) -> None:
        """End the stream; what still waits is not sent."""
        self._closed = True
        self._news.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Event:
        while not self._closed and not self._events:
            self._news.clear()
            await self._news.wait()
        if self._closed:
            raise StopAsyncIteration
        return self._events.popleft()
