"""The chain of the event log: each event carries the SHA-256 of itself and of the one before.

A changed, removed or inserted event breaks the chain. Events of long ago are let go of by number; the hash of
the last of those stays in `event_chain`, so what is kept verifies from there on.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlite_utils import Database

FIRST: Final = "0" * 64
"""In place of the hash before the first event."""


@dataclass(frozen=True, slots=True)
class ChainEnd:
    """What is noted beside the events.

    Attributes:
        number: of the newest event; 0 when there was never one.
        hash: of the newest event.
        dropped_hash: of the last event that was let go of; `FIRST` when none was.
    """

    number: int
    hash: str
    dropped_hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: `number` of the event at which it shows, and why."""

    number: int
    reason: str


def link(before: str, row: tuple[Any, ...]) -> str:
    """Return the hash of an event.

    Args:
        before: the hash of the event before.
        row: id, at, kind, actor, subject, outcome, and detail as it is stored.
    """
    return hashlib.sha256(json.dumps([before, *row], ensure_ascii=False).encode()).hexdigest()


def end_of(db: Database) -> ChainEnd:
    """Return what is noted beside the events."""
    return ChainEnd(*db.execute("SELECT number, hash, dropped_hash FROM event_chain").fetchone())


def verify(db: Database) -> Break | None:
    """Go through all events that are kept; None when each is as it was written and none is missing."""
    with _one_moment(db):
        end = end_of(db)
        before, number = end.dropped_hash, 0
        for row in _rows(db):
            number = row[0]
            if row[-1] != link(before, row[:-1]):
                return Break(number, "the event or the one before it was changed, or one is missing")
            before = row[-1]
    if end.number and (number, before) != (end.number, end.hash):
        return Break(number, f"the log ends here, and event {end.number} was the last one written")
    return None


def lines(db: Database) -> Iterator[str]:
    """All events that are kept, the oldest first, as JSON lines with their hashes; read while asked for."""
    names = ("id", "at", "kind", "actor", "subject", "outcome", "detail", "hash")
    with _one_moment(db):
        for row in _rows(db):
            told = dict(zip(names, row, strict=True))
            yield json.dumps({**told, "detail": json.loads(told["detail"])}, ensure_ascii=False) + "\n"


@contextmanager
def _one_moment(db: Database) -> Iterator[None]:
    """Read everything as it is now, though the box goes on writing."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        db.execute("ROLLBACK")


def _rows(db: Database) -> Iterator[tuple[Any, ...]]:
    return db.execute("SELECT id, at, kind, actor, subject, outcome, detail, hash FROM event ORDER BY id")
