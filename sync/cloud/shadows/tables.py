"""The documents, and words about boxes by which they are chosen."""

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import Base


class ShadowRow(Base):
    """A named shadow of a gateway; `desired` and `reported` are JSON objects."""

    __tablename__ = "shadow"

    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    desired: Mapped[str] = mapped_column(Text)
    reported: Mapped[str] = mapped_column(Text)
    version: Mapped[int]
    changed_at: Mapped[datetime]


class GatewayTag(Base):
    """A word that an operator gave a gateway, such as `ring=early`."""

    __tablename__ = "gateway_tag"

    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
