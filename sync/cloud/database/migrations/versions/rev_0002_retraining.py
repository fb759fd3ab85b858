"""Runs of retraining, their stages and their lease; tags and aliases of models."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0002"
down_revision: Final = "0001"

_BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ID: Final = sa.String(63)
_SHA256: Final = sa.String(64)
_NAME: Final = sa.String(255)


def upgrade() -> None:
    """Make the tables of retraining and those of the registry."""
    _retraining()
    _registry()


def _retraining() -> None:
    op.create_table(
        "retraining_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("kind", _ID, nullable=False),
        sa.Column("reason", _NAME, nullable=False),
        sa.Column("dataset_id", _SHA256, nullable=True),
        sa.Column("began_at", UtcMoment(), nullable=False),
        sa.Column("ended_at", UtcMoment(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_retraining_run"),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name="fk_retraining_run_dataset_id_dataset"),
        sa.CheckConstraint(
            "state IN ('running', 'done', 'refused', 'failed')", name="ck_retraining_run_state"
        ),
    )
    op.create_index("ix_retraining_run_dataset_id", "retraining_run", ["dataset_id"])
    op.create_index("ix_retraining_run_state_began_at", "retraining_run", ["state", "began_at"])
    op.create_table(
        "retraining_stage",
        sa.Column("run_id", _ID, nullable=False),
        sa.Column("name", _ID, nullable=False),
        sa.Column("inputs", _SHA256, nullable=False),
        sa.Column("output", _NAME, nullable=False),
        sa.Column("finished_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_retraining_stage"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["retraining_run.id"], name="fk_retraining_stage_run_id_retraining_run"
        ),
    )
    op.create_table(
        "retraining_lease",
        sa.Column("name", _ID, nullable=False),
        sa.Column("owner", _ID, nullable=False),
        sa.Column("until", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_retraining_lease"),
    )


def _registry() -> None:
    op.create_table(
        "model_version_tag",
        sa.Column("model_id", _BIG_ID, nullable=False),
        sa.Column("key", _ID, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "key", name="pk_model_version_tag"),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model_version.id"], name="fk_model_version_tag_model_id_model_version"
        ),
    )
    op.create_table(
        "registered_model_alias",
        sa.Column("name", _ID, nullable=False),
        sa.Column("alias", _ID, nullable=False),
        sa.Column("model_id", _BIG_ID, nullable=False),
        sa.PrimaryKeyConstraint("name", "alias", name="pk_registered_model_alias"),
        sa.ForeignKeyConstraint(
            ["model_id"], ["model_version.id"], name="fk_registered_model_alias_model_id_model_version"
        ),
    )
    op.create_index("ix_registered_model_alias_model_id", "registered_model_alias", ["model_id"])
