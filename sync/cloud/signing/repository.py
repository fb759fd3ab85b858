"""The folder that boxes read: `metadata/` and `targets/`, plain files that any web server can hand out.

Files carry their version or their hash in the name and never change; `metadata/timestamp.json` alone does,
and is written last. So a reader, and whoever comes after a kill, sees what was current before or what is now.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from typing import IO, Final, TypeVar

from tuf.api.exceptions import RepositoryError, StorageError
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from provisioning.staging import StillLocked, exclusive, sync_folder

_LOCK_TIMEOUT_S: Final = 60.0
_T = TypeVar("_T", Root, Targets, Snapshot, Timestamp)


class RepositoryTrouble(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """The repository cannot be read or changed; the text says why. What is published stays as it is."""


class Repository:
    """One repository of releases."""

    def __init__(self, folder: Path) -> None:
        """Take a folder; nothing is read or made yet."""
        self.folder = folder
        self._metadata = folder / "metadata"
        self._targets = folder / "targets"

    @property
    def exists(self) -> bool:
        """Whether it was begun."""
        return (self._metadata / "1.root.json").exists()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Change the repository with no other process doing so; the folder is made on first use.

        Raises:
            RepositoryTrouble: Another process is at work for too long, or the disk is full or read-only.
        """
        try:
            self._metadata.mkdir(parents=True, exist_ok=True)
            self._targets.mkdir(exist_ok=True)
            with exclusive(self._metadata, timeout_s=_LOCK_TIMEOUT_S, on_wait=_wait):
                yield
        except StillLocked:
            raise RepositoryTrouble(
                f"another process has been changing {self.folder} for {_LOCK_TIMEOUT_S:g} s; try again"
            ) from None
        except OSError as error:
            raise RepositoryTrouble(f"{self.folder} cannot be changed: {error.strerror or error}") from error

    def root(self) -> Metadata[Root]:
        """The newest root metadata. Raises RepositoryTrouble when there is none."""
        return self._known("root", Root)

    def targets(self, role: str = "targets") -> Metadata[Targets]:
        """The newest metadata of `targets` or of a delegated role. Raises RepositoryTrouble."""
        return self._known(role, Targets)

    def snapshot(self) -> Metadata[Snapshot] | None:
        """The newest snapshot, None before the first. Raises RepositoryTrouble."""
        version = self._newest_version("snapshot")
        return None if version is None else self._read(f"{version}.snapshot.json", Snapshot)

    def timestamp(self) -> Metadata[Timestamp] | None:
        """What is current, None before the first. Raises RepositoryTrouble."""
        present = (self._metadata / "timestamp.json").exists()
        return self._read("timestamp.json", Timestamp) if present else None

    def description(self, name: str, version: int) -> MetaFile:
        """What the next role in the chain says of a file: version, length, hash. Raises RepositoryTrouble."""
        path = self._metadata / f"{version}.{name}"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RepositoryTrouble(f"{path} cannot be read: {error.strerror or error}") from error
        return MetaFile.from_data(version, content, ["sha256"])

    def write(self, role: str, metadata: Metadata[_T]) -> None:
        """Put metadata in place, durably and at once. Raises OSError."""
        name = "timestamp.json" if role == "timestamp" else f"{metadata.signed.version}.{role}.json"
        _put(self._metadata / name, BytesIO(metadata.to_bytes()))

    def put_target(self, target: TargetFile, source: Path) -> None:
        """Copy a file in under the name that readers ask for; one that is there already stays.

        Raises:
            RepositoryTrouble: The file is not the one that the target describes.
            OSError: It cannot be read or written.
        """
        (name,) = target.get_prefixed_paths()
        place = self._targets / name
        if place.exists():
            return
        with source.open("rb") as file:
            try:
                target.verify_length_and_hashes(file)
            except RepositoryError as error:
                raise RepositoryTrouble(f"{source} has changed while it was released: {error}") from error
            file.seek(0)
            place.parent.mkdir(parents=True, exist_ok=True)
            _put(place, file)
        for folder in place.parents[1:]:
            sync_folder(folder)
            if folder == self._targets:
                break

    def _known(self, role: str, kind: type[_T]) -> Metadata[_T]:
        version = self._newest_version(role)
        if version is None:
            raise RepositoryTrouble(
                f"there is no {role} metadata in {self._metadata}; gymbox cloud keys make begins a repository"
            )
        return self._read(f"{version}.{role}.json", kind)

    def _read(self, name: str, kind: type[_T]) -> Metadata[_T]:
        try:
            metadata = Metadata[_T].from_file(str(self._metadata / name))
        except (RepositoryError, StorageError) as error:
            raise RepositoryTrouble(f"{self._metadata / name} cannot be read: {error}") from error
        if not isinstance(metadata.signed, kind):
            raise RepositoryTrouble(f"{self._metadata / name} holds {metadata.signed.type} metadata")
        return metadata

    def _newest_version(self, role: str) -> int | None:
        pattern = re.compile(rf"([1-9][0-9]*)\.{role}\.json")
        names = [path.name for path in self._metadata.glob(f"*.{role}.json")]
        return max((int(found[1]) for name in names if (found := pattern.fullmatch(name))), default=None)


def _put(place: Path, content: IO[bytes]) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)  # the web server may be another user
        os.replace(name, place)  # noqa: PTH105 - the name that says that it is atomic
        sync_folder(place.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _wait() -> None:
    """Nobody needs to be told of a wait this short."""
