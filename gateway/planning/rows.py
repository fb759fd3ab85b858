"""Plans in the store, and what members said of them: every statement, a job for the writer or a reader."""

import logging
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from pydantic import Field, ValidationError
from sqlite_utils import Database, Migrations

from gateway.live.snapshot import Message, Stamp
from gateway.planning.document import PlanDocument
from sync import outbox
from sync.record import Record

_log = logging.getLogger(__name__)

migrations: Final = Migrations("gateway.planning")


@migrations()
def create_plan(db: Database) -> None:
    """One row a plan; the newest version of a member's day is the one that holds."""
    db.execute(
        """
        CREATE TABLE plan (
            id TEXT PRIMARY KEY,
            member_id TEXT NOT NULL,
            day TEXT NOT NULL,
            version INTEGER NOT NULL,
            made_at TEXT NOT NULL,
            document TEXT NOT NULL,
            feedback TEXT,
            record_id TEXT NOT NULL,
            UNIQUE (member_id, day, version)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX plan_of_day ON plan (day)")


class PlanUnknown(LookupError):  # noqa: N818 - named by what happened
    """There is no plan with this id."""


class Feedback(Message):
    """What a member says of a plan."""

    accepted: bool = Field(strict=True, description="Whether the member takes the plan.")
    rpe: int | None = Field(
        default=None, ge=1, le=10, strict=True, description="How hard it was; rating of perceived exertion."
    )
    note: str | None = Field(default=None, max_length=500, description="In their own words; it stays here.")


class StoredFeedback(Feedback):
    """What a member said, and when."""

    told_at: Stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan as it is kept.

    Attributes:
        version: 1 for the first plan of the day, one more each time it is made anew.
    """

    id: str
    member_id: str
    version: int
    made_at: datetime
    document: PlanDocument
    feedback: StoredFeedback | None = None

    @property
    def day(self) -> date:
        """For which it is, in the gym's time zone."""
        return self.document.day


@dataclass(frozen=True, slots=True)
class SavePlan:
    """Keep a new plan with its record, unless another of this version is there already."""

    plan: StoredPlan
    record: Record

    def __call__(self, db: Database) -> StoredPlan:
        """Return the plan that holds now."""
        plan = self.plan
        there = newest_plan(db, plan.member_id, plan.day)
        if there is not None and there.version >= plan.version:
            return there
        db.execute(
            "INSERT OR REPLACE INTO plan (id, member_id, day, version, made_at, document, record_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                plan.id,
                plan.member_id,
                plan.day.isoformat(),
                plan.version,
                plan.made_at.isoformat(),
                plan.document.model_dump_json(),
                self.record.id,
            ),
        )
        outbox.append(db.conn, self.record)
        return plan


@dataclass(frozen=True, slots=True)
class SaveFeedback:
    """Keep what a member says of a plan; its new record takes the place of one that still waits."""

    plan_id: str
    feedback: StoredFeedback
    record: Record

    def __call__(self, db: Database) -> None:
        """Write it down.

        Raises:
            PlanUnknown: the plan was erased meanwhile.
        """
        there = db.execute("SELECT record_id FROM plan WHERE id = ?", (self.plan_id,)).fetchone()
        if there is None:
            raise PlanUnknown(f"There is no plan {self.plan_id}.")
        outbox.acknowledge(db.conn, there)
        db.execute(
            "UPDATE plan SET feedback = ?, record_id = ? WHERE id = ?",
            (self.feedback.model_dump_json(), self.record.id, self.plan_id),
        )
        outbox.append(db.conn, self.record)


def newest_plan(db: Database, member_id: str, day: date) -> StoredPlan | None:
    """Return the plan that holds for a member on a day."""
    return _first(db, "member_id = ? AND day = ? ORDER BY version DESC LIMIT 1", (member_id, day.isoformat()))


def find_plan(db: Database, plan_id: str) -> StoredPlan | None:
    """Return the plan with this id."""
    return _first(db, "id = ?", (plan_id,))


def forget_plans(db: Database, before: date) -> int:
    """Let go of the plans of earlier days; returns how many there were.

    As long as a record waits for the cloud its plan stays: who is erased meanwhile must not be told of later.
    """
    gone = db.execute(
        "DELETE FROM plan WHERE day < ? AND record_id NOT IN (SELECT id FROM outbox)", (before.isoformat(),)
    )
    return int(gone.rowcount)


def active_members(db: Database, since: datetime, limit: int) -> list[str]:
    """Return who began a session since then, the latest first."""
    rows = db.execute(
        "SELECT member_id FROM session WHERE started_at >= ? GROUP BY member_id"
        " ORDER BY max(started_at) DESC LIMIT ?",
        (since.isoformat(), limit),
    )
    return [member_id for (member_id,) in rows.fetchall()]


def trained_for(db: Database, plan_id: str) -> list[tuple[str, float]]:
    """Return station and performed minutes of each ended session of a plan."""
    rows = db.execute(
        "SELECT station_id, json_extract(report, '$.plan.performed_minutes') FROM session"
        " WHERE member_id = (SELECT member_id FROM plan WHERE id = ?) AND status = 'ended'"
        " AND json_extract(report, '$.plan.id') = ?",
        (plan_id, plan_id),
    )
    return rows.fetchall()


def _first(db: Database, where: str, values: tuple[str, ...]) -> StoredPlan | None:
    row = next(db.query(f"SELECT * FROM plan WHERE {where}", values), None)  # noqa: S608 - written above
    return None if row is None else _readable(row)


def _readable(row: dict[str, Any]) -> StoredPlan | None:
    """What an earlier version stored, if this one still takes it; otherwise the day gets another plan."""
    feedback = row["feedback"]
    try:
        return StoredPlan(
            id=row["id"],
            member_id=row["member_id"],
            version=row["version"],
            made_at=datetime.fromisoformat(row["made_at"]),
            document=PlanDocument.model_validate_json(row["document"]),
            feedback=None if feedback is None else StoredFeedback.model_validate_json(feedback),
        )
    except ValidationError as error:
        _log.warning("plan %s is of another version and left out: %s", row["id"], error)
        return None
