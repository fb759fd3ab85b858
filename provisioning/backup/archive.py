"""The files of a box as one sealed stream, and back into a folder. Names are checked; nothing is followed."""

import io
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from provisioning.backup.sealed import BackupUnreadable, SealedReader, SealingWriter

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_MOST_MANIFEST_BYTES: Final = 65_536
_CHUNK_BYTES: Final = 1024 * 1024


def write(
    target: BinaryIO, passphrase: str, files: Mapping[str, Path], facts: Mapping[str, Any]
) -> list[str]:
    """Write files and folders; returns the names of all files in it.

    Args:
        target: takes the sealed stream.
        passphrase: to seal it with.
        files: by the name that each has in the archive; what is not there, or is a link, is left out.
        facts: of the manifest: whose backup this is, and from when.

    Raises:
        PassphraseRefused: the passphrase is too short.
        OSError: something cannot be read or written.
    """
    names = []
    with SealingWriter(target, passphrase) as sealing, tarfile.open(fileobj=sealing, mode="w|") as tar:
        manifest = json.dumps({**facts, "format": FORMAT}).encode()
        tar.addfile(_entry(MANIFEST, len(manifest)), io.BytesIO(manifest))
        for name, path in _walk(files):
            with path.open("rb") as file:
                tar.addfile(_entry(name, os.fstat(file.fileno()).st_size), file)
            names.append(name)
    return names


def read(
    source: BinaryIO, passphrase: str, folder: Path, *, expected: Callable[[str], bool]
) -> tuple[dict[str, Any], list[str]]:
    """Write everything that an archive holds below a folder; it is on the disk when this returns.

    Args:
        source: the sealed stream.
        passphrase: that it was sealed with.
        folder: a new one.
        expected: whether a name is one that a backup may hold.

    Returns:
        The facts of the manifest, and the names of all files.

    Raises:
        BackupUnreadable: it is damaged, cut off, of a newer version, or holds what no backup holds.
        OSError: something cannot be written.
    """
    opened = io.BufferedReader(SealedReader(source, passphrase))
    names: list[str] = []
    try:
        with tarfile.open(fileobj=opened, mode="r|") as tar:
            facts = _manifest(tar)
            while (entry := tar.next()) is not None:
                _check(entry, expected)
                _extract(tar, entry, folder / entry.name)
                names.append(entry.name)
    except tarfile.TarError as error:
        raise BackupUnreadable(f"the backup does not hold what it should: {error}") from error
    while opened.read(_CHUNK_BYTES):  # to the last chunk, or a file that was cut off would pass for whole
        pass
    return facts, names


def _walk(files: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for name, path in files.items():
        for each in sorted([path, *path.rglob("*")] if path.is_dir() else [path]):
            if each.is_file() and not each.is_symlink() and not _hidden(each, path):
                inside = each.relative_to(path).as_posix()
                yield (name if inside == "." else f"{name}/{inside}"), each


def _hidden(path: Path, root: Path) -> bool:
    """Whether it lies in a folder with a dot: what is under way, or can be had again."""
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    first = tar.next()
    if first is None or first.name != MANIFEST or not first.isreg() or first.size > _MOST_MANIFEST_BYTES:
        raise BackupUnreadable("the backup does not begin with its manifest")
    file = tar.extractfile(first)
    try:
        facts = json.loads(b"" if file is None else file.read())
    except ValueError as error:
        raise BackupUnreadable("the backup's manifest is no JSON") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise BackupUnreadable("the backup was made by a newer version of the box; update this one first")
    return facts


def _check(entry: tarfile.TarInfo, expected: Callable[[str], bool]) -> None:
    path = PurePosixPath(entry.name)
    plain = not path.is_absolute() and str(path) == entry.name and ".." not in path.parts
    if not entry.isreg() or not plain or not expected(entry.name):
        raise BackupUnreadable(f"the backup holds {entry.name!r}, which is no part of a box")


def _extract(tar: tarfile.TarFile, entry: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    source = tar.extractfile(entry)
    if source is None:
        raise BackupUnreadable(f"the backup does not hold what {entry.name} should be")
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor, so that nobody else ever may read it
        shutil.copyfileobj(source, file, _CHUNK_BYTES)
        file.flush()
        os.fsync(file.fileno())
