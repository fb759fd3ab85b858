"""What an upload does to the outbox, each a small job inside of the writer's transaction."""

import sqlite3
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sync import outbox, refused
from sync.record import RecordRejected, parse_record, parse_stamp, stamp
from sync.upload.clock import Correction, restamped

# A minute's work of the writer at the very most; a box makes as many in a month.
_MOST_CORRECTED: Final = 20_000


def settle(
    connection: sqlite3.Connection,
    *,
    acknowledged: Collection[str],
    refused_because: Mapping[str, str],
    now: datetime,
) -> int:
    """Let go of what the cloud holds, set aside what it will never take; returns how many the latter are."""
    outbox.acknowledge(connection, acknowledged)
    return refused.set_aside(connection, refused_because, now=now)


def correct(connection: sqlite3.Connection, correction: Correction) -> int:
    """Move the moments of records that were stamped by a wrong clock; returns how many there were.

    All of them at once: after a crash half of them could no longer be told from the others.
    """
    rows = connection.execute(
        "SELECT payload FROM outbox WHERE created_at >= ? AND created_at <= ? ORDER BY seq DESC LIMIT ?",
        (stamp(correction.since), stamp(correction.until), _MOST_CORRECTED),
    ).fetchall()
    for (payload,) in rows:
        try:
            outbox.replace(connection, restamped(parse_record(payload), correction.by))
        except (RecordRejected, OverflowError):  # damaged: it is set aside when its turn to leave has come
            continue
    return len(rows)


def newest_before(connection: sqlite3.Connection, moment: datetime) -> datetime | None:
    """The latest stamp before a moment that waits; None when there is none."""
    (latest,) = connection.execute(
        "SELECT max(created_at) FROM outbox WHERE created_at < ?", (stamp(moment),)
    ).fetchone()
    return None if latest is None else parse_stamp(latest)
