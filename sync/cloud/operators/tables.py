"""Accounts, their sessions, and the tokens of programs. Of every secret there is only a hash."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import SHA256_LENGTH, Base
from sync.cloud.database.tables import NAME_LENGTH
from sync.cloud.operators.roles import ROLES

_ROLE: Final = String(16)


class OperatorRow(Base):
    """Somebody who may log in. `setup_hash` is of the one-time link by which the password is chosen."""

    __tablename__ = "operator"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str | None] = mapped_column(ForeignKey("tenant.id"), index=True)
    role: Mapped[str] = mapped_column(_ROLE)
    password_hash: Mapped[str | None] = mapped_column(Text)
    setup_hash: Mapped[str | None] = mapped_column(String(SHA256_LENGTH), unique=True)
    setup_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class OperatorSession(Base):
    """Somebody who is logged in."""

    __tablename__ = "operator_session"

    hash: Mapped[str] = mapped_column(String(SHA256_LENGTH), primary_key=True)
    name: Mapped[str] = mapped_column(ForeignKey("operator.name"), index=True)
    begun_at: Mapped[datetime]
    used_at: Mapped[datetime]


class OperatorToken(Base):
    """A program's key to the API."""

    __tablename__ = "operator_token"
    __table_args__ = (CheckConstraint(f"role IN {ROLES}", name="role"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(SHA256_LENGTH), unique=True)
    note: Mapped[str] = mapped_column(String(NAME_LENGTH))
    role: Mapped[str] = mapped_column(_ROLE)
    tenant_id: Mapped[str | None] = mapped_column(ForeignKey("tenant.id"), index=True)
    created_by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
