"""Bringing a release to where the box looks for its models, and seeing at every start that it is still it."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from sync.releases.client import Progress
from sync.releases.errors import not_kept
from sync.releases.installed import claimed, content_of, difference, load_record, save_record
from sync.releases.release import Release, name_of

_log = logging.getLogger(__name__)


class Downloads(Protocol):
    """Where releases come from: a `ReleaseClient`, or whoever makes one when it is needed."""

    def download(
        self, target: str, into: Path, *, sha256: str | None = None, progress: Progress | None = None
    ) -> Release:
        """Fill an empty folder with a release, verified and durable. Raises ReleaseError."""


class Shelf(Protocol):
    """Where the box keeps its models: a folder each, and the version before of each. Raises OSError."""

    def settle(self) -> None:
        """End or undo what a kill left half done."""

    def folder(self, name: str) -> Path:
        """Where a model lies, or would."""

    def before(self, name: str) -> Path:
        """Where the version before lies, or would."""

    def put(self, staged: Path, name: str) -> None:
        """Move a folder in, whole or not at all, and keep what it replaces as the version before."""

    def refuse(self, name: str, *, back: bool) -> None:
        """Set aside what lies there, and bring the version before `back`, if told to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one model at the start.

    Attributes:
        name: The model's name.
        state: `whole`; `own` when the gym has put a model of its own there since; `restored` when the version
            before had to take the place of what had changed; `refused` when there was none to do so, and the
            place is empty now; `absent` when it was empty.
        version: The release in place; None when there is none.
        reason: What was wrong, for people; empty when nothing was.
    """

    name: str
    state: Literal["whole", "own", "restored", "refused", "absent"]
    version: str | None
    reason: str = ""


class Installer:
    """Installs releases. Not for several threads at once."""

    def __init__(self, client: Downloads, *, shelf: Shelf, folder: Path) -> None:
        """Take a folder for the record and for what is coming in, on the disk that the shelf is on."""
        self._client = client
        self._shelf = shelf
        self._record = folder / "installed.json"
        self._incoming = folder / "incoming"

    def install(self, target: str, *, sha256: str | None = None, progress: Progress | None = None) -> Release:
        """Have a release in its place; one that is there already, and whole, needs no network.

        Blocks; call it from a thread of its own. A kill at any moment leaves the old one or the new one.

        Args:
            target: Its path, such as `models/intensity/7/model.toml`.
            sha256: What the digest of that file must be, when the caller was told.
            progress: Told of the bytes of each file.

        Raises:
            ReleaseError: It is not installed; what was in place still is.
        """
        name = name_of(target)
        staged = self._incoming / name
        try:
            here = self.installed(name)
            if here is not None and here.target == target and sha256 in {None, here.sha256}:
                return here
            self._clear()
            staged.mkdir(parents=True)
            release = self._client.download(target, staged, sha256=sha256, progress=progress)
            self._vouch(release)
            self._shelf.put(staged, name)
        except OSError as error:
            raise not_kept(error, target) from error
        finally:
            self._clear()
        _log.info("release %s is installed", target)
        return release

    def installed(self, name: str) -> Release | None:
        """The release that lies in a model's place, byte for byte; None when none does. Raises OSError."""
        return content_of(self._shelf.folder(name), load_record(self._record).of(name))

    def check(self) -> tuple[Finding, ...]:
        """Hash every model that came as a release; what was not signed for makes room for what was.

        For the start of the box, before anything loads a model; needs no network. Raises OSError.
        """
        self._clear()
        self._shelf.settle()
        return tuple(self._check(name, signed) for name, signed in load_record(self._record).models.items())

    def _vouch(self, release: Release) -> None:
        """Write down that a release was signed for, while what lies there may still stay."""
        record, name = load_record(self._record), release.name
        here = content_of(self._shelf.folder(name), record.of(name))
        before = content_of(self._shelf.before(name), record.of(name))
        save_record(record.vouching_for(release, here, before), self._record)

    def _check(self, name: str, signed: tuple[Release, ...]) -> Finding:
        folder = self._shelf.folder(name)
        here = content_of(folder, signed)
        if here is not None:
            return Finding(name, "whole", here.version)
        if not claimed(folder, signed):
            return Finding(name, "own", None)
        reason = difference(folder, signed[0])
        before = content_of(self._shelf.before(name), signed)
        if before is None and not folder.exists():
            return Finding(name, "absent", None, reason)
        self._shelf.refuse(name, back=before is not None)
        if before is None:
            _log.error("model %s is refused, and no version before is whole: %s", name, reason)
            return Finding(name, "refused", None, reason)
        _log.error("model %s is refused, version %s is back: %s", name, before.version, reason)
        return Finding(name, "restored", before.version, reason)

    def _clear(self) -> None:
        shutil.rmtree(self._incoming, ignore_errors=True)
