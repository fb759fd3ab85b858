"""Many small writes, one commit: what the writer does with a group, apart from threads and files."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlite_utils import Database

from gateway.store.file import explain, is_storage_fault, needs_reopening

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
Job = Callable[[Database], T]


@dataclass(frozen=True, slots=True)
class Ticket:
    """A write and whom to tell."""

    job: Job[Any]
    future: "Future[Any]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a write; told only after the commit."""

    ticket: Ticket
    value: Any = None
    error: BaseException | None = None

    def tell(self) -> None:
        """Let the caller go on."""
        if self.error is None:
            self.ticket.future.set_result(self.value)
        else:
            self.ticket.future.set_exception(self.error)


class TransactionLost(Exception):  # noqa: N818 - named by what happened
    """SQLite gave up the whole transaction, not just one statement."""


def commit_group(db: Database, tickets: Sequence[Ticket], path: Path) -> list[Outcome]:
    """Run every write under its own savepoint and commit once.

    A write that raises is undone alone. When the transaction itself cannot be kept, all of it is undone.

    Raises:
        sqlite3.Error: the group could not be begun or committed.
        TransactionLost: a write took the whole transaction down; its cause is the error.
    """
    try:
        db.conn.execute("BEGIN IMMEDIATE")
        outcomes = [_run_one(db, ticket, path) for ticket in tickets]
        db.conn.execute("COMMIT")
    except (sqlite3.Error, TransactionLost):
        if db.conn.in_transaction:
            db.conn.execute("ROLLBACK")
        raise
    return outcomes


def _run_one(db: Database, ticket: Ticket, path: Path) -> Outcome:
    db.conn.execute("SAVEPOINT job")
    try:
        value = ticket.job(db)
    except Exception as error:
        if not db.conn.in_transaction or needs_reopening(error):
            raise TransactionLost from error
        db.conn.execute("ROLLBACK TO job")
        db.conn.execute("RELEASE job")
        if isinstance(error, sqlite3.Error) and is_storage_fault(error):
            return Outcome(ticket, error=explain(error, path))
        return Outcome(ticket, error=error)
    db.conn.execute("RELEASE job")
    return Outcome(ticket, value=value)
