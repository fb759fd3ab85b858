"""Operator accounts, kept in the box's store. No account exists before somebody makes the first."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import uuid_utils
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.live.snapshot import Message, Stamp
from gateway.operators.passwords import Passwords, demand_strength
from gateway.store.store import Store

NAME_PATTERN: Final = r"^\w(?:[\w .@-]{0,38}\w)?$"
NAME_RULE: Final = "1 to 40 letters and digits of any script; space, dot, dash and @ inside"

migrations: Final = Migrations("gateway.operators")


@migrations()
def create_operator(db: Database) -> None:
    """One row an account; `key` is the name as it is compared, `generation` rises with each new password."""
    db.execute(
        """
        CREATE TABLE operator (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            key TEXT NOT NULL UNIQUE,
            hash TEXT NOT NULL,
            generation INTEGER NOT NULL DEFAULT 1,
            created_at TEXT NOT NULL,
            last_login_at TEXT
        ) STRICT
        """
    )


class OperatorError(Exception):
    """An account cannot be made or changed; the text is for the person who tried."""


class OperatorUnknown(OperatorError):  # noqa: N818 - named by what happened
    """There is no such account."""


class NameTaken(OperatorError):  # noqa: N818 - named by what happened
    """Somebody has this name."""


class LastOperator(OperatorError):  # noqa: N818 - named by what happened
    """Without this account nobody could log in any more."""


class NameRefused(OperatorError):  # noqa: N818 - named by what happened
    """This cannot be the name of an account."""


class AlreadyClaimed(OperatorError):  # noqa: N818 - named by what happened
    """The first account was made before."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who logged in, and with which of the account's passwords."""

    id: str
    name: str
    generation: int


class OperatorInfo(Message):
    """An account as lists show it."""

    name: str
    created_at: Stamp
    last_login_at: Stamp | None


class Operators:
    """The accounts, read anew each time, so that what a command changed counts at once."""

    def __init__(
        self, *, store: Store, clock: Clock | None = None, passwords: Passwords | None = None
    ) -> None:
        self._store = store
        self._clock = clock or Clock()
        self._passwords = passwords or Passwords()

    async def exist(self) -> bool:
        """Tell whether the box belongs to somebody."""
        return await self._store.read(_any)

    async def all(self) -> list[OperatorInfo]:
        """List the accounts by name."""
        query = "SELECT name, created_at, last_login_at FROM operator ORDER BY key"
        return await self._store.read(
            lambda db: [OperatorInfo.model_validate(row) for row in db.query(query)]
        )

    async def create(self, name: str, password: str, *, first: bool = False) -> Account:
        """Make an account; `first` makes it only where there is none yet.

        Raises:
            NameRefused: this is no name.
            PasswordRefused: the password is too weak.
            NameTaken: somebody has this name.
            AlreadyClaimed: it was to be the first and is not.
            StoreError: it cannot be stored, and nothing changed.
        """
        if not re.fullmatch(NAME_PATTERN, name):
            raise NameRefused(f"A name has {NAME_RULE}.")
        demand_strength(password, name=name)
        account = Account(str(uuid_utils.uuid7()), name, 1)
        hashed = await self._passwords.hash(password)
        row = (account.id, name, _key(name), hashed, self._clock.utc_now().isoformat())

        def job(db: Database) -> None:
            if first and _any(db):
                raise AlreadyClaimed("This box has an operator already. Log in instead.")
            if db.execute("SELECT 1 FROM operator WHERE key = ?", (row[2],)).fetchone():
                raise NameTaken(f"There is an operator called {name} already.")
            db.execute("INSERT INTO operator (id, name, key, hash, created_at) VALUES (?, ?, ?, ?, ?)", row)

        await self._store.write(job)
        return account

    async def verify(self, name: str, password: str) -> Account | None:
        """Return whose name and password these are; None when they do not fit, whichever is wrong.

        Raises:
            TooManyLogins: too many others log in.
            StoreError: the accounts cannot be read.
        """
        query = "SELECT id, name, generation, hash FROM operator WHERE key = ?"
        row = await self._store.read(lambda db: db.execute(query, (_key(name),)).fetchone())
        fits = await self._passwords.fits(password, row[3] if row else None)
        return Account(*row[:3]) if row and fits else None

    async def logged_in(self, account: Account) -> None:
        """Note when the account was last used."""
        now = self._clock.utc_now().isoformat()
        await self._store.write(
            lambda db: (
                db.execute("UPDATE operator SET last_login_at = ? WHERE id = ?", (now, account.id)).rowcount
            )
        )

    async def is_current(self, account: Account) -> bool:
        """Tell whether the account exists and its password is still the one that it logged in with."""
        query = "SELECT 1 FROM operator WHERE id = ? AND generation = ?"
        return await self._store.read(
            lambda db: db.execute(query, (account.id, account.generation)).fetchone() is not None
        )

    async def set_password(self, name: str, password: str) -> Account:
        """Give an account another password; every login with the one before has ended with that.

        Raises:
            PasswordRefused: the password is too weak.
            OperatorUnknown: there is no such account.
        """
        demand_strength(password, name=name)
        hashed = await self._passwords.hash(password)

        def job(db: Database) -> Account:
            update = "UPDATE operator SET hash = ?, generation = generation + 1 WHERE key = ?"
            if not db.execute(update, (hashed, _key(name))).rowcount:
                raise OperatorUnknown(f"There is no operator called {name}.")
            query = "SELECT id, name, generation FROM operator WHERE key = ?"
            return Account(*db.execute(query, (_key(name),)).fetchone())

        return await self._store.write(job)

    async def remove(self, name: str) -> None:
        """End an account and its logins.

        Raises:
            OperatorUnknown: there is no such account.
            LastOperator: it is the only one.
        """

        def job(db: Database) -> None:
            if not db.execute("SELECT 1 FROM operator WHERE key = ?", (_key(name),)).fetchone():
                raise OperatorUnknown(f"There is no operator called {name}.")
            if db.execute("SELECT count(*) FROM operator").fetchone()[0] == 1:
                raise LastOperator(f"{name} is the only operator. Make another account first.")
            db.execute("DELETE FROM operator WHERE key = ?", (_key(name),))

        await self._store.write(job)


def same_name(one: str, other: str) -> bool:
    """Tell whether two spellings name one account."""
    return _key(one) == _key(other)


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _any(db: Database) -> bool:
    return db.execute("SELECT 1 FROM operator LIMIT 1").fetchone() is not None
