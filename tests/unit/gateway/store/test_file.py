"""The file under the store: what is wrong with it in words, and what can be opened how."""

import errno
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Migrations

from gateway.store.file import (
    StoreBroken,
    StoreError,
    StoreFull,
    StoreReadOnly,
    ended_badly,
    explain,
    is_damage,
    is_storage_fault,
    needs_reopening,
    open_for_reading,
    open_for_writing,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CODES = sorted(
    {code for name, code in vars(sqlite3).items() if name.startswith("SQLITE_") and isinstance(code, int)}
)
PLACE = Path("/home/secret-user/gym/gymbox.sqlite3")


def coded(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(f"unable to open {PLACE.name}")
    error.sqlite_errorcode = code
    error.sqlite_errorname = "SQLITE_SOMETHING"
    return error


@given(st.sampled_from(CODES))
def test_every_code_of_sqlite_has_words_for_people_and_no_path(code: int) -> None:
    told = explain(coded(code), PLACE)
    assert isinstance(told, StoreError)
    assert str(told).endswith((".", ")"))
    assert "secret-user" not in str(told)


@given(st.sampled_from(sorted(errno.errorcode)))
def test_every_error_of_the_system_has_words_for_people_and_no_path(number: int) -> None:
    told = explain(OSError(number, os.strerror(number), str(PLACE)), PLACE)
    assert isinstance(told, StoreError)
    assert "secret-user" not in str(told)
    expected = {errno.ENOSPC: StoreFull, errno.EROFS: StoreReadOnly, errno.EACCES: StoreReadOnly}
    assert isinstance(told, expected.get(number, StoreError))


@pytest.mark.parametrize(
    ("code", "kind", "fault", "reopen"),
    [
        (sqlite3.SQLITE_FULL, StoreFull, True, False),
        (sqlite3.SQLITE_READONLY, StoreReadOnly, True, True),
        (sqlite3.SQLITE_IOERR | 2 << 8, StoreBroken, True, True),  # an extended code
        (sqlite3.SQLITE_CORRUPT, StoreBroken, True, True),
        (sqlite3.SQLITE_NOTADB, StoreBroken, True, True),
        (sqlite3.SQLITE_BUSY, StoreBroken, True, False),
        (sqlite3.SQLITE_ERROR, StoreBroken, False, False),
        (sqlite3.SQLITE_CONSTRAINT, StoreBroken, False, False),
    ],
)
def test_what_follows_from_a_code(code: int, kind: type[StoreError], *, fault: bool, reopen: bool) -> None:
    error = coded(code)
    assert type(explain(error, PLACE)) is kind
    assert is_storage_fault(error) is fault
    assert needs_reopening(error) is reopen
    assert is_damage(error) is (code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def a_table(name: str) -> Migrations:
    migrations = Migrations(name)

    @migrations()
    def create(db: object) -> None:
        db.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY)")  # type: ignore[attr-defined]  # a Database

    return migrations


def test_only_the_owner_changes_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.sqlite3"
    guest = open_for_writing(path, [a_table("one")], now=NOW, check=False, owner=False).db
    assert guest.table_names() == []
    owner = open_for_writing(path, [a_table("one")], now=NOW, check=False, owner=True).db
    assert "one" in owner.table_names()
    guest.execute("INSERT INTO one VALUES (1)")
    assert owner.execute("SELECT count(*) FROM one").fetchone() == (1,)
    guest.close()
    owner.close()


def test_a_reader_cannot_write_and_does_not_make_the_file(tmp_path: Path) -> None:
    path = tmp_path / "odd name #1?.sqlite3"
    with pytest.raises(sqlite3.OperationalError):
        open_for_reading(path)
    assert not path.exists()
    open_for_writing(path, [a_table("one")], now=NOW, check=False, owner=True).db.close()
    reader = open_for_reading(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("INSERT INTO one VALUES (1)")
    reader.close()


def test_a_migration_that_fails_leaves_nothing_open(tmp_path: Path) -> None:
    broken = Migrations("broken")

    @broken()
    def create(db: object) -> None:
        db.execute("CREATE TABLE")  # type: ignore[attr-defined]  # a Database

    before = psutil.Process().num_fds()
    with pytest.raises(sqlite3.OperationalError):
        open_for_writing(tmp_path / "a.sqlite3", [broken], now=NOW, check=False, owner=True)
    assert psutil.Process().num_fds() == before


@pytest.mark.parametrize(("log", "badly"), [(None, False), (b"", False), (b"x", True)])
def test_a_log_with_something_in_it_is_a_bad_end(tmp_path: Path, log: bytes | None, *, badly: bool) -> None:
    path = tmp_path / "a.sqlite3"
    if log is not None:
        path.with_name(path.name + "-wal").write_bytes(log)
    assert ended_badly(path) is badly
