"""API tokens: shown once, stored as a hash, bound to a role."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final, Literal

import uuid_utils
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.live.snapshot import Message, Stamp
from gateway.store.store import Store

Role = Literal["kiosk", "operator", "fleet"]
"""`fleet` looks after machinery: it reads how devices, cameras, models and the upload do, and no more."""
PREFIX: Final = "gtk_"
_SECRET_BYTES: Final = 32

migrations: Final = Migrations("gateway.tokens")


@migrations()
def create_token(db: Database) -> None:
    """One row a token; the token itself is never stored."""
    db.execute(
        """
        CREATE TABLE api_token (
            id TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN ('kiosk', 'operator')),
            station_id TEXT,
            hash TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            revoked_at TEXT,
            CHECK ((role = 'kiosk') = (station_id IS NOT NULL))
        ) STRICT
        """
    )


@migrations()
def add_fleet(db: Database) -> None:
    """Let a token have the role `fleet`; SQLite cannot change a CHECK, so the table is made anew."""
    db.execute("ALTER TABLE api_token RENAME TO api_token_before")
    db.execute(
        """
        CREATE TABLE api_token (
            id TEXT PRIMARY KEY,
            role TEXT NOT NULL CHECK (role IN ('kiosk', 'operator', 'fleet')),
            station_id TEXT,
            hash TEXT NOT NULL UNIQUE,
            created_at TEXT NOT NULL,
            revoked_at TEXT,
            CHECK ((role = 'kiosk') = (station_id IS NOT NULL))
        ) STRICT
        """
    )
    columns = "id, role, station_id, hash, created_at, revoked_at"
    db.execute(f"INSERT INTO api_token SELECT {columns} FROM api_token_before")  # noqa: S608 - our own words
    db.execute("DROP TABLE api_token_before")


class TokenUnknown(LookupError):  # noqa: N818 - named by what happened
    """There is no token with this id."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request acts for: a token, an operator who logged in, in the demo whoever is at the machine."""

    role: Role
    station_id: str | None
    token_id: str | None
    login_id: str | None = None
    name: str | None = None

    @property
    def label(self) -> str:
        """How the log names who it was."""
        return f"{self.role} {self.name or self.token_id or 'at this machine'}"

    def may_use(self, station_id: str) -> bool:
        """Tell whether this is the operator or the station's own kiosk."""
        return self.role == "operator" or self.station_id == station_id


class TokenInfo(Message):
    """A token as lists show it: never the token itself."""

    id: str
    role: Role
    station_id: str | None
    created_at: Stamp
    revoked_at: Stamp | None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token just made; this is the only time that it can be read."""

    info: TokenInfo
    token: str

    def __repr__(self) -> str:
        return f"NewToken(id={self.info.id!r}, token=hidden)"


class Tokens:
    """The tokens in the store, read anew for every request, so that a revoked one ends at once."""

    def __init__(self, *, store: Store, clock: Clock | None = None) -> None:
        self._store = store
        self._clock = clock or Clock()

    async def create(self, role: Role, station_id: str | None = None) -> NewToken:
        """Make a token; a kiosk's is bound to its station.

        Raises:
            ValueError: a kiosk token without a station, or another one with a station.
        """
        if (role == "kiosk") != (station_id is not None):
            raise ValueError(f"a kiosk token needs a station, and only it has one; this is for {role}")
        token = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        info = TokenInfo(
            id=str(uuid_utils.uuid7()),
            role=role,
            station_id=station_id,
            created_at=self._clock.utc_now(),
            revoked_at=None,
        )
        row = (info.id, role, station_id, _hash(token), info.created_at.isoformat())
        await self._store.write(
            lambda db: (
                db.execute(
                    "INSERT INTO api_token (id, role, station_id, hash, created_at) VALUES (?, ?, ?, ?, ?)",
                    row,
                ).rowcount
            )
        )
        return NewToken(info, token)

    async def verify(self, token: str) -> Principal | None:
        """Return whom a token stands for; None when it is wrong or revoked."""
        if not token.startswith(PREFIX):
            return None
        given = _hash(token)
        rows = await self._store.read(
            lambda db: db.execute(
                "SELECT hash, role, station_id, id FROM api_token WHERE revoked_at IS NULL"
            ).fetchall()
        )
        # Every row is compared, each in constant time: how long it takes tells nothing.
        matches = [row for row in rows if hmac.compare_digest(row[0], given)]
        return Principal(*matches[0][1:]) if matches else None

    async def stands(self, token_id: str) -> bool:
        """Tell whether a token that was shown before is still valid."""
        query = "SELECT 1 FROM api_token WHERE id = ? AND revoked_at IS NULL"
        return await self._store.read(lambda db: db.execute(query, (token_id,)).fetchone() is not None)

    async def all(self) -> list[TokenInfo]:
        """List every token, the newest last."""
        query = "SELECT id, role, station_id, created_at, revoked_at FROM api_token ORDER BY id"
        return await self._store.read(lambda db: [TokenInfo.model_validate(row) for row in db.query(query)])

    async def revoke(self, token_id: str) -> None:
        """End a token at once; revoking it again changes nothing.

        Raises:
            TokenUnknown: there is none with this id.
        """
        now = self._clock.utc_now().isoformat()

        def job(db: Database) -> None:
            update = "UPDATE api_token SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?"
            if not db.execute(update, (now, token_id)).rowcount:
                raise TokenUnknown(token_id)

        await self._store.write(job)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
