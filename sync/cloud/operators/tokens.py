"""Tokens, by which programs use the API: with a role, of a tenant, for a time, until they are revoked."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Tenant
from sync.cloud.gateways import utc_now
from sync.cloud.operators.accounts import OperatorRefused, OperatorUnknown
from sync.cloud.operators.keys import TOKEN, digest, new_key
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.roles import Role
from sync.cloud.operators.tables import OperatorToken

LONGEST: Final = timedelta(days=366)
_ID_BYTES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """A token as lists show it: never itself."""

    id: str
    note: str
    role: Role
    tenant_id: str | None
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Tokens:
    """All tokens of the service. `tenant_id` says whose the asker may touch; None: everybody's."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, note: str, *, role: Role, tenant_id: str | None, lasts: timedelta, by: str
    ) -> tuple[str, str]:
        """Make one; returns its id and itself, shown this once.

        Raises:
            OperatorRefused: it would last too long, or there is no such tenant.
        """
        if not timedelta() < lasts <= LONGEST:
            raise OperatorRefused(f"a token lasts {LONGEST.days} days at most")
        token, now = new_key(TOKEN), self._clock()
        with self._database.write() as session:
            if tenant_id is not None and session.get(Tenant, tenant_id) is None:
                raise OperatorRefused(f"there is no tenant {tenant_id[:64]}; it comes with its first gateway")
            row = OperatorToken(
                id=secrets.token_hex(_ID_BYTES),
                hash=digest(token),
                note=note,
                role=role,
                tenant_id=tenant_id,
                created_by=by,
                created_at=now,
                expires_at=now + lasts,
            )
            session.add(row)
            self._note(session, "token.create", row, by, role=role)
            return row.id, token

    def all(self, *, tenant_id: str | None = None) -> list[TokenInfo]:
        """Those of a tenant, or all, newest first."""
        wanted = select(OperatorToken).order_by(OperatorToken.created_at.desc(), OperatorToken.id)
        if tenant_id is not None:
            wanted = wanted.where(OperatorToken.tenant_id == tenant_id)
        with self._database.read() as session:
            return [
                TokenInfo(
                    id=row.id,
                    note=row.note,
                    role=cast("Role", row.role),
                    tenant_id=row.tenant_id,
                    created_by=row.created_by,
                    created_at=row.created_at,
                    expires_at=row.expires_at,
                    revoked_at=row.revoked_at,
                )
                for row in session.scalars(wanted)
            ]

    def revoke(self, token_id: str, *, by: str, tenant_id: str | None = None) -> None:
        """Make one useless at once; doing so again changes nothing.

        Raises:
            OperatorUnknown: there is none of this id.
        """
        with self._database.write() as session:
            row = session.get(OperatorToken, token_id)
            if row is None or (tenant_id is not None and row.tenant_id != tenant_id):
                raise OperatorUnknown(f"there is no token {token_id[:64]}")
            if row.revoked_at is None:
                row.revoked_at = self._clock()
                self._note(session, "token.revoke", row, by)

    def find(self, token: str) -> Principal | None:
        """Whom a token stands for; None when it is nobody's, expired or revoked."""
        with self._database.read() as session:
            row = session.scalar(select(OperatorToken).where(OperatorToken.hash == digest(token)))
        if row is None or row.revoked_at is not None or row.expires_at <= self._clock():
            return None
        return Principal(kind="token", name=row.id, role=cast("Role", row.role), tenant_id=row.tenant_id)

    def _note(self, session: Session, action: str, row: OperatorToken, by: str, **detail: str) -> None:
        line = audit.Line(
            at=self._clock(),
            tenant_id=row.tenant_id,
            actor=by,
            action=action,
            subject=f"token {row.id}",
            detail=detail,
        )
        audit.append(session, line)
