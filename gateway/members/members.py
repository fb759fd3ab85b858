"""Members as the box knows them: a name to show, and what heart-rate zones and plans need, nothing more."""

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, Field
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
from recommender.person import BodyPart, Condition, Goal, Level, Person, Sex, TrainingPhase
from sync import outbox, refused
from sync.pseudonym import Pseudonym
from sync.record import new_record

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"
MemberId = Annotated[str, Field(pattern=ID_PATTERN, description="Letters, digits, dot, dash, underscore.")]

# Every other table with rows about members; rows of `_RECORDED` name a record that may wait for the cloud.
TABLES: Final = ("session", "plan", "wellbeing", "heart", "member_pin", "consent")
_RECORDED: Final = ("session", "plan")

T = TypeVar("T")

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


@migrations()
def add_what_plans_need(db: Database) -> None:
    """Body, aims and what must be spared; `injuries` and `conditions` are JSON lists."""
    for column in (
        "sex TEXT",
        "height_cm REAL",
        "weight_kg REAL",
        "level TEXT",
        "goal TEXT",
        "training_phase TEXT",
        "injuries TEXT NOT NULL DEFAULT '[]'",
        "conditions TEXT NOT NULL DEFAULT '[]'",
        "resting_heart_rate_bpm INTEGER",
    ):
        db.execute(f"ALTER TABLE member ADD COLUMN {column}")


class MemberUnknown(LookupError):  # noqa: N818 - named by what happened
    """The box has nothing about this member."""


class MemberTraining(Exception):  # noqa: N818 - named by what happened
    """The member is checked in; nothing of theirs is erased in the middle of a session."""


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


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

    sex: Sex | None = Field(default=None, description="Only for figures by group; no plan depends on it.")
    height_cm: float | None = Field(default=None, ge=60, le=260, allow_inf_nan=False)
    weight_kg: float | None = Field(default=None, ge=20, le=400, allow_inf_nan=False)
    level: Level | None = Field(default=None, description="How used to training; left out: beginner.")
    goal: Goal | None = Field(default=None, description="What for; left out: fat_loss.")
    training_phase: TrainingPhase | None = Field(
        default=None, description="Where in the cycle of training; left out: base."
    )
    injuries: Annotated[tuple[BodyPart, ...], AfterValidator(_each_once)] = Field(
        default=(), description="Parts of the body that plans must spare."
    )
    conditions: Annotated[tuple[Condition, ...], AfterValidator(_each_once)] = Field(
        default=(), description="What a doctor has told."
    )
    resting_heart_rate_bpm: int | None = Field(default=None, ge=25, le=150)

    def maximum_bpm(self, today: date) -> float | None:
        """Return the measured maximum heart rate, else the one expected at this age, else None."""
        if self.maximum_heart_rate_bpm is not None:
            return float(self.maximum_heart_rate_bpm)
        age_years = self._age_years(today)
        return None if age_years is None else maximum_heart_rate_bpm(age_years)

    def person(self, today: date) -> Person:
        """Return whom a plan is for, without anything that says who it is."""
        told = {
            name: value
            for name in ("sex", "height_cm", "weight_kg", "level", "goal", "training_phase")
            if (value := getattr(self, name)) is not None
        }
        return Person(
            age_years=self._age_years(today),
            injuries=frozenset(self.injuries),
            conditions=frozenset(self.conditions),
            maximum_bpm=self.maximum_heart_rate_bpm,
            resting_bpm=self.resting_heart_rate_bpm,
            **told,
        )

    def _age_years(self, today: date) -> float | None:
        """The age reached this year, where anything is known about people of that age."""
        if self.birth_year is None:
            return None
        age_years = today.year - self.birth_year
        return float(age_years) if MINIMUM_AGE_YEARS <= age_years <= MAXIMUM_AGE_YEARS else None


class Member(MemberProfile):
    """A member as stored."""

    id: str
    created_at: Stamp
    updated_at: Stamp


_LISTS: Final = ("injuries", "conditions")
_TOLD: Final = (*MemberProfile.model_fields, "updated_at")
_WRITTEN: Final = (*_TOLD, "created_at", "id")
_PUT: Final = (
    f"INSERT INTO member ({', '.join(_WRITTEN)})"  # noqa: S608 - the model's own names
    f" VALUES ({', '.join(f':{name}' for name in _WRITTEN)})"
    f" ON CONFLICT (id) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _TOLD)}"
)


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
        row = {**_columns(profile), "created_at": now, "updated_at": now, "id": member_id}

        def job(db: Database) -> Member:
            db.execute(_PUT, row)
            return _need(db, member_id)

        return await self._store.write(job)

    async def find(self, member_id: str) -> Member | None:
        """Return the member, or None for one who only has an id."""
        return await self._store.read(lambda db: find_member(db, member_id))

    async def get(self, member_id: str) -> Member:
        """Return the member.

        Raises:
            MemberUnknown: there is none with this id.
        """
        return await self._store.read(lambda db: _need(db, member_id))

    async def delete(self, member_id: str) -> None:
        """Erase the member here and have the cloud erase them: one transaction does both.

        Records that have not left yet are withdrawn; the `erase` record covers those that have.

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
            demand_known(db, member_id)
            withdraw_records(db.conn, member_id)
            for table in TABLES:
                db.execute(f"DELETE FROM {table} WHERE member_id = ?", (member_id,))  # noqa: S608 - ours
            db.execute("DELETE FROM member WHERE id = ?", (member_id,))
            refused.forget(db.conn, pseudonym)
            outbox.append(db.conn, erase)

        await self._store.write(job)
        await self._store.scrub()

    def pseudonym(self, member_id: str) -> Pseudonym:
        """Under which the cloud and the event log know the member. Raises StoreBroken."""
        return self._pseudonym(member_id)


def demand_known(db: Database, member_id: str) -> None:
    """Let through who has a profile or was ever checked in.

    Raises:
        MemberUnknown: neither.
    """
    found = db.execute(
        "SELECT 1 FROM member WHERE id = ? UNION ALL SELECT 1 FROM session WHERE member_id = ? LIMIT 1",
        (member_id, member_id),
    )
    if found.fetchone() is None:
        raise MemberUnknown(member_id)


def find_member(db: Database, member_id: str) -> Member | None:
    """Return the member, or None for one who only has an id."""
    row = next(db.query("SELECT * FROM member WHERE id = ?", (member_id,)), None)
    if row is None:
        return None
    return Member.model_validate({**row, **{name: json.loads(row[name]) for name in _LISTS}})


def _columns(profile: MemberProfile) -> dict[str, Any]:
    values = profile.model_dump()
    return {**values, **{name: json.dumps(values[name]) for name in _LISTS}}


def withdraw_records(connection: sqlite3.Connection, member_id: str) -> None:
    """Take what is to tell the cloud of a member out of the outbox; inside of a transaction."""
    for table in _RECORDED:
        rows = connection.execute(
            f"SELECT record_id FROM {table} WHERE member_id = ?",  # noqa: S608 - ours
            (member_id,),
        ).fetchall()
        outbox.acknowledge(connection, [record_id for (record_id,) in rows if record_id])


def _need(db: Database, member_id: str) -> Member:
    member = find_member(db, member_id)
    if member is None:
        raise MemberUnknown(member_id)
    return member
