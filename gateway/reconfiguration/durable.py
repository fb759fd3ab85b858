"""Small files that are whole after a power cut: the old content or the new one."""

import os
from pathlib import Path


def write_durably(path: Path, content: bytes) -> None:
    """Put content in a file's place, readable by the owner alone; it is on the disk when this returns.

    Raises:
        OSError: it could not be written; the file has its old content.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, so that nobody else ever may read it
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
