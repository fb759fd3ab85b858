"""The file under the store: opened durable, checked after a bad end, moved aside when it is damaged.

The corrupt file is kept beside the new one, as Home Assistant's recorder does, so that a box always starts
and nothing that could still be rescued is deleted.
"""

import errno
import logging
import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlite_utils import Database, Migrations

_log = logging.getLogger(__name__)

# How long one connection waits for another's write lock; writes here take milliseconds.
BUSY_TIMEOUT_S: Final = 5.0
# The write-ahead log is cut back to this after a checkpoint, so that one burst does not keep the disk.
_WAL_LIMIT_BYTES: Final = 4 * 1024 * 1024
# Below this much free space an I/O error is taken for a full disk.
_ALMOST_FULL_BYTES: Final = 256 * 1024
_COMPANIONS: Final = ("-wal", "-shm")
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class StoreError(Exception):
    """The store cannot do what was asked; the text says what to do."""


class StoreFull(StoreError):  # noqa: N818 - named by what happened
    """No space is left; nothing that was acknowledged is lost, and writing goes on once space is freed."""


class StoreReadOnly(StoreError):  # noqa: N818 - named by what happened
    """The file or its folder cannot be written."""


class StoreBroken(StoreError):  # noqa: N818 - named by what happened
    """The file cannot be opened, read or written for another reason."""


class StoreInUse(StoreError):  # noqa: N818 - named by what happened
    """Another box process owns this data folder."""


class _Damaged(sqlite3.DatabaseError):
    """The integrity check found faults."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A connection ready for writing, and where a damaged predecessor went."""

    db: Database
    moved_aside: Path | None


def is_damage(error: BaseException) -> bool:
    """Tell whether the error says that the file itself is damaged."""
    return isinstance(error, _Damaged) or _code(error) in _DAMAGED


def is_storage_fault(error: BaseException) -> bool:
    """Tell a fault of the disk or the file from a fault of the statement."""
    return is_damage(error) or _code(error) in {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
    }


def needs_reopening(error: BaseException) -> bool:
    """After damage or an I/O error nothing that the connection remembers can be trusted."""
    return is_damage(error) or _code(error) in {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
    }


def explain(error: sqlite3.Error | OSError, path: Path) -> StoreError:
    """Turn what SQLite or the system says into what a person can act on."""
    code = _code(error)
    number = error.errno if isinstance(error, OSError) else None
    if code == sqlite3.SQLITE_FULL or number == errno.ENOSPC or (code is not None and _almost_full(path)):
        return StoreFull("The disk is full. Free some space; the box goes on by itself.")
    if code == sqlite3.SQLITE_READONLY or number in {errno.EROFS, errno.EACCES, errno.EPERM} or _frozen(path):
        return StoreReadOnly(
            f"{path.name} cannot be written. Make its folder writable for the box; it goes on by itself."
        )
    if is_damage(error):
        return StoreBroken(f"{path.name} is damaged. It is set aside and a new one begun.")
    if code == sqlite3.SQLITE_BUSY:
        return StoreBroken(f"{path.name} is locked by another program. Close that program.")
    if code == sqlite3.SQLITE_ERROR:
        return StoreBroken(
            f"{path.name} does not fit this version of the box ({error}). Restore a backup or move it away."
        )
    return StoreBroken(f"{path.name} cannot be used ({_name(error)}). Check the disk.")


def open_for_writing(
    path: Path, migrations: Sequence[Migrations], *, now: datetime, check: bool, owner: bool
) -> Opened:
    """Open the file, new when there is none, with everything that durability needs.

    Args:
        path: the database file.
        migrations: brought up to date in this order; only by the owner.
        now: names a damaged file that is moved aside.
        check: look through the file even though it was closed well.
        owner: whether this process alone may change the schema or move the file.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not owner:
        return Opened(_connect(path), None)
    try:
        return Opened(_prepare(path, migrations, check=check or ended_badly(path)), None)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        _log.exception("%s is damaged", path.name)
    aside = move_aside(path, now)
    return Opened(_prepare(path, migrations, check=False), aside)


def open_for_reading(path: Path) -> Database:
    """Open a connection that cannot write."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    connection = sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA query_only=ON")
    return Database(connection, execute_plugins=False)


def empty_log(path: Path) -> bool:
    """Have everything in the file itself and nothing in the write-ahead log: what was deleted is gone.

    False when a reader is in the way; a later checkpoint does it.
    """
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    try:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
    return not busy


def ended_badly(path: Path) -> bool:
    """Tell whether the last process died with the file open: a clean close removes the write-ahead log."""
    wal = path.with_name(path.name + "-wal")
    return wal.exists() and wal.stat().st_size > 0


def move_aside(path: Path, now: datetime) -> Path:
    """Rename the file and its companions to `<name>.corrupt.<time>`; returns the new name of the file."""
    stamp = now.strftime("%Y-%m-%dT%H%M%S.%fZ")
    aside = path.with_name(f"{path.name}.corrupt.{stamp}")
    path.rename(aside)
    for suffix in _COMPANIONS:
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside


def _prepare(path: Path, migrations: Sequence[Migrations], *, check: bool) -> Database:
    db = _connect(path)
    try:
        if check:
            _check(db)
        for migration_set in migrations:
            migration_set.apply(db)
    except BaseException:
        db.close()
        raise
    return db


def _connect(path: Path) -> Database:
    # SQLite gives the write-ahead log the mode of the file, so the file has its own from the first byte.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (
            "auto_vacuum=INCREMENTAL",  # only ever takes effect in a new file
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",  # an erased member leaves no trace in free pages
            f"journal_size_limit={_WAL_LIMIT_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        return Database(connection, execute_plugins=False)
    except BaseException:
        connection.close()
        raise


def _check(db: Database) -> None:
    faults = [row[0] for row in db.execute("PRAGMA quick_check(5)").fetchall()]
    if faults != ["ok"]:
        raise _Damaged("; ".join(faults))


def _code(error: BaseException) -> int | None:
    extended = getattr(error, "sqlite_errorcode", None)
    return None if extended is None else extended & 0xFF


def _name(error: sqlite3.Error | OSError) -> str:
    said = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None)
    return said or type(error).__name__


def _almost_full(path: Path) -> bool:
    """Some file systems report a full disk as a plain I/O error."""
    try:
        room = os.statvfs(path.parent)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < _ALMOST_FULL_BYTES


def _frozen(path: Path) -> bool:
    """Tell whether the file system became read-only under an open file."""
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False
