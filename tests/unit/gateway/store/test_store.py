"""The store: acknowledged after the commit, one bad job alone, every disk trouble in plain words."""

import asyncio
import sqlite3
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database, Migrations

from gateway.clock import Clock
from gateway.store.file import ended_badly, explain, is_damage, move_aside, open_for_writing
from gateway.store.group import Ticket, TransactionLost, commit_group
from gateway.store.store import (
    Job,
    Store,
    StoreBroken,
    StoreBusy,
    StoreFull,
    StoreInUse,
    StoreReadOnly,
    StoreSettings,
    StoreState,
)

QUICK = StoreSettings(retry_s=0.05)
WAIT_S = 10.0


def new_migrations() -> list[Migrations]:
    notes = Migrations("notes")

    @notes()
    def create_note(db: Database) -> None:
        db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT")

    return [notes]


def make(path: Path, *, shared: bool = False, config: StoreSettings = QUICK) -> Store:
    clock = Clock(utc_now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    return Store(path=path, migrations=new_migrations(), settings=config, clock=clock, shared=shared)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "gymbox.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    store = make(path)
    store.start()
    yield store
    assert store.stop()


def add(text: str) -> Job[int]:
    return lambda db: db.execute("INSERT INTO note (text) VALUES (?)", (text,)).lastrowid or 0


def texts(store: Store) -> list[str]:
    return [
        row[0]
        for row in store.read_now(lambda db: db.execute("SELECT text FROM note ORDER BY id").fetchall())
    ]


def put(store: Store, text: str) -> int:
    def job(db: Database) -> int:
        return db.execute("INSERT INTO note (text) VALUES (?)", (text,)).lastrowid or 0

    return store.submit(job).result(WAIT_S)


class Gate:
    """A job that holds the writer, so that what comes after it makes one group."""

    def __init__(self, store: Store) -> None:
        self._entered, self._open = threading.Event(), threading.Event()
        self._future = store.submit(self._hold)
        assert self._entered.wait(WAIT_S)

    def _hold(self, _db: Database) -> None:
        self._entered.set()
        assert self._open.wait(WAIT_S)

    def open(self) -> None:
        self._open.set()
        self._future.result(WAIT_S)


def test_a_write_is_answered_with_its_result_and_is_there(store: Store) -> None:
    assert put(store, "a") == 1
    assert texts(store) == ["a"]
    assert store.state == StoreState("ok")


def test_durability_is_set_as_promised(store: Store) -> None:
    def pragmas(db: Database) -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    assert store.submit(pragmas).result(WAIT_S) == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_files_belong_to_the_box_alone(store: Store, path: Path) -> None:
    put(store, "a")
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes) == {path.name + suffix for suffix in ("", "-wal", "-shm", ".lock")}
    assert set(modes.values()) == {0o600}


def test_an_existing_file_open_to_others_is_closed_to_them(path: Path) -> None:
    path.parent.mkdir()
    path.touch(mode=0o644)
    store = make(path)
    store.start()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    store.stop()


def test_writes_that_come_together_share_a_commit(store: Store) -> None:
    gate = Gate(store)
    futures = [store.submit(add(str(n))) for n in range(40)]
    before = store.counts.commits
    gate.open()
    for future in futures:
        future.result(WAIT_S)
    assert store.counts.commits - before <= 2  # the gate's own and the group's
    assert len(texts(store)) == 40


def test_a_group_has_at_most_fifty(path: Path) -> None:
    store = make(path, config=StoreSettings(group_jobs=50))
    store.start()
    gate = Gate(store)
    futures = [store.submit(add(str(n))) for n in range(120)]
    gate.open()
    for future in futures:
        future.result(WAIT_S)
    assert store.counts.commits >= 3
    store.stop()


def test_a_failing_job_does_not_take_its_neighbours_along(store: Store) -> None:
    def half_then_fail(db: Database) -> None:
        db.execute("INSERT INTO note (text) VALUES ('half')")
        raise LookupError("no")

    gate = Gate(store)
    first, bad, last = (store.submit(job) for job in (add("a"), half_then_fail, add("b")))
    duplicate = store.submit(add("a"))
    gate.open()
    first.result(WAIT_S)
    last.result(WAIT_S)
    with pytest.raises(LookupError, match="no"):
        bad.result(WAIT_S)
    with pytest.raises(sqlite3.IntegrityError):
        duplicate.result(WAIT_S)
    assert texts(store) == ["a", "b"]
    assert store.state.level == "ok"


def test_a_cancelled_write_is_not_done(store: Store) -> None:
    gate = Gate(store)
    future = store.submit(add("never"))
    assert future.cancel()
    gate.open()
    put(store, "after")
    with pytest.raises(CancelledError):
        future.result(WAIT_S)
    assert texts(store) == ["after"]


