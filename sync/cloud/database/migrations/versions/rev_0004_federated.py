"""Rounds of federated learning, and the updates that boxes sent for them."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0004"
down_revision: Final = "0003"

_ID: Final = sa.String(63)
_SHA256: Final = sa.String(64)
_GOES_ON: Final = sa.text("ended_at IS NULL")


def upgrade() -> None:
    """Make both tables."""
    op.create_table(
        "federated_round",
        sa.Column("id", _ID, nullable=False),
        sa.Column("model", _ID, nullable=False),
        sa.Column("start_version", _ID, nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("offer", sa.Text(), nullable=False),
        sa.Column("min_train_nodes", sa.Integer(), nullable=False),
        sa.Column("enough_train_nodes", sa.Integer(), nullable=False),
        sa.Column("fraction_train", sa.Double(), nullable=False),
        sa.Column("started_at", UtcMoment(), nullable=False),
        sa.Column("deadline", UtcMoment(), nullable=False),
        sa.Column("ended_at", UtcMoment(), nullable=True),
        sa.Column("num_examples", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("result_version", _ID, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_federated_round"),
        sa.CheckConstraint(
            "state IN ('open', 'closed', 'averaged', 'accepted', 'refused', 'failed')",
            name="ck_federated_round_state",
        ),
    )
    op.create_index(
        "uq_federated_round_going_on",
        "federated_round",
        ["model"],
        unique=True,
        sqlite_where=_GOES_ON,
        postgresql_where=_GOES_ON,
    )
    op.create_table(
        "federated_update",
        sa.Column("round_id", _ID, nullable=False),
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("sha256", _SHA256, nullable=False),
        sa.Column("num_examples", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("received_at", UtcMoment(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("round_id", "gateway_id", name="pk_federated_update"),
        sa.ForeignKeyConstraint(
            ["round_id"], ["federated_round.id"], name="fk_federated_update_round_id_federated_round"
        ),
        sa.ForeignKeyConstraint(
            ["gateway_id"], ["gateway.id"], name="fk_federated_update_gateway_id_gateway"
        ),
    )
