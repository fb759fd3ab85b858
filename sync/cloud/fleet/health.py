"""What a box says of itself in its shadow `health`, read with care: a box may say anything. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast, get_args

from provisioning.twin import Fields

PartState = Literal["ok", "degraded", "failed"]
_WORST_FIRST: Final[tuple[PartState, ...]] = ("failed", "degraded", "ok")
_STATES: Final = frozenset(get_args(PartState))
_TEXT_MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a box: how it is, and why."""

    state: PartState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was said and makes sense; None is what was not.

    Attributes:
        parts: by name.
        versions: of software and models, by name.
        clock_off_s: how far the box's clock is from the service's.
        clock_known: whether the box trusts its clock.
        disk_free: share of the disk that is free, 0 to 1.
        outbox_depth: records that wait to be sent.
        outbox_oldest_s: how long the oldest has waited.
    """

    parts: Mapping[str, Part] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    clock_off_s: float | None = None
    clock_known: bool | None = None
    disk_free: float | None = None
    outbox_depth: float | None = None
    outbox_oldest_s: float | None = None

    @property
    def worst(self) -> PartState | None:
        """The worst state of any part; None when nothing was said."""
        states = {part.state for part in self.parts.values()}
        return next((state for state in _WORST_FIRST if state in states), None)


def read_health(reported: Fields) -> Health:
    """Take what is well-formed."""
    disk, outbox, clock = (_table(reported, name) for name in ("disk", "outbox", "clock"))
    free, total = _number(disk, "free_bytes"), _number(disk, "total_bytes")
    known = clock.get("synchronised")
    return Health(
        parts={
            name: Part(cast("PartState", told["state"]), _text(told.get("reason")))
            for name, told in _table(reported, "parts").items()
            if isinstance(told, dict) and told.get("state") in _STATES
        },
        versions={name: _text(told) for name, told in _table(reported, "versions").items() if told},
        clock_off_s=_number(clock, "off_s"),
        clock_known=known if isinstance(known, bool) else None,
        disk_free=free / total if free is not None and total else None,
        outbox_depth=_number(outbox, "depth"),
        outbox_oldest_s=_number(outbox, "oldest_s"),
    )


def _table(fields: Fields, name: str) -> Fields:
    found = fields.get(name)
    return cast("Fields", found) if isinstance(found, dict) else {}


def _number(fields: Fields, name: str) -> float | None:
    found = fields.get(name)
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None


def _text(found: object) -> str:
    return found[:_TEXT_MOST] if isinstance(found, str) else ""