def test_a_full_queue_refuses_and_counts(path: Path) -> None:
    store = make(path, config=StoreSettings(queue_size=3))
    store.start()
    gate = Gate(store)
    for n in range(3):
        store.submit(add(str(n)))
    with pytest.raises(StoreBusy, match="Try again"):
        store.submit(add("one too many"))
    assert store.counts.refused == 1
    assert store.waiting == 3
    gate.open()
    store.stop()


def test_stop_commits_what_waits_and_refuses_what_comes_later(path: Path) -> None:
    store = make(path)
    store.start()
    gate = Gate(store)
    futures = [store.submit(add(str(n))) for n in range(60)]
    stopper = threading.Thread(target=store.stop)
    stopper.start()
    gate.open()
    stopper.join(WAIT_S)
    assert all(future.result(0) for future in futures)
    with pytest.raises(StoreBusy, match="stopping"):
        store.submit(add("late"))
    with pytest.raises(StoreBroken, match="not started"):
        texts(store)


def test_stop_gives_up_on_a_disk_that_does_not_answer(path: Path) -> None:
    store = make(path)
    store.start()
    gate = Gate(store)
    assert not store.stop(0.1)
    gate.open()
    assert store.stop()


def test_a_clean_stop_leaves_no_log_and_a_start_finds_the_rows(path: Path) -> None:
    store = make(path)
    store.start()
    put(store, "a")
    texts(store)
    assert ended_badly(path)
    store.stop()
    assert not ended_badly(path)
    again = make(path)
    again.start()
    assert texts(again) == ["a"]
    again.stop()


def test_a_stopped_store_starts_again(store: Store) -> None:
    put(store, "a")
    assert store.stop()
    store.start()
    put(store, "b")
    assert texts(store) == ["a", "b"]


def test_readers_cannot_write(store: Store) -> None:
    with pytest.raises(StoreReadOnly):
        store.read_now(lambda db: db.conn.execute("DELETE FROM note"))


async def test_reads_and_writes_beside_the_loop(store: Store) -> None:
    await asyncio.gather(*(store.write(add(str(n))) for n in range(20)))
    assert await store.read(lambda db: db["note"].count) == 20


def test_two_boxes_cannot_share_a_folder_but_a_command_may(store: Store, path: Path) -> None:
    with pytest.raises(StoreInUse, match="already runs"):
        make(path).start()
    command = make(path, shared=True)
    command.start()
    put(command, "from beside")
    command.stop()
    put(store, "from the box")
    assert texts(store) == ["from beside", "from the box"]


def test_a_command_without_a_box_makes_the_tables_itself(path: Path) -> None:
    command = make(path, shared=True)
    command.start()
    assert put(command, "a") == 1
    command.stop()


