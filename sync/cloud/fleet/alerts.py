"""Alerts in the database: looked for every now and then, each thing once however often it is seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.fleet.conditions import Condition
from sync.cloud.fleet.lifecycle import Alert, after
from sync.cloud.fleet.tables import AlertRow, Severity
from sync.cloud.gateways import utc_now

Source = Callable[[Session, datetime], Iterable[Condition]]
"""Reads what is wrong at a moment."""
_LISTED: Final = 500
_SUBJECT_MOST: Final = 255
IS_OPEN: Final[ColumnElement[bool]] = AlertRow.opened_at.is_not(None) & AlertRow.resolved_at.is_(None)


class AlertUnknown(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """There is no alert of this number among those that the asker sees."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An alert and its number."""

    id: int
    alert: Alert


class Alerts:
    """All alerts. `tenant_id` says whose the asker sees; None: everybody's.

    Args:
        database: where they are kept.
        sources: that are asked what is wrong.
        clock: the service's.
    """

    def __init__(
        self, database: Database, sources: Iterable[Source], *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._sources = tuple(sources)
        self._clock = clock

    def look(self) -> None:
        """Ask the sources, and open, note and resolve what follows."""
        now = self._clock()
        with self._database.read() as session:
            seen = {each.key: each for source in self._sources for each in source(session, now)}
            if not _changes(session, seen, now):  # mostly; nobody is to wait for that
                return
        try:
            with self._database.write() as session:
                for row, alert in _changes(session, seen, now):
                    _write(session, row, alert)
        except IntegrityError:  # another process has seen the same at this moment
            return

    def all(self, *, tenant_id: str | None = None, gateway_id: str | None = None) -> list[Numbered]:
        """Those that are open, then those that were, the newest first."""
        wanted = (
            select(AlertRow)
            .where(AlertRow.count > 0)
            .order_by(AlertRow.resolved_at.is_not(None), AlertRow.last_at.desc(), AlertRow.id)
            .limit(_LISTED)
        )
        if tenant_id is not None:
            wanted = wanted.where(AlertRow.tenant_id == tenant_id)
        if gateway_id is not None:
            wanted = wanted.where(AlertRow.gateway_id == gateway_id)
        with self._database.read() as session:
            return [Numbered(row.id, _read(row)) for row in session.scalars(wanted)]

    def count_open(self, *, tenant_id: str | None = None) -> int:
        """How many are open that nobody has acknowledged."""
        wanted = select(func.count()).where(IS_OPEN, AlertRow.acknowledged_at.is_(None))
        if tenant_id is not None:
            wanted = wanted.where(AlertRow.tenant_id == tenant_id)
        with self._database.read() as session:
            return session.scalar(wanted) or 0

    def acknowledge(self, alert_id: int, *, by: str, tenant_id: str | None = None) -> None:
        """Say that somebody knows; doing so again changes nothing.

        Raises:
            AlertUnknown: there is none of this number.
        """
        with self._database.write() as session:
            row = session.scalar(select(AlertRow).where(AlertRow.id == alert_id).with_for_update())
            if row is None or row.count == 0 or (tenant_id is not None and row.tenant_id != tenant_id):
                raise AlertUnknown(f"there is no alert {alert_id}")
            if row.acknowledged_at is not None:
                return
            row.acknowledged_at, row.acknowledged_by = self._clock(), by
            line = audit.Line(
                at=self._clock(),
                tenant_id=row.tenant_id,
                actor=by,
                action="alert.acknowledge",
                subject=f"alert {row.key}"[:_SUBJECT_MOST],
                detail={"reason": row.reason},
            )
            audit.append(session, line)


def _changes(
    session: Session, seen: dict[str, Condition], now: datetime
) -> list[tuple[AlertRow | None, Alert | None]]:
    """What is to be written: the row that is there, and what it becomes."""
    wanted = select(AlertRow).where(AlertRow.resolved_at.is_(None))
    rows = {row.key: row for row in session.scalars(wanted)}
    missing = sorted(set(seen) - set(rows))
    for start in range(0, len(missing), _LISTED):
        chunk = missing[start : start + _LISTED]
        rows |= {row.key: row for row in session.scalars(select(AlertRow).where(AlertRow.key.in_(chunk)))}
    changes: list[tuple[AlertRow | None, Alert | None]] = []
    for key in sorted(set(rows) | set(seen)):
        row = rows.get(key)
        before = None if row is None else _read(row)
        then = after(before, seen.get(key), now)
        if then != before:
            changes.append((row, then))
    return changes


def _write(session: Session, row: AlertRow | None, alert: Alert | None) -> None:
    if alert is None:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = AlertRow(key=alert.condition.key)
        session.add(row)
    condition = alert.condition
    row.tenant_id, row.gateway_id = condition.tenant_id, condition.gateway_id
    row.kind, row.severity, row.reason = condition.kind, condition.severity, condition.reason
    row.first_at, row.opened_at, row.last_at = alert.first_at, alert.opened_at, alert.last_at
    row.count, row.resolved_at = alert.count, alert.resolved_at
    row.acknowledged_at, row.acknowledged_by = alert.acknowledged_at, alert.acknowledged_by


def _read(row: AlertRow) -> Alert:
    return Alert(
        condition=Condition(
            key=row.key,
            kind=row.kind,
            severity=cast("Severity", row.severity),
            reason=row.reason,
            gateway_id=row.gateway_id,
            tenant_id=row.tenant_id,
        ),
        first_at=row.first_at,
        opened_at=row.opened_at,
        last_at=row.last_at,
        count=row.count,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        resolved_at=row.resolved_at,
    )
