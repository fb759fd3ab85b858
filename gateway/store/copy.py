"""A copy of the store for a backup: as it is at one moment, though the box goes on writing."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from gateway.store.file import BUSY_TIMEOUT_S, StoreBroken, explain, open_for_reading

# What makes no sense in another time: a restored box must not do again what it was once asked to do.
_OF_THE_MOMENT: Final = ("job",)


def copy_store(source: Path, target: Path) -> None:
    """Write a whole, checked copy into a new file that only the owner can read.

    Raises:
        StoreBroken: the store cannot be read, or the copy is not whole.
        OSError: the file cannot be made.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        reading = open_for_reading(source)
        writing = sqlite3.connect(target, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            reading.conn.backup(writing)  # all pages in one go: a writer in between would make it begin anew
            writing.execute("PRAGMA journal_mode=DELETE")
            for table in _OF_THE_MOMENT:
                writing.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
            writing.execute("VACUUM")
        finally:
            writing.close()
            reading.close()
        check_store(target)
    except sqlite3.Error as error:
        raise explain(error, source) from error


def check_store(path: Path) -> None:
    """Look through a store that nobody has open.

    Raises:
        StoreBroken: it is damaged, or is none of a box.
    """
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        faults = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error as error:
        raise StoreBroken(f"{path.name} cannot be read: {error}") from error
    finally:
        connection.close()
    if faults != ["ok"]:
        raise StoreBroken(f"{path.name} is damaged: {'; '.join(faults)}")
    if not {"session", "member", "event"} <= tables:
        raise StoreBroken(f"{path.name} is no store of a box")
