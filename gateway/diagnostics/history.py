"""How the parts of the box have been: each change of the health board, the last few hundred of them."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.clock import Clock
from gateway.health import Health, PartState, State

KEPT: Final = 500


@dataclass(frozen=True, slots=True)
class Change:
    """A part came into a state, for a reason."""

    at: datetime
    part: str
    state: State
    reason: str


class HealthHistory:
    """Listens to the board; safe from any thread, as appending to a bounded deque is."""

    def __init__(self, health: Health, *, clock: Clock | None = None) -> None:
        self._clock = clock or Clock()
        self._changes: deque[Change] = deque(maxlen=KEPT)
        health.subscribe(self._note)

    def changes(self) -> list[Change]:
        """Return the changes that are kept, the oldest first."""
        return list(self._changes)

    def _note(self, part: str, state: PartState) -> None:
        self._changes.append(Change(self._clock.utc_now(), part, state.state, state.reason))
