"""What a power cut leaves on a disk: the notes of trace.c, replayed up to any moment.

A disk keeps what it was asked to keep: a file's bytes by fsync of the file, its name by fsync of its folder.
Of the rest any part may have come to it, in sectors and in any order; names in the order they were given, as
in a journal (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014).
"""

import os
import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

_HEAD: Final = struct.Struct("<cQQQ")
_SECTOR: Final = 512
_NAMING: Final = b"omrlu"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that the process did: see trace.c for the letters."""

    what: bytes
    inode: int
    offset: int
    data: bytes


def build(folder: Path, compiler: str) -> Path:
    """The library to preload."""
    library = folder / "trace.so"
    source = Path(__file__).with_name("trace.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl", "-lpthread"],
        check=True,
        timeout=60,
    )
    return library


def environment(library: Path, traced: Path, trace: Path) -> dict[str, str]:
    """What a process needs in its environment to be watched."""
    return {
        **os.environ,
        "LD_PRELOAD": str(library),
        "GYMBOX_TRACED": str(traced),
        "GYMBOX_TRACE": str(trace),
    }


def read(trace: Path) -> list[Note]:
    """Every whole note, in order."""
    return list(_notes(trace.read_bytes()))


def _notes(raw: bytes) -> Iterator[Note]:
    start = 0
    while start + _HEAD.size <= len(raw):
        what, inode, offset, length = _HEAD.unpack_from(raw, start)
        start += _HEAD.size
        if start + length > len(raw):
            return
        # A truncation keeps the length in `offset` and has no data.
        yield Note(what, inode, offset, raw[start : start + length])
        start += length


@dataclass(slots=True)
class _File:
    """What was done to one file, and how much of it was asked to be kept."""

    changes: list[tuple[int, Note]] = field(default_factory=list)
    kept_before: int = -1

    def content(self, chance: float, random_: random.Random) -> bytes:
        content = bytearray()
        for index, note in self.changes:
            sure = index < self.kept_before
            if note.what == b"t":
                if sure or random_.random() < chance:
                    content[note.offset :] = bytes(max(0, note.offset - len(content)))
            elif sure:
                _put(content, note.offset, note.data)
            else:
                for start in range(0, len(note.data), _SECTOR):
                    if random_.random() < chance:
                        _put(content, note.offset + start, note.data[start : start + _SECTOR])
        return bytes(content)


def _put(content: bytearray, offset: int, data: bytes) -> None:
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


class Disk:
    """The files below one folder, as the process saw them at one moment."""

    def __init__(self, folder: Path, notes: list[Note]) -> None:
        self._root = PurePosixPath(folder.resolve())
        self._names: dict[PurePosixPath, _File | None] = {self._root: None}  # None: a folder
        self._by_inode: dict[int, _File] = {}
        self._folders: dict[int, PurePosixPath] = {folder.stat().st_ino: self._root}
        self._namings: list[tuple[int, Note, _File | None]] = []
        self._folder_kept_before: dict[PurePosixPath, int] = {}
        for index, note in enumerate(notes):
            self._see(index, note)

    def read(self, path: Path) -> bytes:
        """What the process would have read; empty when there is no such file."""
        found = self._names.get(PurePosixPath(path))
        return b"" if found is None else found.content(1.0, random.Random(0))  # noqa: S311 - nothing is left to chance

    def cut(self, into: Path, *, chance: float, seed: int) -> None:
        """Write what is left when the power goes now.

        Args:
            into: an empty folder.
            chance: that a sector which nobody asked to keep is kept all the same; 0 drops all of them.
            seed: of what is kept.
        """
        random_ = random.Random(seed)  # noqa: S311 - what a disk keeps is no secret
        journalled = random_.randrange(len(self._namings) + 1) if chance else 0
        left: dict[PurePosixPath, _File | None] = {self._root: None}
        for number, (index, note, file) in enumerate(self._namings):
            if number < journalled or any(
                index < self._folder_kept_before.get(path.parent, -1) for path in _paths(note)
            ):
                _name(left, note, file)
        for path, file in sorted(left.items()):
            target = into / path.relative_to(self._root)
            if file is None:
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.write_bytes(file.content(chance, random_))

    def _see(self, index: int, note: Note) -> None:
        if note.what == b"s":
            if note.inode in self._folders:
                self._folder_kept_before[self._folders[note.inode]] = index
            elif note.inode in self._by_inode:
                self._by_inode[note.inode].kept_before = index
        elif note.what in _NAMING:
            self._see_name(index, note)
        elif note.inode in self._by_inode:
            self._by_inode[note.inode].changes.append((index, note))

    def _see_name(self, index: int, note: Note) -> None:
        file = None
        if note.what == b"o":
            (path,) = _paths(note)
            if self._names.get(path) is not None:
                return  # it was there before
            file = self._by_inode[note.inode] = _File()
        elif note.what == b"m":
            self._folders[note.inode] = _paths(note)[0]
        elif note.what == b"r":
            old, new = _paths(note)
            for inode, path in self._folders.items():
                if path.is_relative_to(old):
                    self._folders[inode] = new / path.relative_to(old)
        self._namings.append((index, note, file))
        _name(self._names, note, file)


def _paths(note: Note) -> tuple[PurePosixPath, ...]:
    return tuple(PurePosixPath(part.decode()) for part in note.data.split(b"\0"))


def _name(names: dict[PurePosixPath, _File | None], note: Note, file: _File | None) -> None:
    """Do one thing with names; what it needs may be lost, then it is lost with it."""
    first, *rest = _paths(note)
    last = rest[0] if rest else first
    if last.parent not in names:
        return
    if note.what in (b"o", b"m"):
        names[first] = file
    elif note.what == b"u":
        names.pop(first, None)
    elif first in names:
        if note.what == b"l":
            names[last] = names[first]
        else:
            _move(names, first, last)


def _move(names: dict[PurePosixPath, _File | None], old: PurePosixPath, new: PurePosixPath) -> None:
    for path in [path for path in names if path.is_relative_to(new)]:
        del names[path]
    for path in [path for path in names if path.is_relative_to(old)]:
        names[new / path.relative_to(old)] = names.pop(path)
