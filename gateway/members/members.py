"""Members as the box knows them: a name to show and what heart-rate zones need, nothing more."""

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.live.snapshot import Message, Stamp
from gateway.store.store import Store
from recommender.heart_rate import (
    HIGHEST_MAXIMUM_BPM,
    LOWEST_MAXIMUM_BPM,
    MAXIMUM_AGE_YEARS,
    MINIMUM_AGE_YEARS,
    maximum_heart_rate_bpm,
)
from sync import outbox
from sync.pseudonym import Pseudonym
from sync.record import new_record

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
MemberId = Annotated[str, Field(pattern=ID_PATTERN, description="Letters, digits, dot, dash, underscore.")]

migrations: Final = Migrations("gateway.members")


@migrations()
def create_member(db: Database) -> None:
    """One row a member."""
    db.execute(
        """
        CREATE TABLE member (
            id TEXT PRIMARY KEY,
            display_name TEXT NOT NULL,
            birth_year INTEGER,
            maximum_heart_rate_bpm INTEGER,
            language TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL
        ) STRICT
        """
    )


class MemberUnknown(LookupError):  # noqa: N818 - named by what happened
    """The box has nothing about this member."""


class MemberTraining(Exception):  # noqa: N818 - named by what happened
    """The member is checked in; nothing of theirs is erased in the middle of a session."""


class MemberProfile(Message):
    """What may be told about a member; everything but the name may be left out."""

    display_name: str = Field(min_length=1, max_length=80, description="What to call the member.")
    birth_year: int | None = Field(
        default=None, ge=1900, le=2100, description="For the maximum heart rate, when none is measured."
    )
    maximum_heart_rate_bpm: int | None = Field(
        default=None, ge=int(LOWEST_MAXIMUM_BPM), le=int(HIGHEST_MAXIMUM_BPM), description="When measured."
    )
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
        description="For the kiosk: en, de, pt-BR and so on.",
    )

    def maximum_bpm(self, today: datetime) -> float | None:
        """Return the measured maximum heart rate, else the one expected at this age, else None."""
        if self.maximum_heart_rate_bpm is not None:
            return float(self.maximum_heart_rate_bpm)
        if self.birth_year is None:
            return None
        age_years = today.year - self.birth_year
        if not MINIMUM_AGE_YEARS <= age_years <= MAXIMUM_AGE_YEARS:
            return None
        return maximum_heart_rate_bpm(age_years)


class Member(MemberProfile):
    """A member as stored."""

    id: str
    created_at: Stamp
    updated_at: Stamp


class Members:
    """The members in the store."""

    def __init__(
        self, *, store: Store, pseudonym: Callable[[str], Pseudonym], clock: Clock | None = None
    ) -> None:
        self._store = store
        self._pseudonym = pseudonym
        self._clock = clock or Clock()

    async def put(self, member_id: str, profile: MemberProfile) -> Member:
        """Write the whole profile; what is not given is forgotten."""
        now = self._clock.utc_now().isoformat()
        values = (*profile.model_dump().values(), now, now, member_id)

        def job(db: Database) -> Member:
            db.execute(
                "INSERT INTO member (display_name, birth_year, maximum_heart_rate_bpm, language,"
                " created_at, updated_at, id) VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name,"
                " birth_year = excluded.birth_year,"
                " maximum_heart_rate_bpm = excluded.maximum_heart_rate_bpm,"
                " language = excluded.language, updated_at = excluded.updated_at",
                values,
            )
            return _need(db, member_id)

        return await self._store.write(job)

    async def find(self, member_id: str) -> Member | None:
        """Return the member, or None for one who only has an id."""
        return await self._store.read(lambda db: _find(db, member_id))

    async def get(self, member_id: str) -> Member:
        """Return the member.

        Raises:
            MemberUnknown: there is none with this id.
        """
        return await self._store.read(lambda db: _need(db, member_id))

    async def delete(self, member_id: str) -> None:
        """Erase the member here and have the cloud erase them: one transaction does both.

        Session records that have not left yet are withdrawn; the `erase` record covers those that have.

        Raises:
            MemberUnknown: nothing is stored under this id.
            MemberTraining: a session of theirs runs.
        """
        pseudonym = self._pseudonym(member_id)
        erase = new_record("erase", {}, member=pseudonym, created_at=self._clock.utc_now())

        def job(db: Database) -> None:
            if db.execute(
                "SELECT 1 FROM session WHERE member_id = ? AND status = 'active'", (member_id,)
            ).fetchone():
                raise MemberTraining
            _withdraw(db.conn, member_id)
            sessions = db.execute("DELETE FROM session WHERE member_id = ?", (member_id,)).rowcount
            rows = db.execute("DELETE FROM member WHERE id = ?", (member_id,)).rowcount
            if not sessions and not rows:
                raise MemberUnknown
            outbox.append(db.conn, erase)

        await self._store.write(job)


def _withdraw(connection: sqlite3.Connection, member_id: str) -> None:
    rows = connection.execute("SELECT record_id FROM session WHERE member_id = ?", (member_id,)).fetchall()
    outbox.acknowledge(connection, [record_id for (record_id,) in rows if record_id])


def _find(db: Database, member_id: str) -> Member | None:
    row = next(db.query("SELECT * FROM member WHERE id = ?", (member_id,)), None)
    return None if row is None else Member.model_validate(row)


def _need(db: Database, member_id: str) -> Member:
    member = _find(db, member_id)
    if member is None:
        raise MemberUnknown(member_id)
    return member
