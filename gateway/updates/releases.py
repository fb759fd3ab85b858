"""The models of this box that came as releases: its own record of them holds always, the cloud or not."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.model_shelf import ModelShelf
from gateway.updates.downloads import Downloads, Line
from sync.releases.client import Progress
from sync.releases.installer import Finding, Installer
from sync.releases.release import Release
from sync.upload.clock import BUILT_AT


class Releases:
    """Brings them and knows them. One thread at a time."""

    def __init__(
        self,
        *,
        line: Line,
        root: Callable[[], Path | None],
        shelf: ModelShelf,
        folder: Path,
        built_at: datetime = BUILT_AT,
    ) -> None:
        """Prepare; nothing is read or asked for yet.

        Args:
            line: to the cloud, for releases alone.
            root: names the file of the root metadata that all trust begins with; None trusts nobody.
            shelf: where models lie.
            folder: for the record and the trusted metadata, on the same disk.
            built_at: when this program was built.
        """
        self._folder = folder
        self._downloads = Downloads(line=line, root=root, folder=folder, built_at=built_at)
        self._installer = Installer(self, shelf=shelf, folder=folder)

    def check(self) -> tuple[Finding, ...]:
        """Hash every model that came as a release, before anything loads one. Raises OSError."""
        return self._installer.check() if self._folder.is_dir() else ()

    def installed(self, name: str) -> Release | None:
        """The release that lies in a model's place, byte for byte; None when none does. Raises OSError."""
        return self._installer.installed(name)

    def install(self, target: str, sha256: str) -> Release:
        """Have a release in its place. Blocks.

        Raises:
            ReleaseError: it is not installed; what was there still is.
        """
        return self._installer.install(target, sha256=sha256)

    def download(
        self, target: str, into: Path, *, sha256: str | None = None, progress: Progress | None = None
    ) -> Release:
        """Fetch a release into an empty folder. Blocks.

        Raises:
            ReleaseError: it cannot be had; what is in the folder is worth nothing.
        """
        return self._downloads.download(target, into, sha256=sha256, progress=progress)

    def stop(self) -> None:
        """End a download that runs, and every later one."""
        self._downloads.stop()
