"""Tenants, gyms and gateways; objects, records and erasures; datasets and models."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0001"
down_revision: Final = None

_BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID: Final = sa.String(63)
_SHA256: Final = sa.String(64)
_NAME: Final = sa.String(255)


def upgrade() -> None:
    """Make every table of the first version."""
    _tenants()
    _lake()
    _training()


def _tenants() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", _ID, nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tenant"),
    )
    op.create_table(
        "gym",
        sa.Column("id", _ID, nullable=False),
        sa.Column("tenant_id", _ID, nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gym"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_gym_tenant_id_tenant"),
    )
    op.create_index("ix_gym_tenant_id", "gym", ["tenant_id"])
    op.create_table(
        "gateway",
        sa.Column("id", _ID, nullable=False),
        sa.Column("gym_id", _ID, nullable=False),
        sa.Column("token_hash", _SHA256, nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("last_seen_at", UtcMoment(), nullable=True),
        sa.Column("revoked_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_gateway"),
        sa.UniqueConstraint("token_hash", name="uq_gateway_token_hash"),
        sa.ForeignKeyConstraint(["gym_id"], ["gym.id"], name="fk_gateway_gym_id_gym"),
    )
    op.create_index("ix_gateway_gym_id", "gateway", ["gym_id"])


def _lake() -> None:
    op.create_table(
        "raw_object",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("gym_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", _SHA256, nullable=False),
        sa.Column("begun_at", UtcMoment(), nullable=False),
        sa.Column("landed_at", UtcMoment(), nullable=True),
        sa.Column("retired_at", UtcMoment(), nullable=True),
        sa.Column("purged_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_raw_object"),
        sa.UniqueConstraint("name", name="uq_raw_object_name"),
        sa.ForeignKeyConstraint(["gym_id"], ["gym.id"], name="fk_raw_object_gym_id_gym"),
        sa.CheckConstraint("state IN ('writing', 'landed', 'retired')", name="ck_raw_object_state"),
    )
    op.create_index("ix_raw_object_gym_id_state", "raw_object", ["gym_id", "state"])
    op.create_index("ix_raw_object_state_begun_at", "raw_object", ["state", "begun_at"])
    op.create_table(
        "record",
        sa.Column("gym_id", _ID, nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("object_id", _BIG_ID, nullable=False),
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("member", _NAME, nullable=True),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("received_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("gym_id", "id", name="pk_record"),
        sa.ForeignKeyConstraint(["gym_id"], ["gym.id"], name="fk_record_gym_id_gym"),
        sa.ForeignKeyConstraint(["object_id"], ["raw_object.id"], name="fk_record_object_id_raw_object"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_record_gateway_id_gateway"),
    )
    op.create_index("ix_record_gym_id_member", "record", ["gym_id", "member"])
    op.create_index("ix_record_object_id", "record", ["object_id"])
    op.create_table(
        "erasure",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("gym_id", _ID, nullable=False),
        sa.Column("record_id", _ID, nullable=False),
        sa.Column("member", _NAME, nullable=False),
        sa.Column("until", UtcMoment(), nullable=False),
        sa.Column("received_at", UtcMoment(), nullable=False),
        sa.Column("done_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
        sa.UniqueConstraint("gym_id", "record_id", name="uq_erasure_gym_id_record_id"),
        sa.ForeignKeyConstraint(["gym_id"], ["gym.id"], name="fk_erasure_gym_id_gym"),
    )
    op.create_index("ix_erasure_gym_id_member", "erasure", ["gym_id", "member"])
    op.create_index("ix_erasure_done_at", "erasure", ["done_at"])


def _training() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", _SHA256, nullable=False),
        sa.Column("manifest", _NAME, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("first_at", UtcMoment(), nullable=True),
        sa.Column("last_at", UtcMoment(), nullable=True),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("stale_since", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dataset"),
    )
    op.create_table(
        "dataset_object",
        sa.Column("dataset_id", _SHA256, nullable=False),
        sa.Column("object_id", _BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "object_id", name="pk_dataset_object"),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name="fk_dataset_object_dataset_id_dataset"),
        sa.ForeignKeyConstraint(
            ["object_id"], ["raw_object.id"], name="fk_dataset_object_object_id_raw_object"
        ),
    )
    op.create_index("ix_dataset_object_object_id", "dataset_object", ["object_id"])
    op.create_table(
        "model_version",
        sa.Column("id", _BIG_ID, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("status", _ID, nullable=False),
        sa.Column("source", _NAME, nullable=False),
        sa.Column("run_id", _ID, nullable=True),
        sa.Column("parent_id", _BIG_ID, nullable=True),
        sa.Column("code_version", _ID, nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("stale_since", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_model_version"),
        sa.UniqueConstraint("name", "version", name="uq_model_version_name_version"),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["model_version.id"], name="fk_model_version_parent_id_model_version"
        ),
    )
    op.create_index("ix_model_version_parent_id", "model_version", ["parent_id"])
    op.create_table(
        "model_dataset",
        sa.Column("model_id", _BIG_ID, nullable=False),
        sa.Column("dataset_id", _SHA256, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "dataset_id", name="pk_model_dataset"),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model_version.id"], name="fk_model_dataset_model_id_model_version"
        ),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name="fk_model_dataset_dataset_id_dataset"),
    )
    op.create_index("ix_model_dataset_dataset_id", "model_dataset", ["dataset_id"])
