"""Readers: beside the loop, never older than the file, and nothing of them left open."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlite_utils import Database

from gateway.store.file import StoreBroken
from gateway.store.readers import Readers


def number(db: Database) -> int:
    found: int = db.execute("SELECT id FROM note").fetchone()[0]
    return found


def write(path: Path, value: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE note (id INTEGER)")
    connection.execute("INSERT INTO note VALUES (?)", (value,))
    connection.commit()
    connection.close()


def replace(path: Path, value: int) -> None:
    path.unlink()
    write(path, value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "a.sqlite3", 1)
    return tmp_path / "a.sqlite3"


@pytest.fixture
def readers(path: Path) -> Iterator[Readers]:
    readers = Readers(path=path, threads=2)
    readers.start()
    yield readers
    readers.stop()


async def test_reads_run_beside_the_loop_on_a_few_threads(readers: Readers) -> None:
    threads = await asyncio.gather(
        *[readers.run(lambda _db: threading.current_thread().name) for _ in range(40)]
    )
    assert len(set(threads)) <= 2
    assert all(name.startswith("store-read") for name in threads)


async def test_a_file_that_was_replaced_is_opened_anew(readers: Readers, path: Path) -> None:
    assert (await readers.run(number), readers.run_now(number)) == (1, 1)
    replace(path, 2)
    assert readers.run_now(number) == 1, "the old file, as long as nobody said otherwise"
    readers.renew()
    assert (await readers.run(number), readers.run_now(number)) == (2, 2)


async def test_a_thread_keeps_one_connection(readers: Readers) -> None:
    first = readers.run_now(lambda db: id(db.conn))
    assert {readers.run_now(lambda db: id(db.conn)) for _ in range(5)} == {first}
    assert await readers.run(lambda db: id(db.conn)) != first


def test_trouble_of_the_file_is_told_in_words_and_mistakes_stay_mistakes(
    readers: Readers, path: Path
) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        readers.run_now(lambda db: db.execute("SELECT * FROM nowhere"))
    path.unlink()
    readers.renew()
    with pytest.raises(StoreBroken) as caught:
        readers.run_now(number)
    assert str(path.parent) not in str(caught.value)
    write(path, 3)
    assert readers.run_now(number) == 3


async def test_stopping_closes_every_connection_and_thread(path: Path) -> None:
    before = psutil.Process().num_fds(), threading.active_count()
    readers = Readers(path=path, threads=3)
    readers.start()
    for _ in range(5):
        await asyncio.gather(
            *[readers.run(number) for _ in range(9)], asyncio.to_thread(readers.run_now, number)
        )
        readers.renew()
    readers.run_now(number)
    readers.stop()
    readers.stop()
    left = [each for each in threading.enumerate() if each.name.startswith("store-read")]
    assert left == []
    assert psutil.Process().num_fds() <= before[0]
