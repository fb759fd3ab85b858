import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import IntegrityError

from sync.cloud.database.base import UtcMoment
from sync.cloud.database.database import Database, DatabaseUnavailable
from sync.cloud.database.tables import Gym, Tenant

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DELHI = timezone(timedelta(hours=5, minutes=30))


def test_a_transaction_is_committed_whole_or_not_at_all(database: Database) -> None:
    with database.write() as session:
        session.add(Tenant(id="kept", created_at=NOON))

    def fails() -> None:
        with database.write() as session:
            session.add(Tenant(id="lost", created_at=NOON))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    with database.read() as session:
        assert session.scalars(select(Tenant.id)).all() == ["kept"]


def test_moments_come_back_in_utc(database: Database) -> None:
    with database.write() as session:
        session.add(Tenant(id="tenant", created_at=NOON.astimezone(DELHI)))
    with database.read() as session:
        found = session.scalars(select(Tenant.created_at)).one()
    assert (found, found.utcoffset()) == (NOON, timedelta(0))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="timezone"):
        UtcMoment().process_bind_param(datetime(2026, 1, 2), None)  # type: ignore[arg-type]  # noqa: DTZ001


def test_what_is_referred_to_must_be_there(database: Database) -> None:
    def add() -> None:
        with database.write() as session:
            session.add(Gym(id="gym", tenant_id="nobody", created_at=NOON))

    with pytest.raises(IntegrityError):
        add()


def test_a_reader_waits_for_no_writer(database: Database) -> None:
    with database.write() as writing:
        writing.add(Tenant(id="tenant", created_at=NOON))
        writing.flush()
        with database.read() as reading:
            assert reading.scalars(select(Tenant.id)).all() == []


def test_on_sqlite_a_commit_is_on_disk(sqlite_database: Database) -> None:
    with sqlite_database.write() as session:
        pragmas = [session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")]
    assert pragmas == ["wal", 2]  # FULL


def test_on_sqlite_one_writes_at_a_time_and_the_other_is_told(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.cloud.database.database._PATIENCE_S", 0.05)
    other = Database(sqlite_database.url)
    with sqlite_database.write(), pytest.raises(DatabaseUnavailable, match="locked"):
        other.write().__enter__()
    other.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/cloud.sqlite",
        "postgresql+psycopg://gymbox:hunter2@/cloud?host=/nowhere/at/all",
    ],
)
def test_a_database_that_is_not_there_is_told_without_secrets(url: str) -> None:
    database = Database(make_url(url))
    with pytest.raises(DatabaseUnavailable) as told:
        database.ping()
    assert "hunter2" not in str(told.value)
    assert str(told.value)
    database.close()


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "cloud.sqlite"
    path.write_bytes(b"this is no database" * 100)
    database = Database(make_url(f"sqlite:///{path}"))
    with pytest.raises(DatabaseUnavailable, match="not a database"):
        database.ping()
    database.close()


def test_more_than_there_are_connections_wait_and_are_told(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.cloud.database.database._CONNECTIONS", 1)
    monkeypatch.setattr("sync.cloud.database.database._PATIENCE_S", 1)
    small = Database(postgresql_database.url)
    with small.read() as session:
        session.execute(text("SELECT 1"))
        with pytest.raises(DatabaseUnavailable, match="in use"):
            small.ping()
    small.close()


def test_a_statement_that_takes_too_long_is_ended(
    postgresql_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.cloud.database.database._STATEMENT_S", 0.05)
    hasty = Database(postgresql_database.url)

    def sleep() -> None:
        with hasty.read() as session:
            session.execute(text("SELECT pg_sleep(5)"))

    with pytest.raises(DatabaseUnavailable, match="timeout"):
        sleep()
    hasty.close()


def test_many_who_open_a_new_file_at_once_all_get_in(tmp_path: Path) -> None:
    at_once = threading.Barrier(8)

    def begin(name: str) -> None:
        database = Database(make_url(f"sqlite:///{tmp_path / name}"))
        at_once.wait(30)
        try:
            database.ping()
        finally:
            database.close()

    with ThreadPoolExecutor(8) as processes:
        for file in range(40):  # SQLite turned away one of a hundred and fifty
            list(processes.map(begin, [f"{file}.sqlite"] * 8))
