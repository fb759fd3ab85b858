"""PINs: who has one may tap their name at a kiosk, and nobody else may check in as them there.

Four digits keep a neighbour out, not a thief of the store: the hash is slow, yet ten thousand tries are few.
"""

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Final, Protocol

from pydantic import Field
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.live.snapshot import Message
from gateway.members.members import demand_known
from gateway.members.names import short_name
from gateway.store.store import Store

Pin = Annotated[str, Field(pattern=r"^[0-9]{4,8}$", description="Four to eight digits.")]

PINS_A_MINUTE: Final = 5
"""Wrong ones for one member, before somebody has to wait."""
MOST_REGULARS: Final = 8
REGULAR_DAYS: Final = 28

migrations: Final = Migrations("gateway.members.pins")


@migrations()
def create_member_pin(db: Database) -> None:
    """One row for each member who has a PIN."""
    db.execute(
        "CREATE TABLE member_pin (member_id TEXT PRIMARY KEY, salt BLOB NOT NULL, hash BLOB NOT NULL) STRICT"
    )


class PinError(Exception):
    """A check-in that the PIN does not allow; the text is for the person who tried."""


class PinNeeded(PinError):  # noqa: N818 - named by what happened
    """The member has a PIN and none was given."""


class PinWrong(PinError):  # noqa: N818 - named by what happened
    """That was not it."""


class PinThrottled(PinError):  # noqa: N818 - named by what happened
    """Too many were wrong in the last minute."""


class Throttle(Protocol):
    """Counts failures."""

    def wait_s(self, client: str, now_s: float) -> float:
        """Return how long to wait; 0 when nobody need."""

    def failed(self, client: str, now_s: float) -> None:
        """Note a failure."""


class Regular(Message):
    """A member who often trains at a station."""

    id: str
    name: str = Field(description="Short: a screen on a wall shows no full names.")


class Pins:
    """The members' PINs in the store."""

    def __init__(self, *, store: Store, throttle: Throttle, clock: Clock | None = None) -> None:
        self._store = store
        self._throttle = throttle
        self._clock = clock or Clock()

    async def put(self, member_id: str, pin: str) -> None:
        """Give a member a PIN, in place of the one before.

        Raises:
            MemberUnknown: nothing is stored under this id.
        """
        salt = secrets.token_bytes(16)
        digest = await asyncio.to_thread(_hash, pin, salt)

        def job(db: Database) -> None:
            demand_known(db, member_id)
            db.execute("INSERT OR REPLACE INTO member_pin VALUES (?, ?, ?)", (member_id, salt, digest))

        await self._store.write(job)

    async def remove(self, member_id: str) -> None:
        """Let the member check in without a PIN from now on."""

        def job(db: Database) -> None:
            db.execute("DELETE FROM member_pin WHERE member_id = ?", (member_id,))

        await self._store.write(job)

    async def demand(self, member_id: str, pin: str | None) -> None:
        """Let through who has no PIN, or says the right one.

        Raises:
            PinNeeded: none was said.
            PinWrong: it was another.
            PinThrottled: too many were wrong.
        """
        row = await self._store.read(_finder(member_id))
        if row is None:
            return
        if pin is None:
            raise PinNeeded("This member checks in with a PIN.")
        now_s = self._clock.now_s()
        if self._throttle.wait_s(member_id, now_s) > 0.0:
            raise PinThrottled("Too many wrong PINs for this member. Wait a minute, then try again.")
        salt, digest = row
        if not hmac.compare_digest(await asyncio.to_thread(_hash, pin, salt), digest):
            self._throttle.failed(member_id, now_s)
            raise PinWrong("This is not the member's PIN.")

    async def regulars(self, station_id: str) -> list[Regular]:
        """Return who has a PIN and trained at the station in the last weeks, the latest first."""
        since = (self._clock.utc_now() - timedelta(days=REGULAR_DAYS)).isoformat()

        def job(db: Database) -> list[Regular]:
            rows = db.execute(
                "SELECT member.id, display_name FROM session"
                " JOIN member ON member.id = session.member_id"
                " JOIN member_pin ON member_pin.member_id = session.member_id"
                " WHERE station_id = ? AND started_at >= ?"
                " GROUP BY member.id ORDER BY max(started_at) DESC LIMIT ?",
                (station_id, since, MOST_REGULARS),
            )
            return [Regular(id=member_id, name=short_name(name)) for member_id, name in rows.fetchall()]

        return await self._store.read(job)


def _finder(member_id: str) -> Callable[[Database], tuple[bytes, bytes] | None]:
    def find(db: Database) -> tuple[bytes, bytes] | None:
        found = db.execute("SELECT salt, hash FROM member_pin WHERE member_id = ?", (member_id,)).fetchone()
        return None if found is None else (found[0], found[1])

    return find


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=2**14, r=8, p=1)
