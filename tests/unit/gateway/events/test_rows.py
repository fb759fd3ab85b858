import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from sqlite_utils import Database

from gateway.events import rows
from gateway.events.rows import Event, EventFilter, append, load, migrations


def event(number: int, **changes: str) -> Event:
    told: Any = {"kind": "command", "actor": "kiosk", "subject": "belt", "outcome": "done", **changes}
    return Event(f"2026-03-01T09:00:{number:02d}+00:00", **told, detail={"n": number})


@pytest.fixture
def db() -> Iterator[Database]:
    db = Database(memory=True)
    migrations.apply(db)
    yield db
    db.close()


def test_events_come_back_the_newest_first_with_their_numbers(db: Database) -> None:
    append(db, [event(1), event(2), event(3)])
    assert [(each.id, each.detail) for each in load(db, EventFilter(), 2)] == [(3, {"n": 3}), (2, {"n": 2})]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (EventFilter(kind="plan"), [2]),
        (EventFilter(subject="bike"), [3]),
        (EventFilter(actor="operator"), [4]),
        (EventFilter(outcome="refused", kind="command"), [5]),
        (EventFilter(since="2026-03-01T09:00:04+00:00"), [5, 4]),
        (EventFilter(until="2026-03-01T09:00:02+00:00"), [1]),
        (EventFilter(before=3), [2, 1]),
        (EventFilter(kind="command'; DROP TABLE event; --"), []),
    ],
)
def test_events_are_found_by_what_they_say(db: Database, wanted: EventFilter, numbers: list[int]) -> None:
    changes: tuple[dict[str, str], ...] = (
        {},
        {"kind": "plan"},
        {"subject": "bike"},
        {"actor": "operator"},
        {"outcome": "refused"},
    )
    append(db, [event(number, **change) for number, change in enumerate(changes, start=1)])
    assert [each.detail["n"] for each in load(db, wanted, 10)] == numbers


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'nobody'",
        "UPDATE event SET outcome = 'done' WHERE id = 1",
        "DELETE FROM event",
        "DELETE FROM event WHERE id = 1",
    ],
)
def test_nothing_that_is_written_is_changed_or_deleted(db: Database, statement: str) -> None:
    append(db, [event(1, outcome="refused"), event(2)])
    with pytest.raises(sqlite3.IntegrityError, match="events are"):
        db.execute(statement)
    assert [each.outcome for each in load(db, EventFilter(), 10)] == ["done", "refused"]


def test_the_oldest_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "KEEP_EVENTS", 3)
    db = Database(memory=True)
    migrations.apply(db)
    for number in range(6):
        append(db, [event(number)])
    assert [each.detail["n"] for each in load(db, EventFilter(), 10)] == [5, 4, 3]
    with pytest.raises(sqlite3.IntegrityError, match="events are kept"):
        db.execute("DELETE FROM event WHERE id = 4")
    db.close()
