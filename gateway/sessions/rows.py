"""Sessions in the store: every statement that touches them, each a small job for the writer or a reader."""

import json
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlite_utils import Database, Migrations

from gateway.sessions.followed import Followed
from gateway.sessions.report import SessionReport
from sync import outbox
from sync.record import Record

migrations: Final = Migrations("gateway.sessions")


@migrations()
def create_session(db: Database) -> None:
    """One row a session; the indexes let neither a station nor a band have two at once."""
    db.execute(
        """
        CREATE TABLE session (
            id TEXT PRIMARY KEY,
            station_id TEXT NOT NULL,
            member_id TEXT NOT NULL,
            band_id TEXT,
            exercise TEXT,
            status TEXT NOT NULL CHECK (status IN ('active', 'ended')),
            started_at TEXT NOT NULL,
            elapsed_s REAL NOT NULL DEFAULT 0,
            progress TEXT,
            ended_at TEXT,
            report TEXT,
            record_id TEXT,
            CHECK ((status = 'ended') = (report IS NOT NULL))
        ) STRICT
        """
    )
    db.execute("CREATE UNIQUE INDEX session_at_station ON session (station_id) WHERE status = 'active'")
    db.execute("CREATE UNIQUE INDEX session_with_band ON session (band_id) WHERE status = 'active'")
    db.execute("CREATE INDEX session_of_member ON session (member_id, started_at)")


@migrations()
def add_steps(db: Database) -> None:
    """What the machine follows, as long as the session runs."""
    db.execute("ALTER TABLE session ADD COLUMN steps TEXT")
    db.execute("ALTER TABLE session ADD COLUMN steps_done_s REAL")


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session that runs, as it is kept for a restart."""

    id: str
    station_id: str
    member_id: str
    band_id: str | None
    exercise: str | None
    started_at: str
    elapsed_s: float
    progress: str
    followed: Followed | None = None

    @classmethod
    def build(cls, *, elapsed_s: float, progress: dict[str, Any], **names: Any) -> Self:
        """Make a row of the running sums."""
        return cls(elapsed_s=elapsed_s, progress=json.dumps(progress, separators=(",", ":")), **names)

    def sums(self) -> dict[str, Any]:
        """Return the running sums that `build` was given."""
        sums: dict[str, Any] = json.loads(self.progress)
        return sums


@dataclass(frozen=True, slots=True)
class SaveActive:
    """Write a running session; an ended one is left alone."""

    row: SessionRow

    def __call__(self, db: Database) -> None:
        """Insert or update the row."""
        row = self.row
        db.execute(
            "INSERT INTO session (id, station_id, member_id, band_id, exercise, status, started_at,"
            " elapsed_s, progress, steps, steps_done_s) VALUES (?, ?, ?, ?, ?, 'active', ?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET elapsed_s = excluded.elapsed_s, progress = excluded.progress,"
            " steps = excluded.steps, steps_done_s = excluded.steps_done_s WHERE status = 'active'",
            (
                row.id,
                row.station_id,
                row.member_id,
                row.band_id,
                row.exercise,
                row.started_at,
                row.elapsed_s,
                row.progress,
                row.followed.steps if row.followed else None,
                row.followed.done_s if row.followed else None,
            ),
        )


@dataclass(frozen=True, slots=True)
class Finish:
    """Write the ended session and its record for the cloud together; the caller's transaction joins them.

    A session that is already ended keeps its first result: an answer may have been lost on its way.
    """

    row: SessionRow
    report: SessionReport
    record: Record

    def __call__(self, db: Database) -> SessionReport:
        """Return what is stored."""
        stored = load_report(db, self.report.id)
        if stored is not None:
            return stored
        SaveActive(self.row)(db)
        db.execute(
            "UPDATE session SET status = 'ended', ended_at = ?, report = ?, record_id = ?, progress = NULL,"
            " steps = NULL, steps_done_s = NULL WHERE id = ?",
            (
                self.report.ended_at.isoformat() if self.report.ended_at else None,
                self.report.model_dump_json(),
                self.record.id,
                self.report.id,
            ),
        )
        outbox.append(db.conn, self.record)
        return self.report


def load_report(db: Database, session_id: str) -> SessionReport | None:
    """Return the report of an ended session."""
    row = db.execute("SELECT report FROM session WHERE id = ? AND status = 'ended'", (session_id,)).fetchone()
    return None if row is None else SessionReport.model_validate_json(row[0])


def load_active(db: Database) -> list[SessionRow]:
    """Return the sessions that ran when the box went down."""
    rows = db.query(
        "SELECT id, station_id, member_id, band_id, exercise, started_at, elapsed_s, progress, steps,"
        " steps_done_s FROM session WHERE status = 'active' ORDER BY started_at"
    )
    return [_row(**row) for row in rows]


def _row(*, steps: str | None, steps_done_s: float | None, **row: Any) -> SessionRow:
    return SessionRow(**row, followed=None if steps is None else Followed(steps, steps_done_s or 0.0))
