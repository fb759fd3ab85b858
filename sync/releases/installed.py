"""The box's own record of what it has installed: the contents that were signed for.

The cloud's metadata expires, and is not there without a network; what is installed must go on. The record is
written before a release is put in place and keeps the one there and the one before, so it holds true through
a kill at any moment and through a rollback: what lies in the folder is one of its contents, or damaged.
"""

import hashlib
import logging
import os
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sync.releases.release import Name, Release

_log = logging.getLogger(__name__)

_Releases = Annotated[tuple[Release, ...], Field(strict=False)]


class Record(BaseModel):
    """What was signed for, newest first, by model."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    schema_version: Literal[1] = Field(default=1, alias="schema")
    models: Mapping[Name, _Releases] = {}

    def of(self, name: str) -> tuple[Release, ...]:
        """The releases of a model that were signed for."""
        return self.models.get(name, ())

    def vouching_for(self, release: Release, *kept: Release | None) -> "Record":
        """This record with one more release, and of the others of its model those that are kept."""
        before = [each for each in kept if each is not None and each.files != release.files]
        return Record(models={**self.models, release.name: (release, *before)})


def load_record(path: Path) -> Record:
    """Read the record; nothing when there is none. A damaged one is moved aside and said so in the log.

    Raises:
        OSError: It cannot be read.
    """
    try:
        return Record.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Record()
    except ValidationError as error:
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        _log.error("the record of installed releases was damaged, and is now %s: %s", aside, error)
        return Record()


def save_record(record: Record, path: Path) -> None:
    """Replace the record, durably and at once. Raises OSError; the one before stays then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(record.model_dump_json(by_alias=True))
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)  # noqa: PTH105 - the name that says that it is atomic
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        Path(name).unlink(missing_ok=True)


def content_of(folder: Path, releases: Iterable[Release]) -> Release | None:
    """The release whose files, byte for byte, lie in a folder; None when it is none of them."""
    digests: dict[str, str | None] = {}
    for release in releases:
        for file in release.files:
            if file.name not in digests:
                digests[file.name] = _sha256(folder / file.name)
        if all(digests[file.name] == file.sha256 for file in release.files):
            return release
    return None


def claimed(folder: Path, releases: Iterable[Release]) -> bool:
    """Whether what lies in a folder says that it is one of some releases; what cannot be read is taken so."""
    for release in releases:
        try:
            said = tomllib.loads((folder / release.files[0].name).read_text("utf-8"))
        except (OSError, ValueError):
            return True
        if said.get("version") == release.version:
            return True
    return False


def difference(folder: Path, release: Release) -> str:
    """How a folder differs from a release, for people."""
    for file in release.files:
        digest = _sha256(folder / file.name)
        if digest is None:
            return f"{file.name} is missing or cannot be read"
        if digest != file.sha256:
            return f"{file.name} has changed: its sha256 is {digest}, and {file.sha256} was signed"
    return "nothing"


def _sha256(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None
