"""Rollouts, and how each of their boxes fares."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import SHA256_LENGTH, Base
from sync.cloud.database.tables import NAME_LENGTH

_STATE: Final = String(16)
_GOES_ON: Final = text("ended IS NULL")


class RolloutRow(Base):
    """A rollout; `ended` is null while it goes on, and of one subject only one goes on at a time.

    `tenant_id` is null for one of the whole service.
    """

    __tablename__ = "rollout"
    __table_args__ = (
        CheckConstraint("ended IN ('halted', 'aborted', 'finished')", name="ended"),
        Index(
            "uq_rollout_going_on",
            "shadow",
            "subject",
            unique=True,
            sqlite_where=_GOES_ON,
            postgresql_where=_GOES_ON,
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    shadow: Mapped[str]
    subject: Mapped[str]
    tenant_id: Mapped[str | None]
    challenger: Mapped[str] = mapped_column(Text)
    champion: Mapped[str] = mapped_column(Text)
    plan: Mapped[str] = mapped_column(Text)
    group_number: Mapped[int]
    begun: Mapped[bool]
    good_since: Mapped[datetime | None]
    paused: Mapped[bool]
    ended: Mapped[str | None] = mapped_column(_STATE)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    changed_at: Mapped[datetime] = mapped_column(index=True)


class RolloutMember(Base):
    """A box of a group; `state` is null until it is given the release."""

    __tablename__ = "rollout_member"

    rollout_id: Mapped[str] = mapped_column(ForeignKey("rollout.id"), primary_key=True)
    group_number: Mapped[int] = mapped_column(primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True, index=True)
    place: Mapped[int]
    state: Mapped[str | None] = mapped_column(_STATE)
    since: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text)


class ConfigBundle(Base):
    """A version of a bundle of settings, JSON; `tenant_id` is null for one of the whole service."""

    __tablename__ = "config_bundle"

    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant_id: Mapped[str | None] = mapped_column(ForeignKey("tenant.id"))
    settings: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(NAME_LENGTH))


class SoftwareRelease(Base):
    """A signed release of the box's software; `withdrawn` says why nobody is to get it any more."""

    __tablename__ = "software_release"

    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    target: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    published_at: Mapped[datetime]
    withdrawn: Mapped[str] = mapped_column(Text)
