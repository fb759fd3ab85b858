import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlite_utils.db import Database

from sync import outbox, refused, retention
from sync.outbox import OutboxMisuse, depth, peek_batch
from sync.pseudonym import Pseudonymiser
from sync.record import Record, RecordKind, new_record
from sync.refused import MAX_REASON_CHARACTERS, discard, forget, refusals, retry, set_aside

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA, BERT = (Pseudonymiser(bytes(32))(name) for name in ("anna", "bert"))


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as opened:
        for each in (outbox.migrations, retention.migrations, refused.migrations):
            each.apply(Database(opened))
        opened.execute("BEGIN")  # as the writer does around every job
        yield opened


def put(connection: sqlite3.Connection, kind: RecordKind = "session", **options: object) -> Record:
    record = new_record(kind, {}, created_at=NOON, **options)  # type: ignore[arg-type]
    outbox.append(connection, record)
    return record


def test_what_is_refused_neither_blocks_nor_vanishes(connection: sqlite3.Connection) -> None:
    bad, good = put(connection), put(connection, "plan")
    assert set_aside(connection, {bad.id: "no such exercise"}, now=NOON) == 1
    assert [each.id for each in peek_batch(connection)] == [good.id]
    found = refusals(connection)
    assert (found.kept, found.counts) == (1, {"session": 1})
    assert (found.reason, found.refused_at) == ("no such exercise", NOON)
    (payload,) = connection.execute("SELECT payload FROM outbox_refused").fetchone()
    assert payload == bad.to_json()


def test_nothing_refused(connection: sqlite3.Connection) -> None:
    found = refusals(connection)
    assert (found.kept, found.counts, found.reason, found.refused_at) == (0, {}, None, None)


def test_a_record_that_is_gone_meanwhile_is_no_error(connection: sqlite3.Connection) -> None:
    assert set_aside(connection, {"unknown": "why"}, now=NOON) == 0
    assert refusals(connection).kept == 0


def test_once_more_puts_it_back_as_it_was(connection: sqlite3.Connection) -> None:
    record = put(connection, "plan", member=ANNA)
    before = connection.execute(
        "SELECT id, kind, priority, created_at, bytes, payload FROM outbox"
    ).fetchall()
    set_aside(connection, {record.id: "too new"}, now=NOON)
    assert retry(connection) == 1
    after = connection.execute("SELECT id, kind, priority, created_at, bytes, payload FROM outbox").fetchall()
    assert after == before
    assert (refusals(connection).kept, refusals(connection).counts) == (0, {"plan": 1})
    set_aside(connection, {record.id: "still too new"}, now=NOON + timedelta(hours=1))
    assert (refusals(connection).counts, refusals(connection).reason) == ({"plan": 2}, "still too new")


def test_what_is_given_up_is_counted_as_dropped(connection: sqlite3.Connection) -> None:
    records = [put(connection), put(connection), put(connection, "device")]
    set_aside(connection, {each.id: "no" for each in records}, now=NOON)
    assert discard(connection, now=NOON) == 3
    assert refusals(connection).kept == 0
    gone = {(each.kind, each.reason): each.count for each in retention.dropped(connection)}
    assert gone == {("session", "refused"): 2, ("device", "refused"): 1}
    assert discard(connection, now=NOON) == 0


def test_what_is_told_of_a_member_goes_with_the_member(connection: sqlite3.Connection) -> None:
    records = [put(connection, member=ANNA), put(connection, member=BERT), put(connection, "health")]
    set_aside(connection, {each.id: "no" for each in records}, now=NOON)
    assert forget(connection, ANNA) == 1
    assert refusals(connection).kept == 2
    assert not connection.execute(
        "SELECT 1 FROM outbox_refused WHERE payload LIKE ?", (f"%{ANNA}%",)
    ).fetchall()


def test_damaged_records_are_kept_too(connection: sqlite3.Connection) -> None:
    first, second = put(connection), put(connection)
    connection.execute("UPDATE outbox SET payload = '{torn' WHERE id = ?", (first.id,))
    connection.execute("UPDATE outbox SET payload = '[]' WHERE id = ?", (second.id,))
    assert set_aside(connection, {first.id: "damaged", second.id: "damaged"}, now=NOON) == 2
    assert refusals(connection).kept == 2


def test_a_cloud_that_refuses_everything_does_not_fill_the_disk(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refused, "KEEP_BYTES", 3 * len(put(connection, "plan").to_json()) + 20)
    for number in range(5):
        set_aside(connection, {put(connection).id: f"reason {number}"}, now=NOON)
    found = refusals(connection)
    assert (found.kept, found.counts, found.reason) == (3, {"session": 5}, "reason 4")
    (gone,) = retention.dropped(connection)
    assert (gone.kind, gone.reason, gone.count, gone.last_at) == ("session", "refused", 2, NOON)


def test_a_reason_without_end_is_cut(connection: sqlite3.Connection) -> None:
    set_aside(connection, {put(connection).id: "x" * 10_000}, now=NOON)
    assert refusals(connection).reason == "x" * MAX_REASON_CHARACTERS


def test_it_needs_the_callers_transaction(connection: sqlite3.Connection) -> None:
    record = put(connection)
    connection.execute("COMMIT")
    with pytest.raises(OutboxMisuse, match="set aside"):
        set_aside(connection, {record.id: "no"}, now=NOON)
    with pytest.raises(OutboxMisuse, match="retry"):
        retry(connection)
    with pytest.raises(OutboxMisuse, match="discard"):
        discard(connection, now=NOON)
    with pytest.raises(OutboxMisuse, match="forget"):
        forget(connection, ANNA)
    assert depth(connection) == 1
