"""How each part of the box is doing, in words that a person can act on."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

_log = logging.getLogger(__name__)

State = Literal["ok", "degraded", "failed"]
_SEVERITY: Mapping[State, int] = {"ok": 0, "degraded": 1, "failed": 2}


@dataclass(frozen=True, slots=True)
class PartState:
    """One part's state, why, and since when (a stamp for people, not part of the comparison)."""

    state: State
    reason: str = ""
    since: datetime = field(default_factory=lambda: datetime.now(UTC), compare=False)


Listener = Callable[[str, PartState], None]


class Health:
    """The board on which every part writes its state; safe from any thread.

    Listeners hear changes only, in order, on the thread that made the change, so they must be quick:
    post into an `Inbox` and return.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._parts: dict[str, PartState] = {}
        self._listeners: tuple[Listener, ...] = ()
        self.listener_failures = 0

    def set(self, part: str, state: State, reason: str = "") -> bool:
        """Write the state of a part; returns whether it changed."""
        new = PartState(state, reason)
        with self._lock:
            old = self._parts.get(part)
            if old == new:
                return False
            if old is not None and old.state == state:
                new = PartState(state, reason, old.since)
            self._parts[part] = new
            self._tell(part, new)
        return True

    def remove(self, part: str) -> None:
        """Forget a part that is no longer there."""
        with self._lock:
            self._parts.pop(part, None)

    def get(self, part: str) -> PartState | None:
        """Return the state of one part, or None when it never wrote one."""
        with self._lock:
            return self._parts.get(part)

    def snapshot(self) -> dict[str, PartState]:
        """Return all parts as they are now, by name."""
        with self._lock:
            return dict(sorted(self._parts.items()))

    def worst(self) -> State:
        """Return the worst state of all parts; "ok" when there is none."""
        with self._lock:
            return max((part.state for part in self._parts.values()), key=_SEVERITY.__getitem__, default="ok")

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener on every change from now on; returns what ends that."""
        with self._lock:
            self._listeners = (*self._listeners, listener)

        def unsubscribe() -> None:
            with self._lock:
                self._listeners = tuple(each for each in self._listeners if each is not listener)

        return unsubscribe

    def _tell(self, part: str, state: PartState) -> None:
        for listener in self._listeners:
            try:
                listener(part, state)
            except Exception:  # noqa: BLE001 - a listener must not stop who reports; logged and counted
                self.listener_failures += 1
                _log.exception("a listener failed on the state of %s", part)
