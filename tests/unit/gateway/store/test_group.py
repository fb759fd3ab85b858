"""A group of writes: each under its own savepoint, one commit, nobody told before it."""

import sqlite3
from concurrent.futures import Future
from pathlib import Path

import pytest
from sqlite_utils import Database

from gateway.store.file import StoreBroken, StoreFull
from gateway.store.group import Job, Outcome, Ticket, TransactionLost, commit_group

HERE = Path("gymbox.sqlite3")


@pytest.fixture
def db() -> Database:
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)")
    return db


def put(number: int) -> Job[int]:
    return lambda db: db.execute("INSERT INTO note VALUES (?)", (number,)).lastrowid or 0


def commit(db: Database, *jobs: Job[object]) -> list[Outcome]:
    return commit_group(db, [Ticket(job, Future()) for job in jobs], HERE)


def kept(db: Database) -> list[int]:
    return [number for (number,) in db.execute("SELECT id FROM note ORDER BY id").fetchall()]


def failing(error: Exception) -> Job[None]:
    def job(db: Database) -> None:
        put(100)(db)
        raise error

    return job


def test_nobody_is_told_before_everything_is_committed(db: Database) -> None:
    outcomes = commit(db, put(1), put(2))
    assert [each.ticket.future.done() for each in outcomes] == [False, False]
    assert not db.conn.in_transaction
    for each in outcomes:
        each.tell()
    assert [each.ticket.future.result(0) for each in outcomes] == [1, 2]
    assert kept(db) == [1, 2]


def test_one_that_raises_is_undone_alone_and_told_its_own_error(db: Database) -> None:
    outcomes = commit(db, put(1), failing(KeyError("x")), put(1), put(2))
    assert [type(each.error) for each in outcomes] == [
        type(None),
        KeyError,
        sqlite3.IntegrityError,
        type(None),
    ]
    assert kept(db) == [1, 2]
    outcomes[1].tell()
    assert isinstance(outcomes[1].ticket.future.exception(0), KeyError)


def test_trouble_of_the_disk_is_told_in_words(db: Database) -> None:
    busy = sqlite3.OperationalError("database is locked")
    busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
    (outcome,) = commit(db, failing(busy))
    assert isinstance(outcome.error, StoreBroken)
    assert kept(db) == []


def test_a_disk_that_fills_up_takes_one_job_only(db: Database) -> None:
    (pages,) = db.execute("PRAGMA page_count").fetchone()
    db.execute(f"PRAGMA max_page_count = {pages}")
    outcomes = commit(db, put(1), lambda each: each.execute("CREATE TABLE big (id INTEGER)"))
    assert any(isinstance(each.error, StoreFull) for each in outcomes)
    assert kept(db) == [1]


@pytest.mark.parametrize("code", [sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT])
def test_after_an_error_that_cannot_be_trusted_all_is_undone(db: Database, code: int) -> None:
    broken = sqlite3.OperationalError("disk I/O error")
    broken.sqlite_errorcode = code
    with pytest.raises(TransactionLost) as caught:
        commit(db, put(1), failing(broken))
    assert caught.value.__cause__ is broken
    assert not db.conn.in_transaction
    assert kept(db) == []


def test_a_job_that_ends_the_transaction_takes_the_group_down(db: Database) -> None:
    def meddling(db: Database) -> None:
        db.execute("ROLLBACK")
        raise ValueError

    with pytest.raises(TransactionLost):
        commit(db, put(1), meddling)
    assert kept(db) == []
    assert [each.error for each in commit(db, put(3))] == [None]


def test_a_group_that_cannot_begin_runs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite3"
    one, other = (Database(sqlite3.connect(path, isolation_level=None, timeout=0)) for _ in range(2))
    one.execute("CREATE TABLE note (id INTEGER PRIMARY KEY)")
    one.execute("BEGIN IMMEDIATE")
    ran: list[int] = []
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        commit(other, lambda _db: ran.append(1))
    assert ran == []
    one.close()
    other.close()
