"""Jobs, how each box got on with them, and the bundles of diagnostics that boxes sent."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0006"
down_revision: Final = "0005"

_ID: Final = sa.String(63)
_SHA256: Final = sa.String(64)
_NAME: Final = sa.String(255)
_STATES: Final = (
    "'QUEUED', 'IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'REJECTED', 'TIMED_OUT', 'REMOVED', 'CANCELED'"
)


def upgrade() -> None:
    """Make its tables."""
    op.create_table(
        "job",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("idempotency_key", _NAME, nullable=True),
        sa.Column("created_by", _NAME, nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("expires_at", UtcMoment(), nullable=False),
        sa.Column("timeout_s", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_job_tenant_id_tenant"),
        sa.UniqueConstraint("tenant_id", "idempotency_key", name="uq_job_tenant_id_idempotency_key"),
    )
    op.create_index("ix_job_tenant_id_created_at", "job", ["tenant_id", "created_at"])
    op.create_table(
        "job_execution",
        *_of_box("job_execution"),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("started_at", UtcMoment(), nullable=True),
        sa.Column("ended_at", UtcMoment(), nullable=True),
        sa.CheckConstraint(f"state IN ({_STATES})", name="ck_job_execution_state"),
    )
    op.create_index("ix_job_execution_gateway_id", "job_execution", ["gateway_id"])
    op.create_index("ix_job_execution_state", "job_execution", ["state"])
    op.create_table(
        "diagnostics_bundle",
        *_of_box("diagnostics_bundle"),
        sa.Column("object_name", _NAME, nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", _SHA256, nullable=False),
        sa.Column("begun_at", UtcMoment(), nullable=False),
        sa.Column("stored_at", UtcMoment(), nullable=True),
    )
    op.create_index("ix_diagnostics_bundle_gateway_id", "diagnostics_bundle", ["gateway_id"])
    op.create_index("ix_diagnostics_bundle_begun_at", "diagnostics_bundle", ["begun_at"])


def _of_box(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    """The columns that say which job on which box."""
    return (
        sa.Column("job_id", _ID, nullable=False),
        sa.Column("gateway_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "gateway_id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=f"fk_{table}_job_id_job"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name=f"fk_{table}_gateway_id_gateway"),
    )
