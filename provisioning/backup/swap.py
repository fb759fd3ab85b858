"""Restored files in the place of those that are there, all of them or none, whenever the power is cut.

Everything is prepared in a folder beside. Then a note is written that says what goes where; from that moment
the restore is carried out, by whoever looks next: this process, or the box at its next start. What was there
before is kept in that folder until the last file is in its place.
"""

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

FOLDER: Final = ".restore"
_NEW: Final = "new"
_OLD: Final = "old"
_NOTE: Final = "ready.json"


def staging(data_dir: Path) -> Path:
    """Return a new folder for what is to be restored; one of an earlier try that came to nothing is removed.

    Raises:
        OSError: it cannot be made.
    """
    finish(data_dir)
    folder = data_dir / FOLDER / _NEW
    folder.mkdir(mode=0o700, parents=True)
    return folder


def commit(data_dir: Path, *, put: Sequence[str], remove: Sequence[str] = ()) -> None:
    """Carry a restore out.

    Args:
        data_dir: the data folder.
        put: names below the staging folder that take the place of what has the same name.
        remove: names that are not to be there afterwards.

    Raises:
        OSError: something cannot be moved; `finish` goes on with it.
    """
    note = data_dir / FOLDER / _NOTE
    beside = note.with_suffix(".new")
    with beside.open("w", encoding="utf-8") as file:
        json.dump({"put": list(put), "remove": list(remove)}, file)
        file.flush()
        os.fsync(file.fileno())
    _sync_tree(data_dir / FOLDER)
    beside.replace(note)
    _sync(note.parent)
    _sync(data_dir)
    finish(data_dir)


def abandon(data_dir: Path) -> None:
    """Remove what was prepared and not committed. Raises OSError."""
    folder = data_dir / FOLDER
    if folder.exists() and not (folder / _NOTE).exists():
        shutil.rmtree(folder)


def finish(data_dir: Path) -> bool:
    """Bring a restore that was committed to its end; one that was not is removed. True when one was finished.

    Raises:
        OSError: something cannot be moved or removed; it is tried again with the next call.
    """
    folder = data_dir / FOLDER
    note = folder / _NOTE
    if not note.exists():
        abandon(data_dir)
        return False
    said = json.loads(note.read_text(encoding="utf-8"))
    for name in said["put"]:
        _put(data_dir, name)
    for name in said["remove"]:
        if (data_dir / name).exists():
            _move(data_dir / name, folder / _OLD / name)
    _sync(data_dir)
    note.unlink()
    _sync(folder)
    shutil.rmtree(folder)
    return True


def _put(data_dir: Path, name: str) -> None:
    """Each step is a rename, so after a cut it is seen which were done."""
    new, old, place = data_dir / FOLDER / _NEW / name, data_dir / FOLDER / _OLD / name, data_dir / name
    if not new.exists():
        return
    if place.exists() and old.exists():  # made by another command since the power was cut
        _remove(place)
    elif place.exists():
        _move(place, old)
    _move(new, place)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source.rename(target)
    _sync(source.parent)
    _sync(target.parent)


def _sync_tree(folder: Path) -> None:
    for each in folder.rglob("*"):
        if each.is_dir():
            _sync(each)
    _sync(folder)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
