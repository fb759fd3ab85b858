"""Work that costs as much for one as for many is done for all who wait: natural batching without a thread."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_PATIENCE_S: Final = 120.0


class Together(Generic[T]):
    """Whoever finds nobody at work takes all that waits and does it; the others find theirs done.

    Args:
        work: Does all of some items, and raises nothing: what became of each is noted in it.
        most: Items at once.
    """

    def __init__(self, work: Callable[[list[T]], None], *, most: int) -> None:
        self._work = work
        self._most = most
        self._waiting: list[T] = []  # as many at most as there are threads that call
        self._change = threading.Lock()
        self._turn = threading.Lock()

    def do(self, item: T) -> None:
        """Return when the item is done, by this thread or another, or nobody came to it for two minutes."""
        with self._change:
            self._waiting.append(item)
        if not self._turn.acquire(timeout=_PATIENCE_S):
            with self._change:
                self._waiting = [each for each in self._waiting if each is not item]
            return
        try:
            while True:
                with self._change:
                    if not self._is_waiting(item):
                        return
                    batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
                self._work(batch)
        finally:
            self._turn.release()

    def _is_waiting(self, item: T) -> bool:
        return any(each is item for each in self._waiting)
