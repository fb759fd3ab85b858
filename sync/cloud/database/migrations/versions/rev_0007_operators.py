"""People who look after the fleet, their sessions and tokens; alerts."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0007"
down_revision: Final = "0006"

_ID: Final = sa.String(63)
_SHA256: Final = sa.String(64)
_NAME: Final = sa.String(255)
_ROLE: Final = sa.String(16)
_BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ROLES: Final = "role IN ('viewer', 'operator', 'release-manager', 'admin')"


def upgrade() -> None:
    """Make its tables."""
    _operators()
    _tokens()
    _alerts()


def _operators() -> None:
    op.create_table(
        "operator",
        sa.Column("name", _ID, nullable=False),
        sa.Column("tenant_id", _ID, nullable=True),
        sa.Column("role", _ROLE, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("setup_hash", _SHA256, nullable=True),
        sa.Column("setup_until", UtcMoment(), nullable=True),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_operator"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_operator_tenant_id_tenant"),
        sa.UniqueConstraint("setup_hash", name="uq_operator_setup_hash"),
        sa.CheckConstraint(_ROLES, name="ck_operator_role"),
    )
    op.create_index("ix_operator_tenant_id", "operator", ["tenant_id"])
    op.create_table(
        "operator_session",
        sa.Column("hash", _SHA256, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("begun_at", UtcMoment(), nullable=False),
        sa.Column("used_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_operator_session"),
        sa.ForeignKeyConstraint(["name"], ["operator.name"], name="fk_operator_session_name_operator"),
    )
    op.create_index("ix_operator_session_name", "operator_session", ["name"])


def _tokens() -> None:
    op.create_table(
        "operator_token",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hash", _SHA256, nullable=False),
        sa.Column("note", _NAME, nullable=False),
        sa.Column("role", _ROLE, nullable=False),
        sa.Column("tenant_id", _ID, nullable=True),
        sa.Column("created_by", _NAME, nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("expires_at", UtcMoment(), nullable=False),
        sa.Column("revoked_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_operator_token"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_operator_token_tenant_id_tenant"),
        sa.UniqueConstraint("hash", name="uq_operator_token_hash"),
        sa.CheckConstraint(_ROLES, name="ck_operator_token_role"),
    )
    op.create_index("ix_operator_token_tenant_id", "operator_token", ["tenant_id"])


def _alerts() -> None:
    op.create_table(
        "alert",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("tenant_id", _ID, nullable=True),
        sa.Column("gateway_id", _ID, nullable=True),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("severity", _ROLE, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_at", UtcMoment(), nullable=False),
        sa.Column("opened_at", UtcMoment(), nullable=True),
        sa.Column("last_at", UtcMoment(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", UtcMoment(), nullable=True),
        sa.Column("acknowledged_by", _NAME, nullable=True),
        sa.Column("resolved_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_alert_tenant_id_tenant"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_alert_gateway_id_gateway"),
        sa.UniqueConstraint("key", name="uq_alert_key"),
        sa.CheckConstraint("severity IN ('warning', 'critical')", name="ck_alert_severity"),
    )
    op.create_index("ix_alert_gateway_id", "alert", ["gateway_id"])
    op.create_index("ix_alert_last_at", "alert", ["last_at"])
