"""Records that the cloud will never take: set aside with its reason, so that they neither block nor vanish.

They wait here for a person: an update of the cloud or of the box may make them welcome, then `retry` puts
them back; else they are given up (`discard`). What is told of a member who is erased goes with the member
(`forget`).
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils.db import Database
from sqlite_utils.migrations import Migrations

from sync import retention
from sync.outbox import PRIORITY, demand_transaction
from sync.pseudonym import Pseudonym
from sync.record import RecordKind, parse_stamp, stamp

MAX_REASON_CHARACTERS: Final = 300
# Some fifty thousand sessions: time enough for a person to mend a cloud that refuses everything.
KEEP_BYTES: Final = 100_000_000

migrations: Final = Migrations("sync.refused")


@migrations()
def create_outbox_refused(db: Database) -> None:
    """The record as it would have left, and why it was not wanted; and how many there were ever, by kind."""
    db.execute(
        """
        CREATE TABLE outbox_refused (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            member TEXT,
            created_at TEXT NOT NULL,
            refused_at TEXT NOT NULL,
            reason TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            payload TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX outbox_refused_of_member ON outbox_refused (member)")
    db.execute("CREATE INDEX outbox_refused_size ON outbox_refused (seq, kind, bytes)")
    db.execute("CREATE TABLE outbox_refusals (kind TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT")


@dataclass(frozen=True, slots=True)
class Refusals:
    """What the cloud refused.

    Attributes:
        kept: Records that are set aside now.
        counts: Refusals so far, by kind, also of records that are no longer here.
        reason: The cloud's words for the latest that is kept; None when none is.
        refused_at: When that was, UTC.
    """

    kept: int
    counts: Mapping[RecordKind, int]
    reason: str | None
    refused_at: datetime | None


def set_aside(connection: sqlite3.Connection, reasons: Mapping[str, str], *, now: datetime) -> int:
    """Move records from the outbox to here, inside of the caller's transaction; returns how many were there.

    Beyond `KEEP_BYTES` the oldest go, and are counted as dropped.

    Args:
        connection: Of the box's store.
        reasons: By id of the record; those that are not in the outbox are no error.
        now: Wall clock, aware.

    Raises:
        OutboxMisuse: No transaction is open.
    """
    demand_transaction(connection, "set aside")
    moved = 0
    for identifier, reason in reasons.items():
        row = connection.execute(
            "DELETE FROM outbox WHERE id = ? RETURNING kind, created_at, payload", (identifier,)
        ).fetchone()
        if row is None:
            continue
        kind, created_at, payload = row
        connection.execute(
            "INSERT OR REPLACE INTO outbox_refused"
            " (id, kind, member, created_at, refused_at, reason, bytes, payload)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identifier,
                kind,
                _member_of(payload),
                created_at,
                stamp(now),
                reason[:MAX_REASON_CHARACTERS],
                len(payload.encode()),
                payload,
            ),
        )
        connection.execute(
            "INSERT INTO outbox_refusals VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET count = count + 1",
            (kind,),
        )
        moved += 1
    _make_room(connection, now)
    return moved


def retry(connection: sqlite3.Connection) -> int:
    """Put all that is set aside back into the outbox, inside of the caller's transaction; returns how many.

    Raises:
        OutboxMisuse: No transaction is open.
    """
    demand_transaction(connection, "retry")
    rows = connection.execute(
        "SELECT id, kind, created_at, bytes, payload FROM outbox_refused ORDER BY seq"
    ).fetchall()
    connection.executemany(
        "INSERT INTO outbox (id, kind, priority, created_at, bytes, payload) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (
            (identifier, kind, PRIORITY[kind], created_at, size, payload)
            for identifier, kind, created_at, size, payload in rows
        ),
    )
    connection.execute("DELETE FROM outbox_refused")
    return len(rows)


def discard(connection: sqlite3.Connection, *, now: datetime) -> int:
    """Give up all that is set aside, counted as dropped; returns how many. In the caller's transaction.

    Raises:
        OutboxMisuse: No transaction is open.
    """
    demand_transaction(connection, "discard")
    kinds = connection.execute("SELECT kind, count(*) FROM outbox_refused GROUP BY kind").fetchall()
    for kind, number in kinds:
        retention.count(connection, kind, "refused", number, now=now)
    return connection.execute("DELETE FROM outbox_refused").rowcount


def forget(connection: sqlite3.Connection, member: Pseudonym) -> int:
    """Delete what is set aside about a member, inside of the caller's transaction; returns how many.

    Raises:
        OutboxMisuse: No transaction is open.
    """
    demand_transaction(connection, "forget")
    return connection.execute("DELETE FROM outbox_refused WHERE member = ?", (member,)).rowcount


def refusals(connection: sqlite3.Connection) -> Refusals:
    """What is set aside now, and how many there were ever."""
    (kept,) = connection.execute("SELECT count(*) FROM outbox_refused").fetchone()
    latest = connection.execute(
        "SELECT reason, refused_at FROM outbox_refused ORDER BY seq DESC LIMIT 1"
    ).fetchone()
    counts = dict(connection.execute("SELECT kind, count FROM outbox_refusals ORDER BY kind").fetchall())
    if latest is None:
        return Refusals(kept, counts, None, None)
    return Refusals(kept, counts, latest[0], parse_stamp(latest[1]))


def _make_room(connection: sqlite3.Connection, now: datetime) -> None:
    (held,) = connection.execute("SELECT coalesce(sum(bytes), 0) FROM outbox_refused").fetchone()
    while held > KEEP_BYTES:
        seq, kind, size = connection.execute(
            "SELECT seq, kind, bytes FROM outbox_refused ORDER BY seq LIMIT 1"
        ).fetchone()
        connection.execute("DELETE FROM outbox_refused WHERE seq = ?", (seq,))
        retention.count(connection, kind, "refused", 1, now=now)
        held -= size


def _member_of(payload: str) -> str | None:
    """Whom a record is about; None also for a payload that is no longer readable."""
    try:
        document = json.loads(payload)
    except ValueError:
        return None
    member = document.get("member") if isinstance(document, dict) else None
    return member if isinstance(member, str) else None
