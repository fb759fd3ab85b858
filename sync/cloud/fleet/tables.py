"""Alerts: one row for each thing that can be wrong, however often it is."""

from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import Base
from sync.cloud.database.tables import NAME_LENGTH

Severity = Literal["warning", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
# SQLite counts up by itself only in a column that is INTEGER to the letter.
_BIG_ID: Final = BigInteger().with_variant(Integer, "sqlite")


class AlertRow(Base):
    """Something that is or was wrong; `key` says what and where, so that the same is never there twice.

    `first_at`: seen this time for the first time; `opened_at`: shown since, None while it may yet pass;
    `last_at`: seen last; `count`: how often it came; `resolved_at`: gone since.
    """

    __tablename__ = "alert"
    __table_args__ = (CheckConstraint(f"severity IN {SEVERITIES}", name="severity"),)

    id: Mapped[int] = mapped_column(_BIG_ID, primary_key=True)
    key: Mapped[str] = mapped_column(String(NAME_LENGTH), unique=True)
    tenant_id: Mapped[str | None] = mapped_column(ForeignKey("tenant.id"))
    gateway_id: Mapped[str | None] = mapped_column(ForeignKey("gateway.id"), index=True)
    kind: Mapped[str]
    severity: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    first_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    last_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    resolved_at: Mapped[datetime | None]
