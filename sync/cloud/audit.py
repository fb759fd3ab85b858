"""The audit: who did what to which part of the fleet, in a chain that shows whether a line was changed.

Each line carries the SHA-256 of itself and of the one before, so a changed, removed or inserted line breaks
the chain; triggers of the database refuse to change or delete one (`database/migrations`). A line is written
in the transaction of what it tells of: both stand, or neither.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import ForeignKey, Integer, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from provisioning.twin import Fields, encode
from sync.cloud.database.base import SHA256_LENGTH, Base
from sync.cloud.database.tables import NAME_LENGTH

_FIRST: Final = "0" * SHA256_LENGTH
_HEAD: Final = 1
_PAGE: Final = 500


class AuditRow(Base):
    """One line."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    tenant_id: Mapped[str | None] = mapped_column(ForeignKey("tenant.id"), index=True)
    actor: Mapped[str] = mapped_column(String(NAME_LENGTH))
    action: Mapped[str]
    subject: Mapped[str] = mapped_column(String(NAME_LENGTH), index=True)
    detail: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))


class AuditHead(Base):
    """The end of the chain; its one row is locked by whoever writes a line, so the chain never forks."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a line tells.

    Attributes:
        at: when, aware.
        tenant_id: whom it is about; None for the whole service.
        actor: who did it: `operator <name>`, `gateway <id>`, or `service`.
        action: what, as `<thing>.<deed>`.
        subject: to what.
        detail: the rest.
    """

    at: datetime
    tenant_id: str | None
    actor: str
    action: str
    subject: str
    detail: Fields


@dataclass(frozen=True, slots=True)
class Break:
    """Where the chain does not hold: `number` of the first line that is wrong, and why."""

    number: int
    reason: str


def append(session: Session, *lines: Line) -> None:
    """Write lines at the end of the chain; they stand when the caller's transaction is committed."""
    if not lines:
        return
    head = session.scalars(select(AuditHead).where(AuditHead.id == _HEAD).with_for_update()).one()
    for line in lines:
        number = head.number + 1
        told = encode(line.detail).decode()
        found = _hash(head.hash, number, line, told)
        session.add(
            AuditRow(
                number=number,
                at=line.at,
                tenant_id=line.tenant_id,
                actor=line.actor,
                action=line.action,
                subject=line.subject,
                detail=told,
                hash=found,
            )
        )
        head.number, head.hash = number, found
    session.flush()


def read(session: Session, *, after: int = 0, subject: str | None = None) -> Iterator[tuple[int, Line]]:
    """The lines after a number, oldest first, of one subject or of all; read while they are asked for."""
    for row in _rows(session, after, subject):
        yield row.number, _line(row)


def export(session: Session) -> Iterator[dict[str, Any]]:
    """Every line with its number and hash, oldest first, for somebody who verifies without the service."""
    for row in _rows(session):
        yield {
            "number": row.number,
            "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "tenant_id": row.tenant_id,
            "actor": row.actor,
            "action": row.action,
            "subject": row.subject,
            "detail": json.loads(row.detail),
            "hash": row.hash,
        }


def verify(session: Session) -> Break | None:
    """Go through the whole chain; None when every line is as it was written and none is missing."""
    before, expected = _FIRST, 1
    for row in _rows(session):
        if row.number != expected:
            return Break(expected, f"the line is missing; the next one is {row.number}")
        if row.hash != _hash(before, row.number, _line(row), row.detail):
            return Break(expected, "the line, or the one before it, is not as it was written")
        before, expected = row.hash, expected + 1
    head = session.scalars(select(AuditHead).where(AuditHead.id == _HEAD)).one()
    if (head.number, head.hash) != (expected - 1, before):
        return Break(expected, f"the chain ends here, and {head.number} lines were written")
    return None


def _rows(session: Session, after: int = 0, subject: str | None = None) -> Iterator[AuditRow]:
    asked = select(AuditRow).order_by(AuditRow.number).limit(_PAGE)
    if subject is not None:
        asked = asked.where(AuditRow.subject == subject)
    while page := session.scalars(asked.where(AuditRow.number > after)).all():
        yield from page
        after = page[-1].number
        for row in page:  # a long audit is never in memory whole
            session.expunge(row)


def _hash(before: str, number: int, line: Line, detail: str) -> str:
    said = [
        before,
        number,
        line.at.astimezone(UTC).isoformat(timespec="microseconds"),
        line.tenant_id,
        line.actor,
        line.action,
        line.subject,
        detail,
    ]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


def _line(row: AuditRow) -> Line:
    detail: dict[str, Any] = json.loads(row.detail)
    return Line(
        at=row.at,
        tenant_id=row.tenant_id,
        actor=row.actor,
        action=row.action,
        subject=row.subject,
        detail=detail,
    )
