"""Fetching one file with the box's identity: every wait bounded, nothing too long, no trickle."""

import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import httpx
from tuf.api.exceptions import (
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    SlowRetrievalError,
)
from tuf.ngclient import FetcherInterface

from sync.releases.errors import StoppedEarly

_LOOK_EVERY_S: Final = 0.2
# Threads that wait for the head of an answer; a server that never ends one holds no more of them than this.
_ASKING: Final = threading.BoundedSemaphore(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How patient a fetch is.

    Attributes:
        stall_s: The longest silence of the cloud.
        grace_s: How long an answer may take to begin, and how long a file may come as slowly as it likes.
        slowest_bytes_s: How fast it must have come on average since.
    """

    stall_s: float = 10.0
    grace_s: float = 30.0
    slowest_bytes_s: float = 4096.0

    def too_slow(self, received_bytes: int, elapsed_s: float) -> bool:
        """Whether less has come than a slow line brings."""
        return received_bytes < self.slowest_bytes_s * (elapsed_s - self.grace_s)


class Fetcher(FetcherInterface):
    """Fetches for one update.

    Attributes:
        on_bytes: Told how many bytes of the file have come; may raise to stop.
    """

    def __init__(
        self, http: httpx.Client, *, scratch: Path, limits: Limits, stopping: threading.Event
    ) -> None:
        """Take the client that knows who this box is, and an existing folder for files that are coming in."""
        self._http = http
        self._scratch = scratch
        self._limits = limits
        self._stopping = stopping
        self.on_bytes: Callable[[int], None] = _nobody

    @contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """Fetch into a file without a name on the disk that will keep it.

        Raises:
            DownloadError: It did not come, came too slowly, or is longer than `max_length` bytes.
            StoppedEarly: The box is stopping.
            OSError: The disk is full.
        """
        with tempfile.TemporaryFile(dir=self._scratch) as file:
            received = 0
            with closing(self._fetch(url)) as chunks:
                for chunk in chunks:
                    received += len(chunk)
                    if received > max_length:
                        raise DownloadLengthMismatchError(f"more than {max_length} bytes from {url}")
                    file.write(chunk)
                    self.on_bytes(received)
            file.seek(0)
            yield file

    def _fetch(self, url: str) -> Generator[bytes]:
        """The bytes as they come. Raises DownloadError, StoppedEarly."""
        started_s, received = time.monotonic(), 0
        try:
            with closing(self._begin(url)) as response:
                if response.status_code != httpx.codes.OK:
                    raise DownloadHTTPError(f"{url} answers {response.status_code}", response.status_code)
                for chunk in response.iter_raw():
                    received += len(chunk)
                    if self._stopping.is_set():
                        raise StoppedEarly("stopped", "the box is stopping")
                    if self._limits.too_slow(received, time.monotonic() - started_s):
                        raise SlowRetrievalError(f"{url} brought {received} bytes and then trickled")
                    yield chunk
        except httpx.TimeoutException as error:
            raise SlowRetrievalError(f"{url} was silent for {self._limits.stall_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise DownloadError(f"{url}: {str(error) or type(error).__name__}") from error

    def _begin(self, url: str) -> httpx.Response:
        """The answer as soon as its head is there.

        No time limit of the client ends a head that comes byte by byte, so a thread waits for it and is left
        behind when that takes too long.
        """
        request = self._http.build_request(
            "GET", url, headers={"Accept-Encoding": "identity"}, timeout=self._limits.stall_s
        )
        if not _ASKING.acquire(blocking=False):
            raise SlowRetrievalError("earlier questions are still being answered, byte by byte")
        answer: Future[httpx.Response] = Future()
        threading.Thread(
            target=_ask, args=(self._http, request, answer), name="release-answer", daemon=True
        ).start()
        deadline_s = time.monotonic() + self._limits.grace_s
        while not answer.done():
            wait([answer], timeout=_LOOK_EVERY_S)
            if self._stopping.is_set() and answer.cancel():
                raise StoppedEarly("stopped", "the box is stopping")
            if time.monotonic() > deadline_s and answer.cancel():
                raise SlowRetrievalError(f"{url} did not begin to answer within {self._limits.grace_s:g} s")
        return answer.result()


def _ask(http: httpx.Client, request: httpx.Request, answer: Future[httpx.Response]) -> None:
    """Send a request; whoever waits for the answer may have gone when it comes."""
    try:
        response = http.send(request, stream=True, follow_redirects=False)
    except Exception as error:  # noqa: BLE001 - handed to whoever waits
        if answer.set_running_or_notify_cancel():
            answer.set_exception(error)
    else:
        if answer.set_running_or_notify_cancel():
            answer.set_result(response)
        else:
            response.close()
    finally:
        _ASKING.release()


def _nobody(received: int) -> None:
    """Progress for those who want none."""
