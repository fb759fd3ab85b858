"""How each part of the service does, asked anew, within a time."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final, Literal

_log = logging.getLogger(__name__)

State = Literal["ok", "degraded", "failed"]
ANSWER_WITHIN_S: Final = 3.0


class Degraded(Exception):  # noqa: N818 - named by what happened
    """A part does less than it should, and the service goes on; the text is shown to anybody who asks."""


@dataclass(frozen=True, slots=True)
class PartState:
    """One part's state and why, in words that tell nothing of the inside."""

    state: State
    reason: str = ""


class Readiness:
    """Asks every part at once; one that does not answer is asked again only when it has.

    Args:
        parts: By name what raises `Degraded` when the part is, and anything else when it has failed.
    """

    def __init__(
        self, parts: Mapping[str, Callable[[], object]], *, within_s: float = ANSWER_WITHIN_S
    ) -> None:
        self._parts = dict(parts)
        self._within_s = within_s
        self._asked: dict[str, Future[object]] = {}
        self._pool = ThreadPoolExecutor(len(self._parts), "readiness")

    def report(self) -> dict[str, PartState]:
        """The state of every part."""
        for name, ask in self._parts.items():
            if name not in self._asked:
                self._asked[name] = self._pool.submit(ask)
        asked = dict(self._asked)
        answered, _ = wait(asked.values(), timeout=self._within_s)
        for name, future in asked.items():
            if future in answered:
                self._asked.pop(name, None)
        return {name: _state(name, future) for name, future in asked.items()}

    def close(self) -> None:
        """Ask no more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _state(name: str, asked: Future[object]) -> PartState:
    if not asked.done():
        return PartState("failed", f"{name} does not answer")
    error = asked.exception()
    if error is None:
        return PartState("ok")
    if isinstance(error, Degraded):
        return PartState("degraded", str(error))
    _log.warning("%s is not ready: %s", name, error)
    return PartState("failed", f"{name} cannot be used; the log says why")
