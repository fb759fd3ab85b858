"""The store against a real disk: full, read-only, and the process killed in the middle of a write."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database, Migrations

from devices.registry import DeviceRegistry
from gateway.members.members import Members
from gateway.sessions.service import SessionService
from gateway.stations import Station
from gateway.store.store import Store, StoreFull, StoreReadOnly, StoreSettings
from gateway.store.tables import MIGRATIONS, store_path
from sync.pseudonym import Pseudonymiser

WAIT_S = 20.0
QUICK = StoreSettings(retry_s=0.1)

WRITER = """
import sys
from pathlib import Path
from sqlite_utils import Migrations
from gateway.store.store import Store, StoreSettings

notes = Migrations("notes")

@notes()
def create_note(db):
    db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")

store = Store(path=Path(sys.argv[1]), migrations=[notes])
store.start()
number = int(sys.argv[2])
while True:
    futures = []
    for _ in range(7):
        number += 1
        row = (number, "x" * (number % 3000))
        insert = lambda db, row=row: db.execute("INSERT INTO note VALUES (?, ?)", row).rowcount
        futures.append((number, store.submit(insert)))
    for done, future in futures:
        future.result(20)
        print(done, flush=True)
"""


def new_migrations() -> list[Migrations]:
    notes = Migrations("notes")

    @notes()
    def create_note(db: Database) -> None:
        db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT")

    return [notes]


def make(path: Path) -> Store:
    return Store(path=path, migrations=new_migrations(), settings=QUICK)


def put(store: Store, text: str) -> int:
    def job(db: Database) -> int:
        return db.execute("INSERT INTO note (text) VALUES (?)", (text,)).lastrowid or 0

    return store.submit(job).result(WAIT_S)


def count(store: Store) -> int:
    rows: int = store.read_now(lambda db: db.execute("SELECT count(*) FROM note").fetchone()[0])
    return rows


def wait_for_level(store: Store, level: str) -> None:
    reached = threading.Event()
    store.subscribe(lambda state: reached.set() if state.level == level else None)
    assert reached.wait(WAIT_S), f"the store is {store.state}, not {level}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, as nobody but root can make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 512):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def test_a_full_disk_loses_nothing_acknowledged_and_heals_by_itself(small_disk: Path) -> None:
    store = make(small_disk / "gymbox.sqlite3")
    assert store.start().level == "ok"
    acknowledged = 0
    with pytest.raises(StoreFull, match="Free some space"):  # noqa: PT012 - whichever write finds the disk full
        for number in range(2000):
            put(store, f"{number}" + "x" * 3000)
            acknowledged += 1
    assert acknowledged > 50
    assert count(store) == acknowledged
    assert store.state.level == "failed"
    store.stop()

    again = make(small_disk / "gymbox.sqlite3")
    again.start()  # not one byte is free, so that this may or may not open
    _remount(small_disk, "size=2m")
    wait_for_level(again, "ok")
    assert count(again) == acknowledged
    assert put(again, "after") == acknowledged + 1
    again.stop()


def test_writing_goes_on_once_space_is_freed(small_disk: Path) -> None:
    store = make(small_disk / "gymbox.sqlite3")
    store.start()
    put(store, "before")
    ballast = fill(small_disk)
    with pytest.raises(StoreFull):
        put(store, "x" * 200_000)
    assert store.state.level == "failed"
    ballast.unlink()
    wait_for_level(store, "ok")
    put(store, "after")
    assert count(store) == 2
    store.stop()


def test_a_box_starts_on_a_full_disk_and_heals(small_disk: Path) -> None:
    ballast = fill(small_disk)
    store = make(small_disk / "data" / "gymbox.sqlite3")
    assert store.start().level == "failed"
    with pytest.raises(StoreFull):
        put(store, "x")
    ballast.unlink()
    wait_for_level(store, "ok")
    assert put(store, "x") == 1
    store.stop()


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)


def test_a_read_only_data_folder_is_told_and_heals(small_disk: Path) -> None:
    _remount(small_disk, "ro")
    store = make(small_disk / "data" / "gymbox.sqlite3")
    state = store.start()
    assert state.level == "failed"
    assert "writable" in state.reason
    with pytest.raises(StoreReadOnly):
        put(store, "a")
    with pytest.raises(StoreReadOnly):
        count(store)
    _remount(small_disk, "rw")
    wait_for_level(store, "ok")
    assert put(store, "a") == 1
    store.stop()


def test_a_disk_that_turned_read_only_keeps_what_was_written(small_disk: Path) -> None:
    """What a dying memory card does between two starts of the box."""
    data = small_disk / "data"
    data.mkdir()
    store = make(data / "gymbox.sqlite3")
    store.start()
    put(store, "before")
    store.stop()
    _remount(small_disk, "ro")
    again = make(data / "gymbox.sqlite3")
    again.start()
    with pytest.raises(StoreReadOnly, match="Make its folder writable"):
        put(again, "during")
    _remount(small_disk, "rw")
    wait_for_level(again, "ok")
    assert put(again, "after") == 2
    again.stop()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    store = make(tmp_path / "gymbox.sqlite3")
    assert "writable" in store.start().reason
    store.stop()
    tmp_path.chmod(0o700)


@pytest.mark.slow
def test_kill_9_in_the_middle_of_writing_loses_no_acknowledged_row(tmp_path: Path) -> None:
    path = tmp_path / "gymbox.sqlite3"
    dice = random.Random(7)  # noqa: S311 - which moment to kill at is no secret
    last = 0
    for _ in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(last)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            for _ in range(dice.randrange(1, 300)):
                last = int(writer.stdout.readline())
            writer.send_signal(signal.SIGKILL)
            last = max([last, *map(int, writer.stdout.read().split())])
        store = make(path)
        assert store.start().level == "ok"
        numbers = [n for (n,) in store.read_now(lambda db: db.execute("SELECT id FROM note").fetchall())]
        assert numbers[:last] == list(range(1, last + 1))
        last = len(numbers)  # what was committed and not yet told may be there too
        store.stop()
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


SESSION = """
import asyncio, sys
from pathlib import Path
from gateway.store.tables import MIGRATIONS, store_path
from gateway.clock import Clock
from gateway.members.members import MemberProfile, Members
from gateway.sessions.admission import CheckIn
from gateway.sessions.service import SessionService
from gateway.stations import Station
from gateway.store.store import Store
from devices.registry import DeviceRegistry
from sync.pseudonym import Pseudonymiser
from vision.counting.reps import Rep

