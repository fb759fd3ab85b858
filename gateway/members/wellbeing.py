"""How members say they are: sleep, stress, the heart in the morning. It never leaves the box."""

from datetime import date
from typing import Final

from pydantic import Field
from sqlite_utils import Database, Migrations

from gateway.clock import LocalDays
from gateway.live.snapshot import Message
from gateway.members.members import demand_known
from gateway.store.store import Store

migrations: Final = Migrations("gateway.wellbeing")


@migrations()
def create_wellbeing(db: Database) -> None:
    """One row a member and day."""
    db.execute(
        """
        CREATE TABLE wellbeing (
            member_id TEXT NOT NULL,
            day TEXT NOT NULL,
            sleep_efficiency REAL,
            stress_index REAL,
            resting_heart_rate_bpm REAL,
            hrv_ms REAL,
            PRIMARY KEY (member_id, day)
        ) STRICT, WITHOUT ROWID
        """
    )


class DayToCome(ValueError):  # noqa: N818 - named by what happened
    """Nobody can tell of a day that has not begun."""


class WellbeingUnknown(LookupError):  # noqa: N818 - named by what happened
    """The member told nothing of this day."""


class SelfReport(Message):
    """What a member tells of a day, or a band measured; what is left out is not known."""

    sleep_efficiency: float | None = Field(
        default=None, ge=0, le=1, description="Time asleep by time in bed, in the night before the day."
    )
    stress_index: float | None = Field(default=None, ge=0, le=10, description="0 (calm) to 10.")
    resting_heart_rate_bpm: float | None = Field(default=None, ge=25, le=150)
    hrv_ms: float | None = Field(default=None, ge=0, le=500, description="RMSSD of the morning.")


class WellbeingDiary:
    """What members told of their days."""

    def __init__(self, *, store: Store, days: LocalDays) -> None:
        self._store = store
        self._days = days

    async def put(self, member_id: str, day: date, report: SelfReport) -> SelfReport:
        """Write what is told of a day, in place of what was told before.

        Raises:
            DayToCome: the day has not begun here.
            MemberUnknown: nothing is stored under this id.
            StoreError: it cannot be stored now.
        """
        if day > self._days.today():
            raise DayToCome(f"{day} has not begun here. Tell of a day when it is there.")

        def job(db: Database) -> SelfReport:
            demand_known(db, member_id)
            db.execute(
                "INSERT OR REPLACE INTO wellbeing (member_id, day, sleep_efficiency, stress_index,"
                " resting_heart_rate_bpm, hrv_ms) VALUES (?, ?, ?, ?, ?, ?)",
                (member_id, day.isoformat(), *report.model_dump().values()),
            )
            return report

        return await self._store.write(job)

    async def get(self, member_id: str, day: date) -> SelfReport:
        """Return what was told of a day.

        Raises:
            WellbeingUnknown: nothing was.
            StoreError: it cannot be read now.
        """
        found = (await self._store.read(lambda db: load_wellbeing(db, member_id, day, day))).get(day)
        if found is None:
            raise WellbeingUnknown(f"Nothing was told of {day}.")
        return found


def load_wellbeing(db: Database, member_id: str, first: date, last: date) -> dict[date, SelfReport]:
    """Return what was told of the days from `first` to `last`, oldest first."""
    rows = db.query(
        "SELECT day, sleep_efficiency, stress_index, resting_heart_rate_bpm, hrv_ms FROM wellbeing"
        " WHERE member_id = ? AND day BETWEEN ? AND ? ORDER BY day",
        (member_id, first.isoformat(), last.isoformat()),
    )
    return {date.fromisoformat(row.pop("day")): SelfReport.model_validate(row) for row in rows}
