"""Asking the cloud for a release, and believing none of the answer but what its signatures say.

The decisions are those of `tuf.ngclient`; here is what surrounds them on a box: a clock that may be wrong, a
disk that may be full, a line that may trickle, and errors that somebody can act on.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import httpx
from tuf.api.exceptions import DownloadError, RepositoryError, StorageError
from tuf.api.metadata import Metadata, TargetFile, Timestamp
from tuf.ngclient import Updater

from sync.releases.clock import clock_trouble
from sync.releases.errors import ClockWrong, NotKept, ReleaseRefused, not_kept, told
from sync.releases.fetcher import Fetcher, Limits
from sync.releases.release import Release, file_of, name_of, said_of, terms_of

# Bytes that have come, bytes that there are, and what is coming.
Progress = Callable[[int, int, str], None]

# What a box must keep free for the work it is there for.
_RESERVE_BYTES: Final = 64 * 1024 * 1024


def _utc_now() -> datetime:
    return datetime.now(UTC)


class ReleaseClient:
    """What this box knows of the cloud's releases. One update at a time; others wait their turn."""

    def __init__(
        self,
        *,
        url: str,
        root: bytes,
        folder: Path,
        http: httpx.Client,
        gateway_version: str,
        built_at: datetime,
        limits: Limits | None = None,
        utc_now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """Prepare; nothing is read, written or asked for yet.

        Args:
            url: Where the repository is served: its `metadata/` and `targets/` are below.
            root: The root metadata that came with the box; all trust starts there.
            folder: Where trusted metadata is kept, on the disk that the models are on.
            http: A client with the box's identity and the certificates that it trusts.
            gateway_version: Of this program.
            built_at: When this program was built.
            limits: How patient fetches are.
            utc_now: The clock that people read, UTC.
        """
        self._url = url.rstrip("/")
        self._root = root
        self._folder = folder
        self._http = http
        self._gateway_version = gateway_version
        self._built_at = built_at
        self._limits = limits or Limits()
        self._utc_now = utc_now
        self._turn = threading.Lock()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End a download that runs, at its next bytes, and every later one."""
        self._stopping.set()

    def download(
        self, target: str, into: Path, *, sha256: str | None = None, progress: Progress | None = None
    ) -> Release:
        """Fetch a release, whole and verified, and make it durable. Blocks; call it from a thread of its own.

        Args:
            target: Its path, such as `models/intensity/7/model.toml`.
            into: An existing, empty folder; after an error, what is in it is worth nothing.
            sha256: What the digest of that file must be, when the caller was told.
            progress: Told of the bytes of each file. What it raises ends the download and passes through,
                unless it is an OSError.

        Raises:
            ReleaseError: It cannot be had, or must not; the kind says which, the text why.
        """
        with self._turn, _in_our_words(target):
            name_of(target)
            updater, fetcher = self._updater()
            updater.refresh()
            infos = self._infos(updater, target, sha256)
            self._settle()
            _demand_room(into, [info.length for info in infos])
            for info in infos:
                name = info.path.rsplit("/", 1)[1]
                if progress is not None:
                    fetcher.on_bytes = partial(_report, progress, info.length, name)
                updater.download_target(info, str(into / name))
                _sync(into / name)
            _sync(into)
            files = tuple(file_of(info) for info in infos)
            return Release(target=target, files=files, custom=said_of(infos[0]))

    def _updater(self) -> tuple[Updater, Fetcher]:
        metadata, scratch = self._folder / "metadata", self._folder / "scratch"
        for folder in (metadata, scratch):
            folder.mkdir(parents=True, exist_ok=True)
        for leftover in metadata.glob("tmp*"):  # of an update that was killed
            leftover.unlink()
        trouble = clock_trouble(
            self._utc_now(), built_at=self._built_at, current_until=_current_until(metadata)
        )
        if trouble:
            raise ClockWrong("clock", f"{trouble}; set it, or let the box reach a time server")
        fetcher = Fetcher(self._http, scratch=scratch, limits=self._limits, stopping=self._stopping)
        updater = Updater(
            metadata_dir=str(metadata),
            metadata_base_url=f"{self._url}/metadata",
            target_base_url=f"{self._url}/targets",
            fetcher=fetcher,
            bootstrap=self._root,
        )
        return updater, fetcher

    def _settle(self) -> None:
        """Make what is trusted now durable: a power cut must not make the box forget what it has seen."""
        metadata = self._folder / "metadata"
        for path in (*metadata.glob("*.json"), *metadata.glob("root_history/*.json")):
            _sync(path)
        _sync(metadata)

    def _infos(self, updater: Updater, target: str, sha256: str | None) -> list[TargetFile]:
        """The signed word on every file of a release, once it is one that this box may install."""
        first = _info(updater, target)
        if sha256 is not None and first.hashes.get("sha256") != sha256:
            raise ReleaseRefused(
                "not_desired", f"{target} was released with another digest than the one that is desired"
            )
        terms = terms_of(first, gateway_version=self._gateway_version)
        folder = target.rsplit("/", 1)[0]
        return [first, *(_info(updater, f"{folder}/{name}") for name in terms.files[1:])]


@contextmanager
def _in_our_words(target: str) -> Iterator[None]:
    try:
        yield
    except (RepositoryError, DownloadError) as error:
        raise told(error, target) from error
    except OSError as error:
        raise not_kept(error, target) from error


def _info(updater: Updater, path: str) -> TargetFile:
    info = updater.get_targetinfo(path)
    if info is None:
        raise ReleaseRefused("unknown", f"{path} was released by nobody who may, or was withdrawn")
    return info


def _demand_room(folder: Path, sizes: list[int]) -> None:
    # A file is on the disk twice while it is compared with what was signed.
    needed, free = sum(sizes) + max(sizes) + _RESERVE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise NotKept(
            "disk", f"{folder} has {free / 1e6:.0f} MB free, and {needed / 1e6:.0f} MB are needed; make room"
        )


def _current_until(metadata: Path) -> datetime | None:
    """When the trusted word on what is current expires."""
    try:
        return Metadata[Timestamp].from_file(str(metadata / "timestamp.json")).signed.expires
    except (RepositoryError, OSError, StorageError):
        return None


def _report(progress: Progress, total: int, name: str, done: int) -> None:
    progress(done, total, name)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
