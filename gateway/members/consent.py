"""Consent to measuring: what a member said, to which text, and when. Withdrawn, nothing is measured any more.

A heart rate, and how somebody slept or feels, are health data (GDPR Article 9). Where the gym asks at the
box, `[gym] health_consent = "recorded"`, they are only taken of members whose consent stands here; otherwise
the gym keeps consents in a place of its own, and a withdrawal that stands here holds all the same.
"""

from collections.abc import Callable
from typing import Annotated, Final, Literal

from pydantic import Field
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.live.snapshot import Message, Stamp
from gateway.members.members import MemberTraining, demand_known, withdraw_records
from gateway.store.store import Store
from sync import outbox, refused
from sync.pseudonym import Pseudonym
from sync.record import new_record

Version = Annotated[str, Field(min_length=1, max_length=64, description="Of the text that was agreed to.")]
Rule = Literal["recorded", "elsewhere"]
_MEASURED: Final = ("wellbeing", "heart")

migrations: Final = Migrations("gateway.members.consent")


@migrations()
def create_consent(db: Database) -> None:
    """One row for each word of a member; the newest holds."""
    db.execute(
        "CREATE TABLE consent (id INTEGER PRIMARY KEY, member_id TEXT NOT NULL,"
        " decision TEXT NOT NULL CHECK (decision IN ('given', 'withdrawn')),"
        " version TEXT NOT NULL, at TEXT NOT NULL) STRICT"
    )
    db.execute("CREATE INDEX consent_of_member ON consent (member_id, id)")


class Consent(Message):
    """What a member said of being measured."""

    decision: Literal["given", "withdrawn"] | None = Field(description="Null: was never asked here.")
    version: str | None = Field(description="Of the text that was agreed to.")
    at: Stamp | None
    measured: bool = Field(description="Whether heart rate and self-reports may be taken.")


class NotConsented(Exception):  # noqa: N818 - named by what happened
    """The member did not agree to being measured, or does not any more."""


class Consents:
    """What the members said."""

    def __init__(
        self,
        *,
        store: Store,
        pseudonym: Callable[[str], Pseudonym],
        rule: Callable[[], Rule],
        clock: Clock | None = None,
    ) -> None:
        """`rule` is the gym's, as it holds now."""
        self._store = store
        self._pseudonym = pseudonym
        self._rule = rule
        self._clock = clock or Clock()

    async def get(self, member_id: str) -> Consent:
        """Return what holds.

        Raises:
            MemberUnknown: nothing is stored under this id.
            StoreError: it cannot be read now.
        """

        def job(db: Database) -> Consent:
            demand_known(db, member_id)
            return self._load(db, member_id)

        return await self._store.read(job)

    async def give(self, member_id: str, version: str) -> Consent:
        """Write down that the member agreed to this version of the text.

        Raises:
            MemberUnknown: nothing is stored under this id.
            StoreError: it cannot be stored now.
        """
        return await self._store.write(lambda db: self._say(db, member_id, "given", version))

    async def withdraw(self, member_id: str) -> Consent:
        """Stop measuring, delete what was measured here, and have the cloud forget the member.

        What was trained and the plans stay, without heart rates; `Members.delete` removes those too.

        Raises:
            MemberUnknown: nothing is stored under this id.
            MemberTraining: a session of theirs runs; end it first.
            StoreError: it cannot be stored now.
        """
        pseudonym = self._pseudonym(member_id)
        erase = new_record("erase", {}, member=pseudonym, created_at=self._clock.utc_now())

        def job(db: Database) -> Consent:
            running = "SELECT 1 FROM session WHERE member_id = ? AND status = 'active'"
            if db.execute(running, (member_id,)).fetchone():
                raise MemberTraining
            before = self._load(db, member_id)
            said = self._say(db, member_id, "withdrawn", before.version or "")
            if before.decision != "withdrawn":
                _forget_measurements(db, member_id)
                withdraw_records(db.conn, member_id)
                refused.forget(db.conn, pseudonym)
                outbox.append(db.conn, erase)
            return said

        said = await self._store.write(job)
        await self._store.scrub()
        return said

    async def demand(self, member_id: str) -> None:
        """Let through who may be measured.

        Raises:
            NotConsented: they may not.
            StoreError: it cannot be read now.
        """
        if not await self.allows(member_id):
            raise NotConsented

    async def allows(self, member_id: str) -> bool:
        """Return whether heart rate and self-reports of a member may be taken. Raises StoreError."""
        return (await self._store.read(lambda db: self._load(db, member_id))).measured

    def _say(
        self, db: Database, member_id: str, decision: Literal["given", "withdrawn"], version: str
    ) -> Consent:
        demand_known(db, member_id)
        db.execute(
            "INSERT INTO consent (member_id, decision, version, at) VALUES (?, ?, ?, ?)",
            (member_id, decision, version, self._clock.utc_now().isoformat()),
        )
        return self._load(db, member_id)

    def _load(self, db: Database, member_id: str) -> Consent:
        newest = "SELECT decision, version, at FROM consent WHERE member_id = ? ORDER BY id DESC LIMIT 1"
        row = db.execute(newest, (member_id,)).fetchone()
        if row is None:
            return Consent(decision=None, version=None, at=None, measured=self._rule() == "elsewhere")
        decision, version, at = row
        return Consent(decision=decision, version=version or None, at=at, measured=decision == "given")


def _forget_measurements(db: Database, member_id: str) -> None:
    for table in _MEASURED:
        db.execute(f"DELETE FROM {table} WHERE member_id = ?", (member_id,))  # noqa: S608 - ours
    db.execute(
        "UPDATE session SET band_id = NULL,"
        " report = json_set(report, '$.band_id', NULL, '$.heart_rate', NULL)"
        " WHERE member_id = ? AND status = 'ended'",
        (member_id,),
    )
    db.execute(
        "UPDATE session SET report = json_set(report, '$.plan.performed_intensity', NULL)"
        " WHERE member_id = ? AND json_type(report, '$.plan') = 'object'",
        (member_id,),
    )
