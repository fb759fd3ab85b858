"""Shadows, tags of gateways, rollouts, and the audit that nobody can change."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0003"
down_revision: Final = "0002"

_ID: Final = sa.String(63)
_SHA256: Final = sa.String(64)
_NAME: Final = sa.String(255)
_STATE: Final = sa.String(16)
_REFUSAL: Final = "the audit is never changed"


def upgrade() -> None:
    """Make the tables, and guard the audit."""
    _shadows()
    _rollouts()
    _audit()


def _shadows() -> None:
    op.create_table(
        "shadow",
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("desired", sa.Text(), nullable=False),
        sa.Column("reported", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", "name", name="pk_shadow"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_shadow_gateway_id_gateway"),
    )
    op.create_table(
        "gateway_tag",
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("tag", _ID, nullable=False),
        sa.PrimaryKeyConstraint("gateway_id", "tag", name="pk_gateway_tag"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_gateway_tag_gateway_id_gateway"),
    )


def _rollouts() -> None:
    op.create_table(
        "rollout",
        sa.Column("id", _ID, nullable=False),
        sa.Column("shadow", _ID, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("challenger", sa.Text(), nullable=False),
        sa.Column("champion", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.Column("good_since", UtcMoment(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("ended", _STATE, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("created_by", _NAME, nullable=False),
        sa.Column("changed_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rollout"),
        sa.CheckConstraint("ended IN ('halted', 'aborted', 'finished')", name="ck_rollout_ended"),
    )
    op.create_index("ix_rollout_changed_at", "rollout", ["changed_at"])
    goes_on = sa.text("ended IS NULL")
    op.create_index(
        "uq_rollout_going_on",
        "rollout",
        ["shadow", "subject"],
        unique=True,
        sqlite_where=goes_on,
        postgresql_where=goes_on,
    )
    op.create_table(
        "rollout_member",
        sa.Column("rollout_id", _ID, nullable=False),
        sa.Column("group_number", sa.Integer(), nullable=False),
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("state", _STATE, nullable=True),
        sa.Column("since", UtcMoment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rollout_id", "group_number", "gateway_id", name="pk_rollout_member"),
        sa.ForeignKeyConstraint(["rollout_id"], ["rollout.id"], name="fk_rollout_member_rollout_id_rollout"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_rollout_member_gateway_id_gateway"),
    )
    op.create_index("ix_rollout_member_gateway_id", "rollout_member", ["gateway_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcMoment(), nullable=False),
        sa.Column("tenant_id", _ID, nullable=True),
        sa.Column("actor", _NAME, nullable=False),
        sa.Column("action", _ID, nullable=False),
        sa.Column("subject", _NAME, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("hash", _SHA256, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_audit_tenant_id_tenant"),
    )
    op.create_index("ix_audit_tenant_id", "audit", ["tenant_id"])
    op.create_index("ix_audit_subject", "audit", ["subject"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("hash", _SHA256, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_head"),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": "0" * 64}])
    _refuse_changes()


def _refuse_changes() -> None:
    """Have the database itself refuse to change or delete a line."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{deed.lower()} BEFORE {deed} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )
