import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.db import Database

from sync import outbox
from sync.outbox import OutboxMisuse, acknowledge, append, depth, migrations, peek_batch, status
from sync.pseudonym import Pseudonymiser
from sync.record import KINDS, Record, RecordKind, RecordRejected, new_record, parse_record

ANNA = Pseudonymiser(bytes(32))("anna")
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
ORDER = ["erase", "session", "plan", "device", "health"]


def open_database(path: Path | str) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    migrations.apply(Database(connection))
    return connection


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "box.db")) as opened:
        yield opened


def make(kind: RecordKind = "health", **body: Any) -> Record:
    return new_record(kind, body, member=ANNA if kind == "erase" else None, created_at=NOON)


def put(connection: sqlite3.Connection, *records: Record) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for record in records:
        append(connection, record)
    connection.commit()


def put_twice(connection: sqlite3.Connection, record: Record) -> None:
    append(connection, record)
    append(connection, record)


def put_many(connection: sqlite3.Connection, count: int) -> None:
    for number in range(count):
        append(connection, make(number=number, pad="x" * 1000))


def test_what_goes_in_comes_out(connection: sqlite3.Connection) -> None:
    record = make("session", reps=7)
    put(connection, record)
    (pending,) = peek_batch(connection)
    assert (pending.id, pending.kind) == (record.id, "session")
    assert parse_record(pending.payload) == record
    assert pending.bytes == len(pending.payload.encode())


def test_a_session_and_its_record_are_one(tmp_path: Path) -> None:
    path = tmp_path / "box.db"
    with closing(open_database(path)) as connection, closing(sqlite3.connect(path)) as reader:
        connection.execute("CREATE TABLE session (id TEXT)")
        connection.execute("INSERT INTO session VALUES ('s1')")  # opens the transaction
        append(connection, make("session"))
        assert connection.in_transaction
        assert depth(reader) == 0
        connection.rollback()
        assert depth(connection) == 0
        connection.execute("INSERT INTO session VALUES ('s1')")
        append(connection, make("session"))
        connection.commit()
        assert depth(reader) == 1
        assert reader.execute("SELECT count(*) FROM session").fetchone() == (1,)


@pytest.mark.parametrize("isolation", ["", None])
def test_without_a_transaction_nothing_is_written(tmp_path: Path, isolation: str | None) -> None:
    with closing(open_database(tmp_path / "box.db")) as connection:
        connection.isolation_level = isolation  # type: ignore[assignment]
        with pytest.raises(OutboxMisuse, match="append needs an open transaction"):
            append(connection, make())
        with pytest.raises(OutboxMisuse, match="acknowledge needs an open transaction"):
            acknowledge(connection, ["x"])
        assert depth(connection) == 0


def test_sqlite_utils_transactions_will_do(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    with database.atomic():
        append(connection, make())
    with pytest.raises(OutboxMisuse), database.atomic():
        put_twice(connection, make())
    assert depth(connection) == 1


def test_a_record_twice(connection: sqlite3.Connection) -> None:
    record = make()
    put(connection, record)
    connection.execute("BEGIN")
    with pytest.raises(OutboxMisuse, match=f"record {record.id} is already in the outbox"):
        append(connection, record)
    assert connection.in_transaction  # what the caller does with the rest is theirs to say
    connection.rollback()


def test_a_record_that_is_too_long_leaves_the_transaction_usable(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN")
    with pytest.raises(RecordRejected, match="more than"):
        append(connection, make(note="x" * 300_000))
    append(connection, make())
    connection.commit()
    assert depth(connection) == 1


@given(kinds=st.lists(st.sampled_from(KINDS), max_size=25))
def test_the_urgent_leave_first_and_equals_in_order(kinds: list[RecordKind]) -> None:
    with closing(open_database(":memory:")) as connection:
        records = [make(kind) for kind in kinds]
        put(connection, *records)
        expected = sorted(records, key=lambda record: ORDER.index(record.kind))  # a stable sort
        assert [pending.id for pending in peek_batch(connection)] == [record.id for record in expected]


@given(
    sizes=st.lists(st.integers(0, 300), min_size=1, max_size=20),
    max_records=st.integers(1, 25),
    max_bytes=st.integers(1, 2000),
)
def test_a_batch_keeps_its_limits_and_never_starves(
    sizes: list[int], max_records: int, max_bytes: int
) -> None:
    with closing(open_database(":memory:")) as connection:
        put(connection, *(make(pad="x" * size) for size in sizes))
        everything = peek_batch(connection)
        batch = peek_batch(connection, max_records=max_records, max_bytes=max_bytes)
        assert batch == everything[: len(batch)]
        assert 1 <= len(batch) <= max_records
        assert len(batch) == 1 or sum(pending.bytes for pending in batch) <= max_bytes
        if len(batch) < min(max_records, len(everything)):
            assert sum(pending.bytes for pending in everything[: len(batch) + 1]) > max_bytes


def test_a_batch_of_nothing(connection: sqlite3.Connection) -> None:
    assert peek_batch(connection) == ()
    with pytest.raises(ValueError, match="batch limits must be positive"):
        peek_batch(connection, max_records=0)
    with pytest.raises(ValueError, match="batch limits must be positive"):
        peek_batch(connection, max_bytes=0)


def test_only_the_kinds_that_are_asked_for(connection: sqlite3.Connection) -> None:
    put(connection, *(make(kind) for kind in KINDS))
    batch = peek_batch(connection, kinds=("health", "erase"))
    assert [pending.kind for pending in batch] == ["erase", "health"]
    assert peek_batch(connection, kinds=()) == ()


def test_a_record_takes_the_place_of_its_former_self(connection: sqlite3.Connection) -> None:
    first, second = make("session", n=1), make("session", n=2)
    put(connection, first, second)
    later = replace(first, body={"n": 1, "pad": "x" * 50}, created_at=NOON + timedelta(hours=1))
    connection.execute("BEGIN")
    outbox.replace(connection, later)
    outbox.replace(connection, make("session"))  # one that has left meanwhile is not put back
    connection.commit()
    batch = peek_batch(connection)
    assert [parse_record(pending.payload) for pending in batch] == [later, second]
    assert status(connection).bytes == sum(len(pending.payload.encode()) for pending in batch)
    with pytest.raises(OutboxMisuse, match="replace needs an open transaction"):
        outbox.replace(connection, later)


def test_peeking_takes_nothing_and_acknowledging_does(connection: sqlite3.Connection) -> None:
    put(connection, *(make(n=n) for n in range(5)))
    first = peek_batch(connection, max_records=2)
    assert peek_batch(connection, max_records=2) == first
    connection.execute("BEGIN")
    assert acknowledge(connection, [pending.id for pending in first]) == 2
    assert connection.in_transaction
    connection.commit()
    assert depth(connection) == 3
    assert not {pending.id for pending in peek_batch(connection)} & {pending.id for pending in first}


def test_an_answer_may_arrive_twice(connection: sqlite3.Connection) -> None:
    record = make()
    put(connection, record)
    connection.execute("BEGIN")
    assert acknowledge(connection, []) == 0
    assert acknowledge(connection, [record.id, "unknown", record.id]) == 1
    assert acknowledge(connection, [record.id]) == 0
    connection.commit()


def test_an_acknowledgement_that_is_rolled_back_keeps_the_record(connection: sqlite3.Connection) -> None:
    record = make()
    put(connection, record)
    connection.execute("BEGIN")
    acknowledge(connection, [record.id])
    connection.rollback()
    assert [pending.id for pending in peek_batch(connection)] == [record.id]


def test_status(connection: sqlite3.Connection) -> None:
    empty = status(connection)
    assert (empty.depth, empty.bytes, empty.oldest_created_at, empty.oldest_age_s(NOON)) == (0, 0, None, None)
    later = new_record("erase", {}, member=ANNA, created_at=NOON + timedelta(hours=1))
    put(connection, later, make())
    full = status(connection)
    assert full.depth == 2
    assert full.bytes == sum(pending.bytes for pending in peek_batch(connection))
    assert full.oldest_created_at == NOON
    assert full.oldest_age_s(NOON + timedelta(seconds=90)) == 90
    assert full.oldest_age_s(NOON - timedelta(days=1)) == 0


def test_status_reads_no_payload(connection: sqlite3.Connection) -> None:
    """A deep outbox holds hundreds of megabytes; the status page asks every few seconds."""
    plan = connection.execute(
        "EXPLAIN QUERY PLAN SELECT count(*), coalesce(sum(bytes), 0), min(created_at) FROM outbox"
    ).fetchall()
    assert "COVERING INDEX outbox_delivery" in plan[0][3]
    order = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM outbox WHERE priority IN (SELECT value FROM json_each('[0,4]'))"
        " ORDER BY priority, seq LIMIT 9"
    ).fetchall()
    assert "outbox_delivery" in order[0][3]
    assert not any("TEMP B-TREE" in row[3] for row in order)


def test_migrations_may_be_applied_again(connection: sqlite3.Connection) -> None:
    put(connection, make())
    migrations.apply(Database(connection))
    assert depth(connection) == 1
    assert [applied.name for applied in migrations.applied(Database(connection))] == ["create_outbox"]


def test_every_kind_has_its_priority() -> None:
    assert sorted(outbox.PRIORITY, key=lambda kind: outbox.PRIORITY[kind]) == ORDER
    assert set(outbox.PRIORITY) == set(KINDS)


def test_a_full_database_is_the_callers_to_roll_back(connection: sqlite3.Connection) -> None:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    connection.execute("BEGIN")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        put_many(connection, 100)
    connection.rollback()
    assert depth(connection) == 0


@pytest.mark.slow
def test_a_kill_loses_nothing_that_was_committed(tmp_path: Path) -> None:
    """A child appends and says after each commit how many there are; it is killed in the midst of it."""
    path = tmp_path / "box.db"
    open_database(path).close()
    program = textwrap.dedent("""
        import sqlite3, sys
        from sync.outbox import append
        from sync.record import new_record
        connection = sqlite3.connect(sys.argv[1])
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        number = 0
        while True:
            connection.execute("BEGIN IMMEDIATE")
            append(connection, new_record("health", {"n": number}))
            connection.commit()
            number += 1
            print(number, flush=True)
    """)
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        said = 0
        while said < 200:
            said = int(child.stdout.readline())
        child.kill()
        rest = child.stdout.read().split("\n")
    complete = [int(line) for line in rest[:-1]]
    said = complete[-1] if complete else said
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        kept = depth(connection)
        assert said <= kept <= said + 1
