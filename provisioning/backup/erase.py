"""Nothing left of a box: every file in its folder is overwritten once and removed, also after a power cut.

Overwriting reaches the blocks of a plain file on a disk. Flash memory and file systems that copy on write
keep old blocks until they use them again; only encryption of the whole disk takes those away at once.
"""

import os
import stat
from pathlib import Path
from typing import Final

MARKER: Final = ".factory-reset"
_CHUNK: Final = bytes(1024 * 1024)


class EraseIncomplete(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """Something could not be removed; the text says what, and that it is tried again."""


def order(data_dir: Path) -> None:
    """Have everything erased by the next `carry_out`; this cannot be taken back.

    Raises:
        OSError: the order cannot be written down.
    """
    descriptor = os.open(data_dir / MARKER, os.O_WRONLY | os.O_CREAT, 0o600)
    os.close(descriptor)
    _sync(data_dir)


def carry_out(data_dir: Path) -> bool:
    """Erase everything in the folder if that was ordered; the order goes last. True when it was.

    Raises:
        EraseIncomplete: something could not be erased; the order stands.
    """
    marker = data_dir / MARKER
    if not marker.exists():
        return False
    try:
        for each in sorted(data_dir.iterdir()):
            if each != marker:
                _erase(each)
        _sync(data_dir)
        marker.unlink()
        _sync(data_dir)
    except OSError as error:
        raise EraseIncomplete(
            f"{error.filename or data_dir} cannot be erased: {error.strerror}."
            " Remove it, or give the box the right to; the reset goes on at the next start."
        ) from error
    return True


def _erase(path: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISDIR(mode):
        for each in sorted(path.iterdir()):
            _erase(each)
        _sync(path)
        path.rmdir()
        return
    if stat.S_ISREG(mode):
        _overwrite(path)
    path.unlink()


def _overwrite(path: Path) -> None:
    with path.open("r+b", buffering=0) as file:
        left = os.fstat(file.fileno()).st_size
        while left > 0:
            left -= file.write(_CHUNK[:left])
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
