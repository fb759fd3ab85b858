"""Finding one file of a model: every place that may have it, in order, until one gives the right bytes."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from provisioning.catalogue import CatalogueFile, HttpsSource, PathSource, Source, WheelSource
from provisioning.fetch import (
    Progress,
    SourceFailed,
    copy_path,
    copy_verified,
    copy_wheel_member,
    files_under,
)
from provisioning.https import open_https
from provisioning.wheels import WheelDownloads

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A source that was tried, and why it did not help."""

    source: str
    reason: str


class NotFound(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """No source gave the right bytes of one file."""

    def __init__(self, file: CatalogueFile, attempts: Sequence[Attempt]) -> None:
        self.file = file
        self.attempts = tuple(attempts)
        super().__init__(file.name)


class _Copy(Protocol):
    def __call__(self, *, destination: Path, on_bytes: Callable[[int], None]) -> None:
        """Write the verified file, or raise SourceFailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """Brings the files of one model.

    Attributes:
        name: The model, for progress.
        before: The model's folder, which may hold the file already.
        folders: Folders that someone brought.
        base: Where relative paths of the catalogue start; None when it has no folder.
        wheels: Downloads of wheels.
        progress: Told of bytes.
        stall_timeout_s: The longest silence of a server.
        https_timeout_s: The longest that one https download may take.
        ca_file: Further certificate authorities.
    """

    name: str
    before: Path
    folders: Sequence[Path]
    base: Path | None
    wheels: WheelDownloads
    progress: Progress
    stall_timeout_s: float
    https_timeout_s: float
    ca_file: Path | None

    def fetch(self, file: CatalogueFile, destination: Path) -> None:
        """Take one file from the first source that gives the right bytes.

        Raises:
            NotFound: None did.
            DestinationFailed: This box could not keep it.
        """
        attempts: list[Attempt] = []

        def on_bytes(done: int) -> None:
            self.progress(done, file.size, f"{self.name}/{file.name}")

        for label, copy in self._ways(file):
            try:
                copy(destination=destination, on_bytes=on_bytes)
            except SourceFailed as failure:
                attempts.append(Attempt(label, str(failure)))
            else:
                _log.debug("model %s: %s came from %s", self.name, file.name, label)
                return
        raise NotFound(file, attempts)

    def _ways(self, file: CatalogueFile) -> Iterator[tuple[str, _Copy]]:
        before = self.before / file.name
        if before.is_file():
            yield str(before), partial(copy_path, before, expected=file)
        for folder in self.folders:
            yield str(folder), partial(copy_from_folder, folder, file=file)
        for source in file.sources:
            yield str(source), partial(self._copy_from_source, source, expected=file)

    def _copy_from_source(
        self, source: Source, *, expected: CatalogueFile, destination: Path, on_bytes: Callable[[int], None]
    ) -> None:
        match source:
            case HttpsSource(https=url):
                with open_https(
                    url,
                    expected_size=expected.size,
                    stall_timeout_s=self.stall_timeout_s,
                    total_timeout_s=self.https_timeout_s,
                    ca_file=self.ca_file,
                ) as stream:
                    copy_verified(stream, destination=destination, expected=expected, on_bytes=on_bytes)
            case WheelSource(member=member):
                wheel = self.wheels.path(source)
                copy_wheel_member(
                    wheel, member, destination=destination, expected=expected, on_bytes=on_bytes
                )
            case PathSource(path=path):
                start = self.base or Path()
                copy_path(start / path, destination=destination, expected=expected, on_bytes=on_bytes)


def copy_from_folder(
    folder: Path, *, file: CatalogueFile, destination: Path, on_bytes: Callable[[int], None]
) -> None:
    """Look through a folder for a file by its content, or for a wheel that holds it, and copy it.

    Raises:
        SourceFailed: It is not there.
        DestinationFailed: This box could not keep it.
    """
    failures: list[str] = []
    for label, copy in _candidates(folder, file):
        try:
            copy(destination=destination, on_bytes=on_bytes)
        except SourceFailed as failure:
            failures.append(f"{label}: {failure}")
        else:
            return
    seen = "; ".join(failures) or f"no file of {file.size} bytes and no wheel that holds it"
    raise SourceFailed(seen)


def _candidates(folder: Path, file: CatalogueFile) -> Iterator[tuple[str, _Copy]]:
    wheels = [source for source in file.sources if isinstance(source, WheelSource)]
    for path in files_under(folder):
        if _size(path) == file.size:
            yield path.name, partial(copy_path, path, expected=file)
        for source in wheels:
            if source.file_pattern.fullmatch(path.name):
                yield path.name, partial(copy_wheel_member, path, source.member, expected=file)


def _size(path: Path) -> int | None:
    """Bytes of a plain file; None for all else, so that a folder may also hold what cannot be read."""
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None
