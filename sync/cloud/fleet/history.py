"""The audit as those see it who look after boxes: the newest lines first, found by who, what and whom."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, select

from sync.cloud.audit import AuditRow
from sync.cloud.database.database import Database

_PAGE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines; an empty one wants all.

    Attributes:
        actor: part of who did it.
        action: what, or how it begins.
        subject: part of what it was done to.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""


class History:
    """The audit, read only. `tenant_id` says whose lines the asker sees; None: all."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(
        self, wanted: Wanted, *, tenant_id: str | None, before: int | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """A page, the newest first, of lines before a number."""
        query = _query(wanted, tenant_id).order_by(AuditRow.number.desc()).limit(limit)
        if before is not None:
            query = query.where(AuditRow.number < before)
        with self._database.read() as session:
            return [_told(row) for row in session.scalars(query)]

    def lines(self, wanted: Wanted, *, tenant_id: str | None) -> Iterator[str]:
        """All, oldest first, as JSON, one a line, with the hashes of the chain; never in memory whole."""
        query = _query(wanted, tenant_id).order_by(AuditRow.number).limit(_PAGE)
        after = 0
        while True:
            with self._database.read() as session:
                page = [_told(row) for row in session.scalars(query.where(AuditRow.number > after))]
            if not page:
                return
            for line in page:
                yield json.dumps(line, ensure_ascii=False) + "\n"
            after = page[-1]["number"]


def _query(wanted: Wanted, tenant_id: str | None) -> Select[AuditRow]:
    query = select(AuditRow)
    if tenant_id is not None:
        query = query.where(AuditRow.tenant_id == tenant_id)
    if wanted.actor:
        query = query.where(AuditRow.actor.contains(wanted.actor, autoescape=True))
    if wanted.action:
        query = query.where(AuditRow.action.startswith(wanted.action, autoescape=True))
    if wanted.subject:
        query = query.where(AuditRow.subject.contains(wanted.subject, autoescape=True))
    return query


def _told(row: AuditRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": row.at.isoformat(),
        "tenant": row.tenant_id,
        "actor": row.actor,
        "action": row.action,
        "subject": row.subject,
        "detail": json.loads(row.detail),
        "hash": row.hash,
    }
