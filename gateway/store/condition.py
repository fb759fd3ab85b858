"""How the store is doing: what it did, and what went wrong last, told in words to whoever listens."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from gateway.store.file import StoreError

_log = logging.getLogger(__name__)

_LEVELS: Final = {"ok": logging.INFO, "degraded": logging.WARNING, "failed": logging.ERROR}


@dataclass(frozen=True, slots=True)
class StoreState:
    """How the store is doing, in words for people."""

    level: Literal["ok", "degraded", "failed"]
    reason: str = ""
    moved_aside: Path | None = None


@dataclass(slots=True)
class StoreCounts:
    """What the writer did so far."""

    commits: int = 0
    jobs: int = 0
    failed: int = 0
    refused: int = 0


Listener = Callable[[StoreState], None]


class Condition:
    """The last trouble and the present state; heard on the thread that noted a change."""

    def __init__(self) -> None:
        self.state = StoreState("failed", "The store is not started.")
        self._error: StoreError | None = None
        self._moved_aside: Path | None = None
        self._listeners: tuple[Listener, ...] = ()

    @property
    def error(self) -> StoreError | None:
        """The last trouble, made anew: an exception raised twice carries its first past with it."""
        error = self._error  # another thread may note something in between
        return None if error is None else type(error)(*error.args)

    def subscribe(self, listener: Listener) -> None:
        """Call the listener with the present state and on every change."""
        self._listeners = (*self._listeners, listener)
        listener(self.state)

    def note(self, error: BaseException | None, *, moved_aside: Path | None = None) -> None:
        """Take what became of the last work: a trouble or none, and where a damaged file went."""
        self._moved_aside = moved_aside or self._moved_aside
        self._error = error if isinstance(error, StoreError) else None
        state = self._describe()
        if state == self.state:
            return
        self.state = state
        _log.log(
            _LEVELS[state.level],
            "store %s",
            f"{state.level}: {state.reason}" if state.reason else state.level,
        )
        for listener in self._listeners:
            listener(state)

    def _describe(self) -> StoreState:
        if self._error is not None:
            return StoreState("failed", str(self._error), self._moved_aside)
        if self._moved_aside is None:
            return StoreState("ok")
        return StoreState(
            "degraded",
            f"The store was damaged. It is kept as {self._moved_aside.name}; a new one was begun, "
            "so earlier sessions are not shown.",
            self._moved_aside,
        )
