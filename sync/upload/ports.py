"""What the upload needs of the rest of the box: a store, a wire, clocks, and whom to tell."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Protocol, TypeVar

from sync.upload.answer import Reply
from sync.upload.state import Event, UploadState

T = TypeVar("T")


class OutboxUnavailable(Exception):  # noqa: N818 - named by what happened
    """The box's store cannot be used now; nothing changed."""


class Desk(Protocol):
    """The box's store, as far as it matters here. Both raise OutboxUnavailable."""

    async def read(self, job: Callable[[Connection], T]) -> T:
        """Run a read."""

    async def write(self, job: Callable[[Connection], T]) -> T:
        """Run a write inside of a transaction; returns after the commit."""


class Cloud(Protocol):
    """The wire. Its calls raise NotDelivered."""

    async def post(self, packed: bytes) -> Reply:
        """Send a batch."""

    async def probe(self) -> Reply:
        """Ask whether the service lives."""

    async def close(self) -> None:
        """Let go of the connection; the next call opens another."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Seconds that only go forward, also while the machine sleeps; and the wall clock."""

    now_s: Callable[[], float]
    wall: Callable[[], datetime]


class Listener(Protocol):
    """Who is told; on the thread of the upload, so it must be quick."""

    def changed(self, state: UploadState) -> None:
        """Hear another state."""

    def happened(self, event: Event, **detail: object) -> None:
        """Hear what an operator may want to read later."""
