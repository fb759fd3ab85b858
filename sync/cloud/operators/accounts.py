"""Accounts: made by somebody who has one or sits at the service's terminal; never with a default password."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Tenant
from sync.cloud.gateways import utc_now
from sync.cloud.operators.keys import digest
from sync.cloud.operators.passwords import hash_password, is_right
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.roles import Role
from sync.cloud.operators.tables import OperatorRow, OperatorSession

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.@+-]{0,62}")
SETUP_WITHIN: Final = timedelta(hours=24)
_SETUP_BYTES: Final = 24


class OperatorRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """This cannot be done to an account; the text says why and what to do."""


class OperatorUnknown(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """There is no account of this name among those that the asker sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account as lists show it."""

    name: str
    role: Role
    tenant_id: str | None
    created_at: datetime
    has_password: bool


class Accounts:
    """All accounts of the service. `tenant_id` says whose the asker may touch; None: everybody's."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def add(
        self,
        name: str,
        *,
        role: Role,
        tenant_id: str | None,
        by: str,
        password: str | None = None,
    ) -> str | None:
        """Make an account; without a password, returns a code by which its owner chooses one, once.

        Raises:
            OperatorRefused: the name is malformed or taken, or there is no such tenant.
            PasswordRefused: the password will not do.
        """
        if not NAME.fullmatch(name):
            raise OperatorRefused(f"{name[:64]!r} is no name: letters, digits and . _ @ + -, 63 at most")
        kept = None if password is None else hash_password(password, name=name)
        code = None if password is not None else secrets.token_urlsafe(_SETUP_BYTES)
        with self._database.write() as session:
            if session.get(OperatorRow, name) is not None:
                raise OperatorRefused(f"there is an account {name} already")
            if tenant_id is not None and session.get(Tenant, tenant_id) is None:
                raise OperatorRefused(f"there is no tenant {tenant_id[:64]}; it comes with its first gateway")
            now = self._clock()
            row = OperatorRow(name=name, tenant_id=tenant_id, role=role, password_hash=kept, created_at=now)
            if code is not None:
                row.setup_hash, row.setup_until = digest(code), now + SETUP_WITHIN
            session.add(row)
            self._note(session, "operator.add", row, by, role=role)
        return code

    def all(self, *, tenant_id: str | None = None) -> list[Account]:
        """Those of a tenant, or all, by name."""
        wanted = select(OperatorRow).order_by(OperatorRow.name)
        if tenant_id is not None:
            wanted = wanted.where(OperatorRow.tenant_id == tenant_id)
        with self._database.read() as session:
            return [
                Account(
                    name=row.name,
                    role=cast("Role", row.role),
                    tenant_id=row.tenant_id,
                    created_at=row.created_at,
                    has_password=row.password_hash is not None,
                )
                for row in session.scalars(wanted)
            ]

    def remove(self, name: str, *, by: str, tenant_id: str | None = None) -> None:
        """Delete an account; whoever is logged in with it is not any more.

        Raises:
            OperatorUnknown: there is none.
        """
        with self._database.write() as session:
            row = self._held(session, name, tenant_id)
            _end_sessions(session, name)
            session.delete(row)
            self._note(session, "operator.remove", row, by)

    def set_role(self, name: str, role: Role, *, by: str, tenant_id: str | None = None) -> None:
        """Let an account do other things; from its next request on.

        Raises:
            OperatorUnknown: there is none.
        """
        with self._database.write() as session:
            row = self._held(session, name, tenant_id)
            row.role = role
            self._note(session, "operator.role", row, by, role=role)

    def renew(self, name: str, *, by: str, tenant_id: str | None = None) -> str:
        """Take the password away, end every session, and return a code to choose a new one with.

        Raises:
            OperatorUnknown: there is none.
        """
        code = secrets.token_urlsafe(_SETUP_BYTES)
        with self._database.write() as session:
            row = self._held(session, name, tenant_id)
            _end_sessions(session, name)
            row.password_hash = None
            row.setup_hash, row.setup_until = digest(code), self._clock() + SETUP_WITHIN
            self._note(session, "operator.renew", row, by)
        return code

    def set_up(self, code: str, password: str) -> str:
        """Choose the password of the account that the code is for; returns its name. The code is used up.

        Raises:
            OperatorUnknown: the code is of nobody, was used, or is too old.
            PasswordRefused: the password will not do; the code can be used again.
        """
        with self._database.read() as session:
            row = self._owner(session, code)
            name = row.name
        kept = hash_password(password, name=name)
        with self._database.write() as session:
            row = self._owner(session, code)
            row.password_hash, row.setup_hash, row.setup_until = kept, None, None
            self._note(session, "operator.setup", row, f"operator {name}")
        return name

    def change_password(self, name: str, old: str, new: str) -> None:
        """Choose another password; every session ends.

        Raises:
            OperatorUnknown: the old one is not right.
            PasswordRefused: the new one will not do.
        """
        if self.verify(name, old) is None:
            raise OperatorUnknown("the old password is not right")
        kept = hash_password(new, name=name)
        with self._database.write() as session:
            row = self._held(session, name, None)
            row.password_hash = kept
            _end_sessions(session, name)
            self._note(session, "operator.password", row, f"operator {name}")

    def verify(self, name: str, password: str) -> Principal | None:
        """Whose name and password these are; None when they are nobody's. Slow, for anybody alike."""
        with self._database.read() as session:
            row = session.get(OperatorRow, name)
            kept = None if row is None else row.password_hash
        if not is_right(kept, password) or row is None:
            return None
        return principal_of(row)

    def note_login(self, name: str, *, right: bool, client: str) -> None:
        """Write down that somebody logged in, or was not let in; a name that nobody has is noted as well."""
        with self._database.write() as session:
            row = session.get(OperatorRow, name)
            line = audit.Line(
                at=self._clock(),
                tenant_id=None if row is None else row.tenant_id,
                actor=f"operator {name}" if row is not None else "somebody",
                action="operator.login" if right else "operator.login_refused",
                subject=f"operator {name}" if row is not None else "operator",
                detail={"client": client},
            )
            audit.append(session, line)

    def _owner(self, session: Session, code: str) -> OperatorRow:
        row = session.scalar(select(OperatorRow).where(OperatorRow.setup_hash == digest(code)))
        if row is None or row.setup_until is None or row.setup_until <= self._clock():
            raise OperatorUnknown("this link was used or is too old; ask for another one")
        return row

    def _held(self, session: Session, name: str, tenant_id: str | None) -> OperatorRow:
        row = session.scalar(select(OperatorRow).where(OperatorRow.name == name).with_for_update())
        if row is None or (tenant_id is not None and row.tenant_id != tenant_id):
            raise OperatorUnknown(f"there is no account {name[:64]}")
        return row

    def _note(self, session: Session, action: str, row: OperatorRow, by: str, **detail: str) -> None:
        subject = f"operator {row.name}"
        line = audit.Line(
            at=self._clock(),
            tenant_id=row.tenant_id,
            actor=by,
            action=action,
            subject=subject,
            detail=detail,
        )
        audit.append(session, line)


def principal_of(row: OperatorRow) -> Principal:
    """Who an account is."""
    return Principal(kind="operator", name=row.name, role=cast("Role", row.role), tenant_id=row.tenant_id)


def _end_sessions(session: Session, name: str) -> None:
    session.execute(delete(OperatorSession).where(OperatorSession.name == name))
