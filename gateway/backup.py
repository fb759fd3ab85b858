"""A box into one sealed file and back: which of its files, and how the event log tells of it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from gateway.data_folder import IN_BACKUPS, LOCAL_CONFIG
from gateway.events.beside import note
from gateway.store.copy import check_store, copy_store
from gateway.store.lock import FolderLock
from gateway.store.store import StoreInUse
from gateway.store.tables import FILE_NAME, store_path
from provisioning.backup import archive, erase, swap

_COMPANIONS: Final = (f"{FILE_NAME}-wal", f"{FILE_NAME}-shm")
# The cloud says its part again; nobody is to try out a change of yesterday.
_STALE: Final = ("config/cloud.json",)


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: how many files are in it, and how long it is."""

    files: int
    bytes: int


def make(data_dir: Path, file: Path, passphrase: str, *, by: str) -> Made:
    """Write a backup of a box that may run; a file that is there already is left alone.

    Raises:
        FileExistsError: there is a file of this name.
        PassphraseRefused: the passphrase is too short.
        StoreError: the store cannot be read.
        OSError: something cannot be read or written; no half file is left.
    """
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".backup-") as folder:
        copy = Path(folder) / FILE_NAME
        copy_store(store_path(data_dir), copy)
        files = {FILE_NAME: copy, LOCAL_CONFIG: data_dir / LOCAL_CONFIG}
        files |= {name: data_dir / name for name in IN_BACKUPS}
        facts = {"made_at": datetime.now(UTC).isoformat(), "gymbox": version("gymbox")}
        with file.open("xb") as target:
            try:
                file.chmod(0o600)
                names = archive.write(target, passphrase, files, facts)
            except BaseException:
                file.unlink()
                raise
    note(data_dir, "backup", actor=by, files=len(names))
    return Made(len(names), file.stat().st_size)


def restore(data_dir: Path, file: Path, passphrase: str, *, by: str) -> dict[str, Any]:
    """Put a backup in the place of what is there; nothing is touched before all of it is verified.

    The box's identity in the fleet is not part of it: the one that is here stays, another box enrols anew.

    Returns:
        What the backup says of itself.

    Raises:
        StoreInUse: a box runs on the folder.
        BackupUnreadable: the file is none, is damaged, or the passphrase is another one.
        StoreBroken: the store in it is damaged.
        OSError: something cannot be read or written.
    """
    with _alone(data_dir):
        folder = swap.staging(data_dir)
        try:
            with file.open("rb") as source:
                facts, names = archive.read(source, passphrase, folder, expected=_is_expected)
            check_store(folder / FILE_NAME)
        except BaseException:
            swap.abandon(data_dir)
            raise
        put = sorted({LOCAL_CONFIG if name == LOCAL_CONFIG else name.partition("/")[0] for name in names})
        gone = {*IN_BACKUPS, LOCAL_CONFIG} - set(put)
        swap.commit(data_dir, put=put, remove=(*_COMPANIONS, *_STALE, *sorted(gone)))
    note(data_dir, "restore", actor=by, files=len(names), made_at=facts.get("made_at"))
    return facts


def factory_reset(data_dir: Path) -> None:
    """Erase everything that a box has in its data folder.

    Raises:
        StoreInUse: a box runs on the folder.
        EraseIncomplete: something could not be erased; the next start goes on with it.
        OSError: it cannot be begun.
    """
    with _alone(data_dir):
        erase.order(data_dir)
        erase.carry_out(data_dir)


def finish(data_dir: Path) -> None:
    """Bring to its end what a restore or a factory reset has begun; before anything opens the folder.

    Raises:
        StoreInUse: a box runs on the folder.
        EraseIncomplete: something could not be erased.
        OSError: something cannot be moved.
    """
    if any((data_dir / each).exists() for each in (erase.MARKER, swap.FOLDER)):
        with _alone(data_dir):
            if not erase.carry_out(data_dir):
                swap.finish(data_dir)


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold the folder as a box does."""
    lock = FolderLock(data_dir / f"{FILE_NAME}.lock")
    if not lock.take():
        raise StoreInUse("A box runs on this data folder. Stop it first.")
    try:
        yield
    finally:
        lock.release()


def _is_expected(name: str) -> bool:
    return name in {FILE_NAME, LOCAL_CONFIG} or name.partition("/")[0] in IN_BACKUPS
