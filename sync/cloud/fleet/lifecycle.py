"""The life of an alert: it waits, opens, is acknowledged, resolves by itself, and may come again. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sync.cloud.fleet.conditions import Condition

# Coming again this soon it is the same trouble: who has acknowledged it knows already.
SAME_WITHIN: Final = timedelta(hours=1)
# To have been seen again is worth a write this often.
NOTE_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing that is or was wrong.

    Attributes:
        condition: what, as it was last seen.
        first_at: seen this time for the first time.
        opened_at: shown since; None while it may yet pass.
        last_at: seen last.
        count: how often it was shown.
        acknowledged_at: when somebody said that they know.
        acknowledged_by: who.
        resolved_at: gone since; None while it is there.
    """

    condition: Condition
    first_at: datetime
    opened_at: datetime | None
    last_at: datetime
    count: int
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    resolved_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is shown as something that is wrong now."""
        return self.opened_at is not None and self.resolved_at is None


def after(before: Alert | None, seen: Condition | None, now: datetime) -> Alert | None:
    """What becomes of an alert when its condition is seen, or is not; None when nothing is to be kept."""
    if seen is not None:
        return _ripe(_begun(before, seen, now), now)
    if before is None or (before.opened_at is None and before.count == 0):
        return None
    return before if before.resolved_at is not None else replace(before, resolved_at=now)


def _begun(before: Alert | None, seen: Condition, now: datetime) -> Alert:
    if before is None:
        return Alert(condition=seen, first_at=now, opened_at=None, last_at=now, count=0)
    if before.resolved_at is None:
        told = seen != before.condition or now - before.last_at >= NOTE_EVERY
        return replace(before, condition=seen, last_at=now) if told else before
    again = replace(before, condition=seen, first_at=now, last_at=now, opened_at=None, resolved_at=None)
    if now - before.resolved_at < SAME_WITHIN:
        return again
    return replace(again, acknowledged_at=None, acknowledged_by=None)


def _ripe(alert: Alert, now: datetime) -> Alert:
    if alert.opened_at is not None or now - alert.first_at < alert.condition.hold:
        return alert
    return replace(alert, opened_at=now, last_at=now, count=alert.count + 1)
