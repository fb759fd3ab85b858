import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils.db import Database

from sync import outbox, retention
from sync.outbox import OutboxMisuse, peek_batch
from sync.pseudonym import Pseudonymiser
from sync.record import KINDS, RecordKind, new_record
from sync.retention import DROP_ORDER, Budget, dropped, enforce, to_free

ANNA = Pseudonymiser(bytes(32))("anna")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
BOUNDLESS = Budget(10**12, timedelta(days=10_000))

kinds = st.sampled_from(KINDS)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(open_database()) as opened:
        yield opened


def open_database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for each in (outbox.migrations, retention.migrations):
        each.apply(Database(connection))
    return connection


def put(
    connection: sqlite3.Connection, kind: RecordKind, *, age: timedelta = timedelta(), pad: int = 0
) -> str:
    member = ANNA if kind == "erase" else None
    record = new_record(kind, {"pad": "x" * pad}, member=member, created_at=NOON - age)
    connection.execute("BEGIN")
    outbox.append(connection, record)
    connection.execute("COMMIT")
    return record.id


def keep(connection: sqlite3.Connection, budget: Budget, **options: object) -> int:
    connection.execute("BEGIN IMMEDIATE")
    gone = enforce(connection, budget, now=NOON, **options)  # type: ignore[arg-type]
    connection.execute("COMMIT")
    return gone


def left(connection: sqlite3.Connection) -> Counter[str]:
    return Counter(each.kind for each in peek_batch(connection, max_records=10_000, max_bytes=10**9))


def counted(connection: sqlite3.Connection) -> dict[tuple[str, str], int]:
    return {(each.kind, each.reason): each.count for each in dropped(connection)}


# The policy.


@given(held=st.dictionaries(kinds, st.integers(0, 1000)), budget=st.integers(0, 4000))
def test_what_goes_is_just_enough_and_in_order(held: dict[RecordKind, int], budget: int) -> None:
    going = to_free(held, budget)
    after = {kind: held[kind] - going.get(kind, 0) for kind in held}
    assert all(size >= 0 for size in after.values())
    assert "erase" not in going
    excess = max(0, sum(held.values()) - budget)
    assert sum(going.values()) == min(excess, sum(held.values()) - held.get("erase", 0))
    for earlier, later in pairwise(DROP_ORDER):
        assert later not in going or after.get(earlier, 0) == 0
    assert list(going) == [kind for kind in DROP_ORDER if kind in going]


def test_sessions_go_only_when_they_alone_exceed_the_budget() -> None:
    assert "session" not in to_free({"session": 90, "plan": 500, "health": 500}, 100)
    assert to_free({"session": 120, "plan": 5, "erase": 3}, 100) == {"plan": 5, "session": 23}


# The rows.


@given(
    records=st.lists(st.tuples(kinds, st.integers(0, 400)), max_size=12),
    budget=st.integers(0, 3000),
    most=st.integers(1, 15),
)
def test_turn_by_turn_the_outbox_comes_within_its_budget(
    records: list[tuple[RecordKind, int]], budget: int, most: int
) -> None:
    with closing(open_database()) as connection:
        for kind, pad in records:
            put(connection, kind, pad=pad)
        before = left(connection)
        gone = 0
        while turn := keep(connection, Budget(budget, timedelta(days=9)), most=most):
            assert turn <= most
            gone += turn
        after = left(connection)
        assert before - after == Counter({kind: count for (kind, _), count in counted(connection).items()})
        assert sum(counted(connection).values()) == gone == (before - after).total()
        assert after["erase"] == before["erase"]
        within = outbox.status(connection).bytes <= budget
        assert within or set(after) <= {"erase"}
        if after["plan"] + after["device"] + after["health"]:
            assert after["session"] == before["session"]


def test_the_oldest_of_a_kind_go_first(connection: sqlite3.Connection) -> None:
    ids = [put(connection, "session", pad=100) for _ in range(5)]
    size = outbox.status(connection).bytes // 5
    keep(connection, Budget(3 * size, timedelta(days=1)))
    assert [each.id for each in peek_batch(connection)] == ids[2:]
    assert counted(connection) == {("session", "bytes"): 2}


def test_what_is_stale_goes_but_never_a_session_nor_an_erasure(connection: sqlite3.Connection) -> None:
    for kind in KINDS:
        put(connection, kind, age=timedelta(days=91))
        put(connection, kind, age=timedelta(days=89))
    assert keep(connection, Budget(10**9, timedelta(days=90))) == 3
    assert left(connection) == {"erase": 2, "session": 2, "plan": 1, "device": 1, "health": 1}
    assert counted(connection) == {("plan", "age"): 1, ("device", "age"): 1, ("health", "age"): 1}


def test_a_clock_that_is_not_believed_ages_nothing(connection: sqlite3.Connection) -> None:
    put(connection, "health", age=timedelta(days=9999))
    assert keep(connection, Budget(10**9, timedelta(days=1)), trusted=False) == 0
    assert keep(connection, Budget(10**9, timedelta(days=1))) == 1


def test_the_counts_add_up_and_tell_when(connection: sqlite3.Connection) -> None:
    for _ in range(2):
        put(connection, "health")
        keep(connection, Budget(0, timedelta(days=1)))
    (row,) = dropped(connection)
    assert (row.kind, row.reason, row.count, row.last_at) == ("health", "bytes", 2, NOON)


def test_nothing_is_dropped_while_there_is_room(connection: sqlite3.Connection) -> None:
    for kind in KINDS:
        put(connection, kind, age=timedelta(days=9))
    assert keep(connection, BOUNDLESS) == 0
    assert (left(connection).total(), dropped(connection)) == (5, ())


def test_a_drop_that_is_rolled_back_never_was(connection: sqlite3.Connection) -> None:
    put(connection, "health")
    connection.execute("BEGIN")
    assert enforce(connection, Budget(0, timedelta(days=1)), now=NOON) == 1
    connection.execute("ROLLBACK")
    assert (left(connection).total(), dropped(connection)) == (1, ())


def test_it_needs_the_callers_transaction(connection: sqlite3.Connection) -> None:
    with pytest.raises(OutboxMisuse, match="retention needs an open transaction"):
        enforce(connection, BOUNDLESS, now=NOON)
