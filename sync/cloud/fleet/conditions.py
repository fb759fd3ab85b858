"""What is wrong with a box and worth a person's look. Pure: time is an argument."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sync.cloud.fleet.health import Health
from sync.cloud.fleet.tables import Severity

_DAY: Final = timedelta(days=1)
_KEY_MOST: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """When it is worth it.

    Attributes:
        offline_after: silence of a box.
        unwell_after: how long a part must be degraded or failed.
        clock_off_s: of a box's clock.
        outbox_after: age of the oldest record that waits.
        disk_free: share of the disk below which it is low.
        certificate_within: time to its end; a box renews when a third of its life is left.
    """

    offline_after: timedelta = timedelta(hours=1)
    unwell_after: timedelta = timedelta(minutes=10)
    clock_off_s: float = 60.0
    outbox_after: timedelta = _DAY
    disk_free: float = 0.1
    certificate_within: timedelta = 20 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxFacts:
    """A box that was let in and not sent away.

    Attributes:
        gateway_id: which.
        tenant_id: whose.
        last_seen_at: None when it was never there.
        health: what it last said of itself.
        certificate_until: the end of its certificate; None when it has none.
    """

    gateway_id: str
    tenant_id: str
    last_seen_at: datetime | None
    health: Health
    certificate_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that is wrong now.

    Attributes:
        key: what and where; the same key is the same thing.
        kind: for programs.
        severity: how bad.
        reason: for people.
        hold: how long it must last before it is shown.
        gateway_id: which box it is about; None when it is about none.
        tenant_id: whose it is; None for the service.
    """

    key: str
    kind: str
    severity: Severity
    reason: str
    hold: timedelta = field(default=timedelta(), compare=False)
    gateway_id: str | None = None
    tenant_id: str | None = None


def conditions_of(box: BoxFacts, now: datetime, thresholds: Thresholds) -> Iterator[Condition]:
    """What is wrong with a box. Of one that is silent, what it last said counts for nothing."""
    if box.certificate_until is not None and box.certificate_until - now < thresholds.certificate_within:
        yield _certificate(box, box.certificate_until, now)
    if box.last_seen_at is None:
        return
    if now - box.last_seen_at >= thresholds.offline_after:
        yield _of(box, "offline", "critical", f"not heard of since {box.last_seen_at:%Y-%m-%d %H:%M} UTC")
        return
    for name, part in box.health.parts.items():
        if part.state != "ok":
            severity: Severity = "critical" if part.state == "failed" else "warning"
            reason = f"{name} {'has failed' if part.state == 'failed' else 'is degraded'}"
            told = f"{reason}: {part.reason}" if part.reason else reason
            yield _of(box, "part", severity, told, what=name, hold=thresholds.unwell_after)
    yield from _figures(box, thresholds)


def _figures(box: BoxFacts, thresholds: Thresholds) -> Iterator[Condition]:
    health = box.health
    if health.clock_known is False:
        yield _of(box, "clock", "warning", "its clock is not set", hold=thresholds.unwell_after)
    elif health.clock_off_s is not None and abs(health.clock_off_s) >= thresholds.clock_off_s:
        told = f"its clock is {health.clock_off_s:+.0f} s off"
        yield _of(box, "clock", "warning", told, hold=thresholds.unwell_after)
    oldest_s = health.outbox_oldest_s
    if oldest_s is not None and oldest_s >= thresholds.outbox_after.total_seconds():
        told = f"records wait for {oldest_s / 3600:.0f} h to be sent, though the box is there"
        yield _of(box, "outbox", "warning", told)
    if health.disk_free is not None and health.disk_free < thresholds.disk_free:
        yield _of(box, "disk", "warning", f"{health.disk_free:.0%} of its disk is free")


def _certificate(box: BoxFacts, until: datetime, now: datetime) -> Condition:
    if until <= now:
        return _of(box, "certificate", "critical", f"its certificate ended on {until:%Y-%m-%d}")
    return _of(box, "certificate", "warning", f"its certificate ends on {until:%Y-%m-%d} and was not renewed")


def _of(
    box: BoxFacts,
    kind: str,
    severity: Severity,
    reason: str,
    *,
    what: str = "",
    hold: timedelta = timedelta(),
) -> Condition:
    return Condition(
        key=":".join(filter(None, (kind, box.gateway_id, what)))[:_KEY_MOST],
        kind=kind,
        severity=severity,
        reason=reason,
        hold=hold,
        gateway_id=box.gateway_id,
        tenant_id=box.tenant_id,
    )
