"""The outbox: records that wait for the cloud, in the same SQLite file as the things they tell of.

Every function takes the caller's connection. Those that write demand a transaction that the caller has
opened, and never commit it: a session row and its record become durable together, or not at all. The rest of
the rules:

- order of delivery: `erase`, `session`, `plan`, `device`, `health`; within a kind, as appended;
- a record leaves the outbox by `acknowledge`, after the cloud has said that it holds it; or it is set aside
  because the cloud refuses it (`sync.refused`), or dropped because the box has no room (`sync.retention`):
  both are counted.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlite_utils.db import Database
from sqlite_utils.migrations import Migrations

from sync.record import KINDS, Record, RecordKind, parse_stamp, stamp

# Smaller leaves first. Erasing is a legal duty; a session cannot be made again; a plan can; the rest is
# telemetry.
PRIORITY: Final[dict[RecordKind, int]] = {"erase": 0, "session": 1, "plan": 2, "device": 3, "health": 4}
DEFAULT_BATCH_RECORDS: Final = 100
DEFAULT_BATCH_BYTES: Final = 1024 * 1024

migrations: Final = Migrations("sync.outbox")


@migrations()
def create_outbox(db: Database) -> None:
    """The table and the one index: delivery order, and with the size in it, so that sums read no payload."""
    db.execute(
        """
        CREATE TABLE outbox (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            priority INTEGER NOT NULL,
            created_at TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            payload TEXT NOT NULL
        ) STRICT
        """
    )
    db.execute("CREATE INDEX outbox_delivery ON outbox (priority, seq, bytes, created_at)")


class OutboxMisuse(RuntimeError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A write came without the caller's own transaction, or with a record that is already there."""


@dataclass(frozen=True, slots=True)
class Pending:
    """One record that waits: `payload` is its canonical JSON, `bytes` that text's length in UTF-8."""

    id: str
    kind: RecordKind
    payload: str
    bytes: int


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """How full the outbox is.

    Attributes:
        depth: Records that wait.
        bytes: Their payloads together, in bytes.
        oldest_created_at: When the oldest was made, UTC; None when nothing waits.
    """

    depth: int
    bytes: int
    oldest_created_at: datetime | None

    def oldest_age_s(self, now: datetime) -> float | None:
        """Age of the oldest in seconds, None when nothing waits; 0 when the clock was set back since."""
        if self.oldest_created_at is None:
            return None
        return max(0.0, (now - self.oldest_created_at).total_seconds())


def append(connection: sqlite3.Connection, record: Record) -> None:
    """Put a record in, inside of the caller's transaction.

    Raises:
        OutboxMisuse: No transaction is open, or the outbox has a record with this id.
        RecordRejected: The record is no JSON or too long; the transaction is untouched.
        sqlite3.Error: The database could not take it (disk full, read-only); the caller rolls back.
    """
    demand_transaction(connection, "append")
    payload = record.to_json()
    cursor = connection.execute(
        "INSERT INTO outbox (id, kind, priority, created_at, bytes, payload) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO NOTHING",
        (
            record.id,
            record.kind,
            PRIORITY[record.kind],
            stamp(record.created_at),
            len(payload.encode()),
            payload,
        ),
    )
    if cursor.rowcount != 1:
        raise OutboxMisuse(f"record {record.id} is already in the outbox")


def peek_batch(
    connection: sqlite3.Connection,
    *,
    max_records: int = DEFAULT_BATCH_RECORDS,
    max_bytes: int = DEFAULT_BATCH_BYTES,
    kinds: Collection[RecordKind] = KINDS,
) -> tuple[Pending, ...]:
    """The next records of these kinds to send, in order of delivery; they stay until they are acknowledged.

    At least one when any waits, even if it alone is longer than `max_bytes`: nothing may block the queue for
    ever.

    Raises:
        ValueError: A limit is not positive.
    """
    if max_records < 1 or max_bytes < 1:
        raise ValueError(f"batch limits must be positive, not {max_records} records, {max_bytes} bytes")
    batch: list[Pending] = []
    total = 0
    rows = connection.execute(
        "SELECT id, kind, payload, bytes FROM outbox WHERE priority IN (SELECT value FROM json_each(?))"
        " ORDER BY priority, seq LIMIT ?",
        (json.dumps([PRIORITY[kind] for kind in kinds]), max_records),
    )
    for identifier, kind, payload, size in rows:
        total += size
        if batch and total > max_bytes:
            break
        batch.append(Pending(identifier, cast("RecordKind", kind), payload, size))
    rows.close()
    return tuple(batch)


def acknowledge(connection: sqlite3.Connection, ids: Iterable[str]) -> int:
    """Drop the records that the cloud holds, inside of the caller's transaction; returns how many were there.

    Ids that are not in the outbox are no error: an answer may arrive twice.

    Raises:
        OutboxMisuse: No transaction is open.
    """
    demand_transaction(connection, "acknowledge")
    cursor = connection.executemany("DELETE FROM outbox WHERE id = ?", ((identifier,) for identifier in ids))
    return max(0, cursor.rowcount)


def replace(connection: sqlite3.Connection, record: Record) -> None:
    """Put a record in the place of the one with its id, inside of the caller's transaction.

    Raises:
        OutboxMisuse: No transaction is open.
        RecordRejected: The record is no JSON or too long.
    """
    demand_transaction(connection, "replace")
    payload = record.to_json()
    connection.execute(
        "UPDATE outbox SET created_at = ?, bytes = ?, payload = ? WHERE id = ?",
        (stamp(record.created_at), len(payload.encode()), payload, record.id),
    )


def status(connection: sqlite3.Connection) -> OutboxStatus:
    """How many records wait, how large they are, how old the oldest is."""
    count, size, oldest = connection.execute(
        "SELECT count(*), coalesce(sum(bytes), 0), min(created_at) FROM outbox"
    ).fetchone()
    return OutboxStatus(count, size, None if oldest is None else parse_stamp(oldest))


def depth(connection: sqlite3.Connection) -> int:
    """How many records wait."""
    return status(connection).depth


def demand_transaction(connection: sqlite3.Connection, what: str) -> None:
    """Refuse to write outside of a transaction that the caller has opened.

    Raises:
        OutboxMisuse: None is open.
    """
    if not connection.in_transaction:
        raise OutboxMisuse(f"outbox {what} needs an open transaction: BEGIN first, commit yourself")
