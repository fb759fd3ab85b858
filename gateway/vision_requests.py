"""What the inference process is asked and answers: one future for each request, none left behind."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from vision.processes.messages import Answer, Declined, Replayed, Request, Swapped

# More than anybody waits for at a time; what is beyond is refused at once.
_MOST_WAITING: Final = 32


class RequestFailed(Exception):  # noqa: N818 - named by what happened
    """The inference process did not do what it was asked; everything is as before. The text says why."""


class NotRunning(RequestFailed):
    """Nobody looks through the cameras now, so nobody could do it."""


class VisionRequests:
    """Hands requests to the inference process; safe from any thread."""

    def __init__(self, send: Callable[[Request], bool]) -> None:
        """`send` puts a request into the pipe, False when nobody is there to take it."""
        self._send = send
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[Replayed | Swapped]] = {}

    def ask(self, make: Callable[[int], Request]) -> "Future[Replayed | Swapped]":
        """Send the request that `make` gives for a number; the future fails with `RequestFailed`."""
        future: Future[Replayed | Swapped] = Future()
        with self._lock:
            number = next(self._numbers)
            crowded = len(self._waiting) >= _MOST_WAITING
            if not crowded:
                self._waiting[number] = future
        if crowded:
            future.set_exception(RequestFailed("too much is asked of the cameras at a time; try again soon"))
        elif not self._send(make(number)):
            self._fail([number], NotRunning("Nothing looks through the cameras now; see /readyz for why."))
        future.add_done_callback(lambda _: self._waiting.pop(number, None))
        return future

    def answered(self, answer: Answer) -> None:
        """Take an answer; one that nobody waits for any more is forgotten."""
        if isinstance(answer, Declined):
            self._fail([answer.request_id], RequestFailed(answer.reason))
            return
        with self._lock:
            future = self._waiting.pop(answer.request_id, None)
        if future is not None and future.set_running_or_notify_cancel():
            future.set_result(answer)

    def lost(self, reason: str) -> None:
        """The process ended: nothing that was asked of it will be answered."""
        with self._lock:
            numbers = list(self._waiting)
        self._fail(numbers, NotRunning(reason))

    def _fail(self, numbers: list[int], why: RequestFailed) -> None:
        for number in numbers:
            with self._lock:
                future = self._waiting.pop(number, None)
            if future is not None and future.set_running_or_notify_cancel():
                future.set_exception(why)
