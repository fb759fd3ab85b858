"""The box's door to signed releases of any kind: believed by the root that it was given, asked as itself."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, Protocol

import httpx

from sync.releases.client import Progress, ReleaseClient
from sync.releases.errors import CloudUnreachable, NotKept, ReleaseRefused
from sync.releases.release import Release
from sync.upload.answer import NotDelivered
from sync.upload.clock import BUILT_AT

_UNTRUSTED: Final = (
    "this box trusts nobody's signature; give it the first root metadata of the cloud's releases: "
    "[cloud] release_root"
)


class Line(Protocol):
    """A connection of one's own to the cloud (`gateway.twin.connection.Connection`)."""

    def client(self) -> httpx.Client:
        """The connection, opened when there is none. Raises NotDelivered."""

    def close(self) -> None:
        """Let go of it; the next call opens another."""


class Downloads:
    """Opens a connection for each download, so that a renewed identity counts at once. For one thread."""

    def __init__(
        self,
        *,
        line: Line,
        root: Callable[[], Path | None],
        folder: Path,
        built_at: datetime = BUILT_AT,
    ) -> None:
        """Prepare; nothing is read or asked for yet.

        Args:
            line: to the cloud, for releases alone.
            root: names the file of the root metadata that all trust begins with; None trusts nobody.
            folder: for the trusted metadata, on the disk that releases are kept on.
            built_at: when this program was built.
        """
        self._line = line
        self._root = root
        self._folder = folder
        self._built_at = built_at
        self._client: ReleaseClient | None = None
        self._stopped = False

    def download(
        self, target: str, into: Path, *, sha256: str | None = None, progress: Progress | None = None
    ) -> Release:
        """Fetch a release into an empty folder. Blocks.

        Raises:
            ReleaseError: it cannot be had; what is in the folder is worth nothing.
        """
        if (trusted := self._root()) is None:
            raise ReleaseRefused("unsigned", _UNTRUSTED)
        try:
            root = trusted.read_bytes()
        except OSError as error:
            reason = error.strerror or error
            raise NotKept("disk", f"[cloud] release_root: {trusted} cannot be read: {reason}") from error
        try:
            self._client = self._create_client(root, self._line.client())
            if self._stopped:
                self._client.stop()
            return self._client.download(target, into, sha256=sha256, progress=progress)
        except NotDelivered as error:
            raise CloudUnreachable("unreachable", str(error)) from error
        finally:
            self._line.close()

    def _create_client(self, root: bytes, http: httpx.Client) -> ReleaseClient:
        return ReleaseClient(
            url=f"{str(http.base_url).rstrip('/')}/releases",
            root=root,
            folder=self._folder,
            http=http,
            gateway_version=version("gymbox"),
            built_at=self._built_at,
        )

    def stop(self) -> None:
        """End a download that runs, and every later one."""
        self._stopped = True
        if self._client is not None:
            self._client.stop()
