"""The event log in the store. SQLite itself refuses to change an event, or to delete one of the latest."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlite_utils import Database, Migrations

from gateway.events import chain

# About 300 MB. What is older goes, by number and not by date: a clock that is set wrong deletes nothing.
KEEP_EVENTS: Final = 1_000_000

_FIELDS: Final = "id, at, kind, actor, subject, outcome, detail"
_NEVER_CHANGES: Final = (
    "CREATE TRIGGER event_never_changes BEFORE UPDATE ON event"
    " BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
)

migrations: Final = Migrations("gateway.events")


@migrations()
def create_event(db: Database) -> None:
    """One row an event, numbered as they came."""
    db.execute(
        """
        CREATE TABLE event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            actor TEXT NOT NULL,
            subject TEXT NOT NULL,
            outcome TEXT NOT NULL,
            detail TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX event_of_subject ON event (subject, id)")
    db.execute("CREATE INDEX event_of_kind ON event (kind, id)")
    db.execute(_NEVER_CHANGES)
    db.execute(
        "CREATE TRIGGER event_is_kept BEFORE DELETE ON event"  # noqa: S608 - a number of our own
        f" WHEN OLD.id > (SELECT max(id) FROM event) - {KEEP_EVENTS}"
        " BEGIN SELECT RAISE(ABORT, 'events are kept'); END"
    )


@migrations()
def chain_events(db: Database) -> None:
    """Give every event its hash, those that are there already in their order."""
    db.execute("DROP TRIGGER event_never_changes")
    db.execute("ALTER TABLE event ADD COLUMN hash TEXT NOT NULL DEFAULT ''")
    number, last = 0, chain.FIRST
    for row in db.execute(f"SELECT {_FIELDS} FROM event ORDER BY id").fetchall():  # noqa: S608 - ours
        number, last = row[0], chain.link(last, row)
        db.execute("UPDATE event SET hash = ? WHERE id = ?", (last, number))
    db.execute(_NEVER_CHANGES)
    db.execute(
        "CREATE TABLE event_chain (id INTEGER PRIMARY KEY CHECK (id = 1), number INTEGER NOT NULL,"
        " hash TEXT NOT NULL, dropped_hash TEXT NOT NULL) STRICT"
    )
    db.execute("INSERT INTO event_chain VALUES (1, ?, ?, ?)", (number, last, chain.FIRST))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened.

    Attributes:
        at: when, ISO 8601 in UTC.
        kind: what, for programs: `command`, `confirmation`, `control`, `plan-review`, `cloud`.
        actor: who did it: a token, the plan, the box.
        subject: to what: the id of a machine or a station.
        outcome: how it went, one word.
        detail: all else, JSON.
        id: its number in the log; 0 before it is stored.
    """

    at: str
    kind: str
    actor: str
    subject: str
    outcome: str
    detail: dict[str, Any] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to read: None takes all; `before` and `since`/`until` bound numbers and stamps."""

    kind: str | None = None
    subject: str | None = None
    actor: str | None = None
    outcome: str | None = None
    since: str | None = None
    until: str | None = None
    before: int | None = None


_WHERE: Final = {
    "kind": "kind = ?",
    "subject": "subject = ?",
    "actor": "actor = ?",
    "outcome": "outcome = ?",
    "since": "at >= ?",
    "until": "at < ?",
    "before": "id < ?",
}


def append(db: Database, events: Sequence[Event]) -> None:
    """Write events down at the end of the chain, and let go of what is more than `KEEP_EVENTS` back."""
    end = chain.end_of(db)
    number, last = end.number, end.hash
    for event in events:
        number += 1
        told = (event.at, event.kind, event.actor, event.subject, event.outcome, json.dumps(event.detail))
        last = chain.link(last, (number, *told))
        db.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (number, *told, last))
    dropped = db.execute(
        "SELECT hash FROM event WHERE id <= ? ORDER BY id DESC LIMIT 1", (number - KEEP_EVENTS,)
    ).fetchone()
    dropped_hash = end.dropped_hash if dropped is None else dropped[0]
    db.execute("UPDATE event_chain SET number = ?, hash = ?, dropped_hash = ?", (number, last, dropped_hash))
    db.execute("DELETE FROM event WHERE id <= ?", (number - KEEP_EVENTS,))


def load(db: Database, wanted: EventFilter, limit: int) -> list[Event]:
    """Read events, the newest first."""
    given = {name: getattr(wanted, name) for name in _WHERE if getattr(wanted, name) is not None}
    where = " AND ".join(_WHERE[name] for name in given) or "1"
    rows = db.query(
        f"SELECT {_FIELDS} FROM event WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - made of `_WHERE`
        [*given.values(), limit],
    )
    return [Event(**{**row, "detail": json.loads(row["detail"])}) for row in rows]
