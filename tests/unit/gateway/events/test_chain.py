import json
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database, Migrations

from gateway.events import chain, rows
from gateway.events.rows import Event, EventFilter, append, load, migrations


def event(number: int, **detail: object) -> Event:
    return Event(
        f"2026-03-01T09:00:{number:02d}+00:00", "login", "anna", "box", "ok", {"n": number, **detail}
    )


def new_log() -> Database:
    db = Database(sqlite3.connect(":memory:", isolation_level=None))
    migrations.apply(db)
    return db


@pytest.fixture
def db() -> Iterator[Database]:
    db = new_log()
    yield db
    db.close()


def tamper(db: Database, statement: str) -> None:
    """What somebody with the file in hand can do: the triggers do not stop them."""
    for trigger in ("event_never_changes", "event_is_kept"):
        db.execute(f"DROP TRIGGER {trigger}")
    db.execute(statement)


def test_an_empty_log_holds(db: Database) -> None:
    assert chain.verify(db) is None
    assert list(chain.lines(db)) == []


def test_a_log_as_it_was_written_holds(db: Database) -> None:
    append(db, [event(1), event(2)])
    append(db, [event(3, text="Grüße, 北京")])
    assert chain.verify(db) is None
    assert chain.end_of(db).number == 3


@settings(max_examples=30)
@given(
    st.sampled_from(
        [
            "UPDATE event SET {column} = {column} || 'x' WHERE id = {number}",
            "DELETE FROM event WHERE id = {number}",
            "UPDATE event SET hash = '' WHERE id = {number}",
        ]
    ),
    st.sampled_from(["at", "kind", "actor", "subject", "outcome", "detail"]),
    st.integers(1, 5),
)
def test_whatever_is_changed_or_taken_out_shows(statement: str, column: str, number: int) -> None:
    db = new_log()
    append(db, [event(each) for each in range(1, 6)])
    tamper(db, statement.format(column=column, number=number))
    broken = chain.verify(db)
    assert broken is not None
    assert broken.number in {number, number + 1, number - 1}
    db.close()


def test_an_event_that_was_put_in_shows(db: Database) -> None:
    append(db, [event(1), event(2)])
    tamper(
        db,
        "INSERT INTO event SELECT 3, at, kind, actor, subject, outcome, detail, hash FROM event WHERE id=2",
    )
    assert chain.verify(db) is not None


def test_a_log_without_its_end_shows(db: Database) -> None:
    append(db, [event(1), event(2)])
    tamper(db, "DELETE FROM event")
    broken = chain.verify(db)
    assert broken is not None
    assert "event 2" in broken.reason


def test_what_is_kept_after_old_events_went_still_holds(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "KEEP_EVENTS", 4)
    db.execute("DROP TRIGGER event_is_kept")  # it has the usual number in it
    for first in range(1, 12, 3):
        append(db, [event(number) for number in range(first, first + 3)])
    assert [each.id for each in load(db, EventFilter(), 10)] == [12, 11, 10, 9]
    assert chain.verify(db) is None
    db.execute("DELETE FROM event WHERE id = 9")
    broken = chain.verify(db)
    assert broken is not None
    assert broken.number == 10


def test_events_of_an_older_box_get_their_hashes() -> None:
    old = Database(sqlite3.connect(":memory:", isolation_level=None))
    before = Migrations("gateway.events")
    before._migrations = migrations._migrations[:1]
    before.apply(old)
    for number in (1, 2, 7):
        old.execute(
            "INSERT INTO event VALUES (?, '2026', 'command', 'a', 's', 'done', '{}')",
            (number,),
        )
    migrations.apply(old)
    assert chain.verify(old) is None
    append(old, [event(8)])
    assert chain.verify(old) is None
    with pytest.raises(sqlite3.IntegrityError, match="never changed"):
        old.execute("UPDATE event SET actor = 'nobody'")
    assert [each.id for each in load(old, EventFilter(), 10)] == [8, 7, 2, 1]
    old.close()


def test_an_exported_line_can_be_verified_without_the_store(db: Database) -> None:
    append(db, [event(1, text="ü"), event(2)])
    before = chain.FIRST
    for line in chain.lines(db):
        told = json.loads(line)
        names = ("id", "at", "kind", "actor", "subject", "outcome")
        detail = json.dumps(told["detail"])
        assert told["hash"] == chain.link(before, (*(told[name] for name in names), detail))
        before = told["hash"]
    assert before == chain.end_of(db).hash
