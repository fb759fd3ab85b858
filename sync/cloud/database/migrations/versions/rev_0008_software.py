"""Rollouts of configuration and software: bundles, releases, and whose a rollout is."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0008"
down_revision: Final = "0007"

_ID: Final = sa.String(63)


def upgrade() -> None:
    """Make both tables; rollouts of before are of the whole service."""
    op.create_table(
        "config_bundle",
        sa.Column("name", _ID, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant_id", _ID, nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("created_by", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name="pk_config_bundle"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_config_bundle_tenant_id_tenant"),
    )
    op.create_table(
        "software_release",
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(8), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("published_at", UtcMoment(), nullable=False),
        sa.Column("withdrawn", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_software_release"),
    )
    # No reference to the tenant: SQLite would have to make the table anew for one.
    op.add_column("rollout", sa.Column("tenant_id", _ID, nullable=True))