async def main():
    store = Store(path=store_path(Path(sys.argv[1])), migrations=MIGRATIONS)
    store.start()
    pseudonym = Pseudonymiser(b"k" * 32)
    members = Members(store=store, pseudonym=pseudonym)
    await members.put("ada", MemberProfile(display_name="Ada"))
    clock = Clock()
    sessions = SessionService(
        store=store,
        stations={"mat": Station("mat", "Mat", exercises=("pushup",))},
        devices=DeviceRegistry(),
        members=members,
        pseudonym=pseudonym,
        clock=clock,
    )
    report = await sessions.start(CheckIn("mat", "ada", exercise="pushup"))
    print(report.id, flush=True)
    while True:
        now_s = clock.now_s()
        sessions.on_rep("mat", Rep("pushup", now_s - 0.01, now_s - 0.005, now_s, 0.9, False))
        await asyncio.sleep(0)
        await store.write(lambda db: None)  # queued behind the checkpoint
        print("rep", flush=True)

asyncio.run(main())
"""


def _train_until_killed(data_dir: Path) -> tuple[str, int]:
    """Run a box, kill it in mid-set; returns the session and the repetitions known to be on the disk."""
    with subprocess.Popen(
        [sys.executable, "-c", SESSION, str(data_dir)], stdout=subprocess.PIPE, text=True
    ) as box:
        assert box.stdout is not None
        session_id = box.stdout.readline().strip()
        told = sum(1 for _ in range(12) if box.stdout.readline() == "rep\n")
        box.send_signal(signal.SIGKILL)
        told += box.stdout.read().count("rep\n")
    return session_id, told


async def test_a_box_killed_in_mid_set_goes_on_with_the_count(tmp_path: Path) -> None:
    session_id, told = await asyncio.to_thread(_train_until_killed, tmp_path)
    await asyncio.sleep(0.3)  # the box is down for a while

    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    assert store.start().level == "ok"
    pseudonym = Pseudonymiser(b"k" * 32)
    sessions = SessionService(
        store=store,
        stations={"mat": Station("mat", "Mat", exercises=("pushup",))},
        devices=DeviceRegistry(),
        members=Members(store=store, pseudonym=pseudonym),
        pseudonym=pseudonym,
    )
    (session,) = await sessions.resume()
    assert session.id == session_id
    assert session.display_name == "Ada"
    counted = session.totals()[0]["pushup"]
    assert told <= counted <= told + 1
    report = await sessions.end(session.id, rpe=5)
    assert report.sets[0].reps == counted
    store.stop()
