"""Jobs, how each box got on with them, and the bundles of diagnostics that boxes sent."""

from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from provisioning.jobs import STATES
from sync.cloud.database.base import SHA256_LENGTH, Base
from sync.cloud.database.tables import NAME_LENGTH

_STATE: Final = String(16)
_KIND: Final = String(32)


class JobRow(Base):
    """A job; `parameters` is a JSON object. The same idempotency key makes no second one in a tenant."""

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("tenant_id", "idempotency_key"),
        Index(None, "tenant_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    tenant_id: Mapped[str] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(_KIND)
    parameters: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(String(NAME_LENGTH))
    created_by: Mapped[str] = mapped_column(String(NAME_LENGTH))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    timeout_s: Mapped[float] = mapped_column(Double)


class JobExecution(Base):
    """A job on one box; `result` is a JSON object."""

    __tablename__ = "job_execution"
    __table_args__ = (CheckConstraint(f"state IN {STATES}", name="state"),)

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(_STATE, index=True)
    reason: Mapped[str] = mapped_column(Text)
    progress: Mapped[float | None] = mapped_column(Double)
    result: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class DiagnosticsBundle(Base):
    """What a box sent for a job; `stored_at` is null until all its bytes are in the store of objects."""

    __tablename__ = "diagnostics_bundle"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True, index=True)
    object_name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    begun_at: Mapped[datetime] = mapped_column(index=True)
    stored_at: Mapped[datetime | None]
