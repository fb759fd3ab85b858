"""The shadow `health`: how the box does, told when a part's state changes, and figures now and then.

Thousands of boxes tell the same cloud, so what moves all the time (a disk, an outbox, a reason's wording) is
told with the next change of a state, or after a quarter of an hour.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gateway.clock import Clock
from gateway.health import PartState
from gateway.redaction import redact_text, shorten_paths
from gateway.twin.link import CloudLink
from gateway.twin.wire import Conflict
from provisioning.twin import Fields, change_to
from sync.upload.answer import NotDelivered

_log = logging.getLogger(__name__)

SHADOW: Final = "health"
FIGURES_S: Final = 900.0
# Together a tenth of what a document may hold.
_MOST_PARTS: Final = 100
_MOST_REASON: Final = 200
_BAD_FIRST: Final = {"failed": 0, "degraded": 1, "ok": 2}
_DISK_STEP: Final = 100_000_000
_FIGURES: Final = ("clock", "disk", "outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is told beside the parts.

    Attributes:
        models: version of each that works, by name.
        clock_off_s: how far the clock is ahead of the cloud's; None while that is not known.
        disk_free_bytes: of the data folder's disk; None when it cannot be told.
        disk_total_bytes: likewise.
        outbox_depth: records that wait; None when the store cannot be read.
        outbox_oldest_s: how long the oldest waits.
    """

    models: Mapping[str, str]
    clock_off_s: float | None
    disk_free_bytes: int | None
    disk_total_bytes: int | None
    outbox_depth: int | None
    outbox_oldest_s: float | None


def document(
    parts: Mapping[str, PartState], facts: Facts, *, software: str, started_at: datetime
) -> dict[str, Any]:
    """How the box does, as the cloud keeps it. Pure."""
    told = sorted(parts.items(), key=lambda each: (_BAD_FIRST[each[1].state], each[0]))[:_MOST_PARTS]
    free = facts.disk_free_bytes
    return {
        "parts": {name: _part(part) for name, part in told},
        "versions": {"software": software, "models": dict(facts.models)},
        "started_at": started_at.astimezone(UTC).isoformat(timespec="seconds"),
        "clock": _known(off_s=None if facts.clock_off_s is None else round(facts.clock_off_s)),
        "disk": _known(
            free_bytes=None if free is None else free - free % _DISK_STEP, total_bytes=facts.disk_total_bytes
        ),
        "outbox": _known(
            depth=facts.outbox_depth,
            oldest_s=None if facts.outbox_oldest_s is None else 60 * round(facts.outbox_oldest_s / 60),
        ),
    }


def news(said: Fields, now: Fields, *, figures_due: bool) -> dict[str, object]:
    """What to tell of it; empty when nothing is worth it. Pure.

    Args:
        said: what the cloud has heard.
        now: how it is.
        figures_due: whether what moves all the time is news by itself.
    """
    change = change_to(said, now)
    if figures_due or {key: _states(key, value) for key, value in now.items() if key not in _FIGURES} != {
        key: _states(key, value) for key, value in said.items() if key not in _FIGURES
    }:
        return change
    return {}


class HealthReports:
    """Tells the cloud; lives on the event loop."""

    def __init__(
        self,
        *,
        link: CloudLink,
        parts: Callable[[], Mapping[str, PartState]],
        facts: Callable[[], Facts],
        software: str,
        clock: Clock | None = None,
    ) -> None:
        """`facts` reads the disk and the store; it is called beside the event loop."""
        self._twin = link.twin(SHADOW)
        self._parts = parts
        self._facts = facts
        self._software = software
        self._clock = clock or Clock()
        self._started_at = self._clock.utc_now()
        self._figures_due_s = 0.0
        self.failed = 0

    async def run(self) -> None:
        """Tell after each look at the cloud what is news, until cancelled."""
        while True:
            await self._twin.look()
            try:
                await self.turn()
            except Exception:  # noqa: BLE001 - the next look must come whatever was wrong with this; counted
                self.failed += 1
                _log.exception("the cloud could not be told how the box does")

    async def turn(self) -> None:
        """Do once what `run` does after each look."""
        if self._twin.trouble is not None or self._twin.desired is None:
            return
        facts = await asyncio.to_thread(self._facts)
        now = document(self._parts(), facts, software=self._software, started_at=self._started_at)
        now_s = self._clock.now_s()
        change = news(self._twin.reported, now, figures_due=now_s >= self._figures_due_s)
        if change:
            with suppress(Conflict, NotDelivered):  # the next look comes, and tells it then
                await self._twin.report(change)
                self._figures_due_s = now_s + FIGURES_S


def _part(part: PartState) -> dict[str, str]:
    reason = shorten_paths(redact_text(part.reason))[:_MOST_REASON]
    return {"state": part.state, "reason": reason} if reason else {"state": part.state}


def _states(key: str, value: object) -> object:
    """A value without the reasons in it."""
    if key != "parts" or not isinstance(value, Mapping):
        return value
    return {name: part.get("state") if isinstance(part, Mapping) else part for name, part in value.items()}


def _known(**values: float | None) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}
