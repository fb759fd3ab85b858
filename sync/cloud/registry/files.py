"""The files of a model, between the object store and a folder that the box's own code can load."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from sync.cloud.lake.objects import ObjectExists, ObjectMissing

if TYPE_CHECKING:
    from pathlib import Path

    from sync.cloud.lake.objects import ObjectStore


def upload(store: ObjectStore, folder: Path, below: str) -> str:
    """Write every file of a folder below a prefix that follows from what they hold; returns the prefix.

    Raises:
        OSError: a file cannot be read.
        StoreUnavailable: the store does not take it.
    """
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    prefix = f"{below}/{digest.hexdigest()[:16]}"
    for name, content in files.items():
        with suppress(ObjectExists):  # the very same: the prefix says so
            store.put_new(f"{prefix}/{name}", content)
    return prefix


def download(store: ObjectStore, prefix: str, folder: Path) -> Path:
    """Bring what lies below a prefix into a folder, which is made when it is not there; returns the folder.

    Raises:
        ObjectMissing: nothing lies there.
        StoreUnavailable: the store does not answer.
        OSError: a file cannot be written.
    """
    names = store.names(f"{prefix}/")
    if not names:
        raise ObjectMissing(f"nothing lies below {prefix}")
    for name in names:
        path = folder / name.removeprefix(f"{prefix}/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.get(name))
    return folder
