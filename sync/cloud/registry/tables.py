"""What the registry says of versions beside what ingest's erasure must know: tags and aliases."""

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import Base


class ModelVersionTag(Base):
    """A word about a version."""

    __tablename__ = "model_version_tag"

    model_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class RegisteredModelAlias(Base):
    """A name that moves from version to version: `champion`, `challenger`."""

    __tablename__ = "registered_model_alias"

    name: Mapped[str] = mapped_column(primary_key=True)
    alias: Mapped[str] = mapped_column(primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model_version.id"), index=True)
