"""The statements that touch sessions, on a real SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from gateway.sessions.followed import Followed
from gateway.sessions.report import ModelVersions, SessionReport
from gateway.sessions.rows import Finish, SaveActive, SessionRow, load_active, load_report
from gateway.store.file import open_for_writing
from gateway.store.tables import MIGRATIONS
from sync import outbox
from sync.pseudonym import Pseudonymiser
from sync.record import Record, new_record

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
ADA = Pseudonymiser(b"k" * 32)("ada")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_for_writing(tmp_path / "a.sqlite3", MIGRATIONS, now=START, check=False, owner=True)
    yield opened.db
    opened.db.close()


@pytest.fixture
def do(db: Database) -> Callable[[Callable[[Database], Any]], Any]:
    """Run a job as the writer does: in a transaction, undone when it raises."""

    def run(job: Callable[[Database], Any]) -> Any:
        with db.conn:
            db.conn.execute("BEGIN")
            return job(db)

    return run


def row(session_id: str = "s1", **changes: Any) -> SessionRow:
    values: dict[str, Any] = {
        "id": session_id,
        "station_id": f"at-{session_id}",
        "member_id": "ada",
        "band_id": None,
        "exercise": None,
        "started_at": START.isoformat(),
        "elapsed_s": 1.5,
        "progress": {"sets": [], "note": "ü☃"},
    }
    return SessionRow.build(**(values | changes))


def finish(session_id: str = "s1", rpe: int = 5) -> Finish:
    report = SessionReport(
        id=session_id,
        station_id="mat",
        member_id="ada",
        band_id=None,
        exercise=None,
        status="ended",
        started_at=START,
        ended_at=START,
        rpe=rpe,
        sets=[],
        heart_rate=None,
        treadmill=None,
        models=ModelVersions(pose=None, phase=None),
    )
    record: Record = new_record("session", {"rpe": rpe}, member=ADA, created_at=START)
    return Finish(row(session_id), report, record)


def test_a_checkpoint_is_read_back_as_it_was(db: Database, do: Callable[..., Any]) -> None:
    do(SaveActive(row()))
    do(SaveActive(row(elapsed_s=7.25, progress={"sets": [1]})))
    (kept,) = load_active(db)
    assert kept == row(elapsed_s=7.25, progress={"sets": [1]})
    assert kept.sums() == {"sets": [1]}
    assert row().sums()["note"] == "ü☃"


def test_what_a_machine_follows_is_kept_as_long_as_the_session_runs(
    db: Database, do: Callable[..., Any]
) -> None:
    do(SaveActive(row()))
    assert load_active(db)[0].followed is None
    do(SaveActive(row(followed=Followed('[{"duration_s": 60}]', 12.5))))
    (kept,) = load_active(db)
    assert kept.followed == Followed('[{"duration_s": 60}]', 12.5)
    do(finish())
    assert db.execute("SELECT steps, steps_done_s FROM session").fetchall() == [(None, None)]


def test_those_that_run_come_back_in_the_order_of_their_start(db: Database, do: Callable[..., Any]) -> None:
    for hour, name in ((11, "late"), (9, "early"), (10, "middle")):
        do(SaveActive(row(name, started_at=START.replace(hour=hour).isoformat())))
    do(finish("early"))
    assert [each.id for each in load_active(db)] == ["middle", "late"]


def test_a_late_checkpoint_does_not_wake_an_ended_session(db: Database, do: Callable[..., Any]) -> None:
    do(SaveActive(row()))
    do(finish())
    do(SaveActive(row(elapsed_s=99.0)))
    assert load_active(db) == []
    kept = db.execute("SELECT status, elapsed_s, progress FROM session").fetchall()
    assert kept == [("ended", 1.5, None)]


def test_ending_twice_keeps_the_first_result_and_one_record(db: Database, do: Callable[..., Any]) -> None:
    first, second = finish(rpe=3), finish(rpe=9)
    assert do(first).rpe == 3
    assert do(second).rpe == 3
    told = load_report(db, "s1")
    assert told is not None
    assert told.rpe == 3
    assert outbox.status(db.conn).depth == 1
    assert db.execute("SELECT record_id FROM session").fetchone() == (first.record.id,)


def test_a_session_that_never_was_checkpointed_is_ended_all_the_same(
    db: Database, do: Callable[..., Any]
) -> None:
    do(finish())
    assert load_report(db, "s1") is not None
    assert load_report(db, "s2") is None


def test_session_and_record_are_kept_together_or_not_at_all(db: Database, do: Callable[..., Any]) -> None:
    do(SaveActive(row()))
    first = finish("other")
    do(first)
    taken = replace(finish(), record=first.record)  # the outbox refuses an id that it has
    with pytest.raises(outbox.OutboxMisuse):
        do(taken)
    assert [each.id for each in load_active(db)] == ["s1"]
    assert outbox.status(db.conn).depth == 1


@pytest.mark.parametrize("same", [{"station_id": "mat"}, {"band_id": "band"}])
def test_neither_a_station_nor_a_band_has_two_sessions(
    db: Database, do: Callable[..., Any], same: dict[str, str]
) -> None:
    do(SaveActive(row("s1", **same)))
    with pytest.raises(sqlite3.IntegrityError):
        do(SaveActive(row("s2", **same)))
    do(finish("s1"))
    do(SaveActive(row("s3", **same)))
    assert [each.id for each in load_active(db)] == ["s3"]
