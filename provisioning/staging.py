"""Changing a folder of models so that a kill at any moment leaves every model whole, old or new.

A new model is put together in `.<name>.<random>.pull` and renamed into place; the one it replaces steps aside
to `.<name>.<random>.old`. As a folder cannot be renamed over another, there is a moment with neither in
place: `recover` then brings the old one back.
"""

import fcntl
import logging
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_log = logging.getLogger(__name__)
_WORKSHOP: Final = ".pull"
_ASIDE: Final = ".old"
_LEFTOVER: Final = re.compile(r"\.(?P<name>[a-z0-9][a-z0-9_-]*)\.[^.]+(?P<kind>\.pull|\.old)")
_LOCK_POLL_S: Final = 0.2


class StillLocked(TimeoutError):  # noqa: N818 - named by what happened, as all errors of the project are
    """Another process has held the folder for too long."""


@contextmanager
def exclusive(folder: Path, *, timeout_s: float, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold a folder alone, among all who use this function.

    The lock is on the folder itself: no lock file to leave behind, and the system releases it when a process
    dies.

    Args:
        folder: An existing folder.
        timeout_s: The longest wait.
        on_wait: Called again and again while waiting; may raise to give up.

    Raises:
        StillLocked: The wait was too long.
        OSError: The folder cannot be opened, or its file system has no locks.
    """
    deadline_s = time.monotonic() + timeout_s
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while not _try_lock(descriptor):
            if time.monotonic() > deadline_s:
                raise StillLocked(f"another pull has held {folder} for {timeout_s:g} s")
            on_wait()
            time.sleep(_LOCK_POLL_S)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def workshop(folder: Path, name: str) -> Iterator[Path]:
    """A hidden folder to put a model together in; gone afterwards. The caller holds `folder`."""
    path = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=_WORKSHOP, dir=folder))
    try:
        yield path
    finally:
        _remove(path)


def put_in_place(staged: Path, target: Path, *, keep: Path | None = None) -> None:
    """Make the staged folder the target, durably; one that is there steps aside.

    What steps aside is removed, or takes the place `keep`. The caller holds the target's folder.
    Raises OSError; the old one is in place then.
    """
    sync_folder(staged)
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=_ASIDE, dir=target.parent)) / "model"
    try:
        if os.path.lexists(target):
            target.rename(aside)
        os.replace(staged, target)  # noqa: PTH105 - the name that says that it is atomic
        sync_folder(target.parent)
        if keep is not None and os.path.lexists(aside):
            _keep(aside, keep)
    except OSError:
        if os.path.lexists(aside) and not os.path.lexists(target):
            aside.rename(target)
        raise
    finally:
        _remove(aside.parent)


def _keep(aside: Path, place: Path) -> None:
    """Move what stepped aside to a place of its own; without room for that it is gone, not in the way."""
    try:
        place.parent.mkdir(exist_ok=True)
        _remove(place)
        aside.rename(place)
        sync_folder(place.parent)
    except OSError as error:
        _log.warning("the version before is not kept in %s: %s", place, error)


def recover(folder: Path) -> None:
    """Clear what killed pulls left: bring back models that had stepped aside, remove the rest.

    The caller holds the folder. Raises OSError when a model cannot be brought back.
    """
    for path, name, kind in _leftovers(folder):
        target, aside = folder / name, path / "model"
        if kind == _ASIDE and os.path.lexists(aside) and not os.path.lexists(target):
            aside.rename(target)
            sync_folder(folder)
        _remove(path)


def recover_if_idle(folder: Path) -> None:
    """`recover` if there is anything to clear and nobody is at work in the folder; never waits or fails."""
    try:
        if not _leftovers(folder):
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if _try_lock(descriptor):
                recover(folder)
        finally:
            os.close(descriptor)
    except OSError as error:
        _log.debug("leftovers in %s stay: %s", folder, error)


def write_durably(path: Path, text: str) -> None:
    """Write a new file and make it durable. Raises OSError."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _leftovers(folder: Path) -> list[tuple[Path, str, str]]:
    found = ((path, _LEFTOVER.fullmatch(path.name)) for path in folder.iterdir())
    return [(path, match["name"], match["kind"]) for path, match in found if match]


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except OSError as error:
        # Not worth failing a pull that worked: it is hidden, and the next pull tries again.
        _log.warning("%s cannot be removed: %s", path, error)
