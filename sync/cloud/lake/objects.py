"""A folder or a bucket, through obstore. The only file of the package that knows it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from glob import escape
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError
from obstore.store import LocalStore, from_url

_RETRY: Final[Any] = {"max_retries": 3, "retry_timeout": timedelta(seconds=60)}
_PROBE: Final = "probe"
_MOST_REMEMBERED: Final = 10_000


class StoreUnavailable(Exception):  # noqa: N818 - named by what happened
    """The store did not do what it was asked; asking again later may help."""


class ObjectExists(Exception):  # noqa: N818 - named by what happened
    """There is an object with this name, and objects are never changed."""


class ObjectMissing(LookupError):  # noqa: N818 - named by what happened
    """There is no object with this name."""


class ObjectStore:
    """Whole objects by name; once written, an object is read or deleted, never changed.

    Args:
        url: `file:///folder`, made when it is not there, or `s3://bucket/prefix`.

    Raises:
        StoreUnavailable: the folder cannot be made, or the address is none.
    """

    def __init__(self, url: str) -> None:
        self._durable: set[Path] = set()
        parts = urlsplit(url)
        self._folder = Path(url2pathname(parts.path)) if parts.scheme == "file" else None
        with _told(url):
            if self._folder is None:
                # Without client options of ours the usual AWS_... variables all count, and waiting ends after
                # obstore's own 30 s (5 s for a connection).
                self._store: Any = from_url(url, retry_config=_RETRY)
            else:
                _make_folder(self._folder)
                self._store = LocalStore(self._folder)

    def put_new(self, name: str, data: bytes) -> None:
        """Write an object that is not there yet; when this returns it survives a power cut.

        Raises:
            ObjectExists: there is one with this name.
            StoreUnavailable: it cannot be written; a part of it is never seen.
        """
        with _told(name):
            obstore.put(self._store, name, data, mode="create", use_multipart=False)
        if self._folder is not None:
            with _told(name):
                self._make_durable(self._folder, self._folder / name)

    def get(self, name: str) -> bytes:
        """Read a whole object.

        Raises:
            ObjectMissing: there is none.
            StoreUnavailable: it cannot be read.
        """
        with _told(name):
            return bytes(obstore.get(self._store, name).bytes())

    def delete(self, name: str) -> None:
        """Delete an object for good; one that is not there is none too many.

        Raises:
            StoreUnavailable: it cannot be deleted.
        """
        with suppress(ObjectMissing), _told(name):
            obstore.delete(self._store, name)
        if self._folder is not None:
            with suppress(ObjectMissing), _told(name):
                _delete_parts(self._folder / name)

    def names(self, prefix: str) -> list[str]:
        """Every object below a prefix that ends where a folder would, sorted.

        Raises:
            StoreUnavailable: they cannot be listed.
        """
        with _told(prefix):
            return sorted(each["path"] for batch in obstore.list(self._store, prefix) for each in batch)

    def path(self, name: str) -> Path | None:
        """Where an object lies on this machine; None in a bucket."""
        return None if self._folder is None else self._folder / name

    def ping(self) -> None:
        """Ask for an object that need not be there.

        Raises:
            StoreUnavailable: no answer.
        """
        if self._folder is not None and not os.access(self._folder, os.R_OK | os.W_OK | os.X_OK):
            raise StoreUnavailable("the folder of the objects is gone or cannot be written")
        try:
            with _told(_PROBE):
                obstore.head(self._store, _PROBE)
        except ObjectMissing:
            return

    def _make_durable(self, root: Path, path: Path) -> None:
        """Have the file on disk, and the folders that lead to it: obstore leaves that to chance."""
        _sync(path)
        folder = path.parent
        _sync(folder)
        if folder in self._durable or folder == root:
            return
        while folder != root:  # they were made just now, or before this process began
            folder = folder.parent
            _sync(folder)
        if len(self._durable) >= _MOST_REMEMBERED:
            self._durable.clear()
        self._durable.add(path.parent)


def _make_folder(folder: Path) -> None:
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _sync(each.parent)


def _delete_parts(path: Path) -> None:
    """Delete what a killed write of this object left beside it, and have that on disk too."""
    for part in path.parent.glob(f"{escape(path.name)}#*"):
        part.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except (NotFoundError, FileNotFoundError) as error:
        raise ObjectMissing(name) from error
    except (AlreadyExistsError, FileExistsError) as error:
        raise ObjectExists(name) from error
    except (BaseError, OSError, ValueError) as error:
        reason = str(error).partition("\n")[0]  # obstore adds pages for its own developers
        raise StoreUnavailable(f"{name}: {reason}") from error
