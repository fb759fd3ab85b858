"""A folder for members' records while they are read: what a killed process left there goes with the next."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir, mkdtemp
from typing import Final

_PREFIX: Final = "gymbox-records-"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """An empty folder that is gone at the end; folders of processes that are dead by now go first.

    A living process holds the lock of its folder, and a lock ends with its process however that dies.

    Raises:
        OSError: there is no room for temporary files.
    """
    _remove_abandoned()
    folder, descriptor = _made()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _made() -> tuple[Path, int]:
    while True:
        folder = Path(mkdtemp(prefix=_PREFIX))
        # Until it is locked another process may take it for abandoned.
        with suppress(FileNotFoundError, BlockingIOError):
            descriptor = _locked(folder)
            if folder.exists():
                return folder, descriptor
            os.close(descriptor)


def _remove_abandoned() -> None:
    for folder in Path(gettempdir()).glob(f"{_PREFIX}*"):
        # Held by a living process, gone meanwhile, or another user's.
        with suppress(BlockingIOError, FileNotFoundError, PermissionError, NotADirectoryError):
            descriptor = _locked(folder)
            shutil.rmtree(folder, ignore_errors=True)
            os.close(descriptor)


def _locked(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor
