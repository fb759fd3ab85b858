"""What goes when the outbox may grow no more: the policy `telemetry-first`, and how it is carried out.

Two bounds: bytes for everything that waits, days for what only matters while it is fresh. Whatever is dropped
is counted by kind and reason in a table of its own, in the same transaction.

- by age: `health`, `device` and `plan`, never a session;
- by bytes: the oldest `health`, then `device`, then `plan`; sessions, the oldest first, only when they alone
  with the erasures still exceed the budget; `erase` never: it is a legal duty, and 300 bytes.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from sqlite_utils.db import Database
from sqlite_utils.migrations import Migrations

from sync.outbox import PRIORITY, demand_transaction
from sync.record import RecordKind, parse_stamp, stamp

POLICY: Final = "telemetry-first"
DROP_ORDER: Final[tuple[RecordKind, ...]] = ("health", "device", "plan", "session")
_AGING: Final[tuple[RecordKind, ...]] = ("health", "device", "plan")
# A turn of the writer must stay short: a thousand deletes take some milliseconds.
MOST_A_TURN: Final = 1000

# "refused": the cloud would not have it, and there was no more room to set it aside.
DropReason = Literal["age", "bytes", "refused"]

migrations: Final = Migrations("sync.retention")


@migrations()
def create_outbox_dropped(db: Database) -> None:
    """One row for each kind and reason."""
    db.execute(
        """
        CREATE TABLE outbox_dropped (
            kind TEXT NOT NULL,
            reason TEXT NOT NULL,
            count INTEGER NOT NULL,
            last_at TEXT NOT NULL,
            PRIMARY KEY (kind, reason)
        ) STRICT
        """
    )


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may wait: bytes of payload in all, and for how long what is not a session."""

    bytes: int
    age: timedelta


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many records of a kind were dropped so far for a reason, and when the last one was."""

    kind: RecordKind
    reason: DropReason
    count: int
    last_at: datetime


def to_free(held: Mapping[RecordKind, int], budget_bytes: int) -> dict[RecordKind, int]:
    """How many bytes of each kind must go, in the order in which they go; nothing when all fits.

    Args:
        held: Bytes that wait, by kind.
        budget_bytes: What they may take together.
    """
    excess = sum(held.values()) - budget_bytes
    going: dict[RecordKind, int] = {}
    for kind in DROP_ORDER:
        share = min(max(0, excess), held.get(kind, 0))
        if share:
            going[kind] = share
            excess -= share
    return going


def enforce(
    connection: sqlite3.Connection,
    budget: Budget,
    *,
    now: datetime,
    trusted: bool = True,
    most: int = MOST_A_TURN,
) -> int:
    """Drop and count what is beyond the budget, inside of the caller's transaction; returns how many records.

    As many as `most` means that there may be more: call again in the next turn.

    Args:
        connection: Of the box's store.
        budget: What may wait.
        now: Wall clock, aware.
        trusted: Whether that clock can be believed; nothing goes by age while it cannot.
        most: Records dropped in one turn.

    Raises:
        OutboxMisuse: No transaction is open.
    """
    demand_transaction(connection, "retention")
    room = most
    for kind in _AGING if trusted else ():
        aged = _aged(connection, kind, now - budget.age, room)
        room -= _drop(connection, kind, "age", aged, now)
    for kind, excess in to_free(_held(connection), budget.bytes).items():
        oldest = _oldest(connection, kind, excess, room)
        room -= _drop(connection, kind, "bytes", oldest, now)
    return most - room


def count(
    connection: sqlite3.Connection, kind: RecordKind, reason: DropReason, number: int, *, now: datetime
) -> None:
    """Note that so many records of a kind are no more, inside of the transaction that drops them."""
    connection.execute(
        "INSERT INTO outbox_dropped (kind, reason, count, last_at) VALUES (?, ?, ?, ?) ON CONFLICT"
        " (kind, reason) DO UPDATE SET count = count + excluded.count, last_at = excluded.last_at",
        (kind, reason, number, stamp(now)),
    )


def dropped(connection: sqlite3.Connection) -> tuple[Dropped, ...]:
    """What was dropped so far, by kind and reason."""
    rows = connection.execute("SELECT kind, reason, count, last_at FROM outbox_dropped ORDER BY kind, reason")
    return tuple(
        Dropped(cast("RecordKind", kind), cast("DropReason", reason), count, parse_stamp(last_at))
        for kind, reason, count, last_at in rows.fetchall()
    )


def _aged(connection: sqlite3.Connection, kind: RecordKind, before: datetime, most: int) -> list[int]:
    rows = connection.execute(
        "SELECT seq FROM outbox WHERE priority = ? AND created_at < ? ORDER BY seq LIMIT ?",
        (PRIORITY[kind], stamp(before), most),
    )
    return [seq for (seq,) in rows.fetchall()]


def _oldest(connection: sqlite3.Connection, kind: RecordKind, excess: int, most: int) -> list[int]:
    rows = connection.execute(
        "SELECT seq, bytes FROM outbox WHERE priority = ? ORDER BY seq LIMIT ?", (PRIORITY[kind], most)
    )
    going = []
    for seq, size in rows.fetchall():
        if excess <= 0:
            break
        going.append(seq)
        excess -= size
    return going


def _held(connection: sqlite3.Connection) -> dict[RecordKind, int]:
    kinds = {priority: kind for kind, priority in PRIORITY.items()}
    rows = connection.execute("SELECT priority, sum(bytes) FROM outbox GROUP BY priority").fetchall()
    return {kinds[priority]: size for priority, size in rows}


def _drop(
    connection: sqlite3.Connection, kind: RecordKind, reason: DropReason, seqs: Sequence[int], now: datetime
) -> int:
    if seqs:
        connection.executemany("DELETE FROM outbox WHERE seq = ?", ((seq,) for seq in seqs))
        count(connection, kind, reason, len(seqs), now=now)
    return len(seqs)