@pytest.mark.parametrize("garbage", [b"not a database, " * 300, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_file_is_set_aside_and_the_box_starts(path: Path, garbage: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(garbage)
    store = make(path)
    state = store.start()
    assert state.level == "degraded"
    assert state.moved_aside == path.with_name("gymbox.sqlite3.corrupt.2026-01-02T030405.000000Z")
    assert state.moved_aside is not None
    assert state.moved_aside.read_bytes() == garbage
    assert str(path.parent) not in state.reason
    assert put(store, "fresh") == 1
    assert store.state.level == "degraded"  # until the next start: somebody should look
    store.stop()
    assert make(path).start().level == "ok"


def _fill(path: Path) -> None:
    store = make(path)
    store.start()
    for n in range(200):
        store.submit(add(f"{n} " + "x" * 500))
    store.stop()


def _scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096 * 12)  # behind the schema
        file.write(b"\xa5" * 4096 * 4)


def test_damage_deep_inside_is_found_after_a_bad_end(path: Path) -> None:
    _fill(path)
    _scribble(path)
    path.with_name(path.name + "-wal").write_bytes(b"left over")
    store = make(path)
    aside = store.start().moved_aside
    assert aside is not None
    assert aside.stat().st_size > 4096 * 16
    store.stop()


def test_the_companions_of_a_damaged_file_go_with_it(tmp_path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"s{suffix}").write_text(suffix)
    aside = move_aside(tmp_path / "s", datetime(2026, 1, 1, tzinfo=UTC))
    moved = {each.name: each.read_text() for each in tmp_path.iterdir()}
    assert moved == {f"{aside.name}{suffix}": suffix for suffix in ("", "-wal", "-shm")}


def test_damage_met_while_running_sets_the_file_aside_too(path: Path) -> None:
    _fill(path)
    _scribble(path)
    store = make(path)
    assert store.start().level == "ok"  # a clean end, so nobody looked
    told: list[StoreState] = []
    store.subscribe(told.append)
    with pytest.raises(StoreBroken, match="damaged"):
        store.submit(lambda db: db.execute("UPDATE note SET text = text || '!'")).result(WAIT_S)
    assert put(store, "fresh") == 1
    assert texts(store) == ["fresh"]
    assert store.state.moved_aside is not None
    assert [each.level for each in told] == ["ok", "failed", "degraded"]
    store.stop()


def _room(store: Store, pages: int | None) -> None:
    """Leave room for some pages more, or for any number."""

    def limit(db: Database) -> None:
        used = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={0x7FFFFFFE if pages is None else used + pages}")

    store.submit(limit).result(WAIT_S)


def test_a_full_store_says_so_keeps_what_it_has_and_goes_on(store: Store) -> None:
    put(store, "before")
    _room(store, 0)
    told: list[StoreState] = []
    store.subscribe(told.append)
    with pytest.raises(StoreFull, match="Free some space"):
        put(store, "x" * 20_000)
    kept = texts(store)
    assert (store.state.level, kept) == ("failed", ["before"])
    _room(store, None)
    assert put(store, "after") == len(kept) + 1
    assert store.state.level == "ok"
    assert [each.level for each in told] == ["ok", "failed", "ok"]


def test_a_full_store_notices_room_again_without_being_asked(store: Store) -> None:
    _room(store, 0)
    with pytest.raises(StoreFull):
        put(store, "x" * 20_000)
    gone = threading.Event()
    store.subscribe(lambda state: gone.set() if state.level == "ok" else None)
    assert not gone.wait(0.3)
    store.submit(lambda db: db.execute("PRAGMA max_page_count=10000").fetchall()).result(WAIT_S)
    assert gone.wait(WAIT_S)


def test_one_job_too_big_for_the_disk_fails_alone(store: Store) -> None:
    put(store, "first")
    _room(store, 2)
    gate = Gate(store)
    small, big, other = (store.submit(add(text)) for text in ("small", "x" * 50_000, "other"))
    gate.open()
    small.result(WAIT_S)
    other.result(WAIT_S)
    with pytest.raises(StoreFull):
        big.result(WAIT_S)
    assert texts(store) == ["first", "small", "other"]


def test_a_folder_that_is_a_file_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    store = make(tmp_path / "data" / "gymbox.sqlite3")
    state = store.start()
    assert state.level == "failed"
    with pytest.raises(StoreBroken):
        put(store, "a")
    with pytest.raises(StoreBroken):
        texts(store)
    (tmp_path / "data").unlink()
    assert put(store, "a") == 1
    store.stop()


def test_a_group_is_undone_as_a_whole_when_the_transaction_is_lost(tmp_path: Path) -> None:
    opened = open_for_writing(
        tmp_path / "s", new_migrations(), now=datetime.now(UTC), check=False, owner=True
    )

    def lose(db: Database) -> None:
        db.conn.execute("ROLLBACK")
        raise LookupError

    tickets = [Ticket(add("a"), Future()), Ticket(lose, Future())]
    with pytest.raises(TransactionLost):
        commit_group(opened.db, tickets, tmp_path / "s")
    assert not opened.db.conn.in_transaction
    assert opened.db["note"].count == 0
    assert not any(ticket.future.done() for ticket in tickets)
    opened.db.close()


def test_neighbours_of_a_lost_transaction_are_done_on_their_own(store: Store) -> None:
    def lose(db: Database) -> None:
        db.conn.execute("ROLLBACK")
        raise LookupError("mine")

    gate = Gate(store)
    a, bad, b = (store.submit(job) for job in (add("a"), lose, add("b")))
    gate.open()
    assert (a.result(WAIT_S), b.result(WAIT_S)) == (1, 2)
    with pytest.raises(LookupError, match="mine"):
        bad.result(WAIT_S)


def test_errors_are_told_without_paths(tmp_path: Path) -> None:
    path = tmp_path / "gymbox.sqlite3"
    for error in (OSError(30, "Read-only file system"), OSError(28, "No space"), OSError(5, "I/O error")):
        assert str(tmp_path) not in str(explain(error, path))


def test_a_plain_database_error_is_no_damage() -> None:
    assert not is_damage(sqlite3.OperationalError("no such table"))


@settings(max_examples=25, deadline=None)
@given(fails=st.lists(st.booleans(), min_size=1, max_size=60))
def test_exactly_the_jobs_that_succeed_are_kept(
    tmp_path_factory: pytest.TempPathFactory, fails: list[bool]
) -> None:
    store = make(tmp_path_factory.mktemp("store") / "s")
    store.start()

    def job(number: int, *, fail: bool) -> Job[None]:
        def run(db: Database) -> None:
            db.execute("INSERT INTO note (text) VALUES (?)", (str(number),))
            if fail:
                raise ArithmeticError

        return run

    futures = [store.submit(job(n, fail=fail)) for n, fail in enumerate(fails)]
    for future, fail in zip(futures, fails, strict=True):
        assert isinstance(future.exception(WAIT_S), ArithmeticError) == fail
    assert texts(store) == [str(n) for n, fail in enumerate(fails) if not fail]
    store.stop()
