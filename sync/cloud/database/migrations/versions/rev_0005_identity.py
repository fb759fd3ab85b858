"""Claims, certificates and revocation lists; gateways can be decommissioned, tenants disabled."""

from typing import Final

import sqlalchemy as sa
from alembic import op

from sync.cloud.database.base import UtcMoment

revision: Final = "0005"
down_revision: Final = "0004"

_ID: Final = sa.String(63)
_NAME: Final = sa.String(255)
_SHA256: Final = sa.String(64)
_SHORT: Final = sa.String(32)


def upgrade() -> None:
    """Make its tables."""
    op.add_column("tenant", sa.Column("disabled_at", UtcMoment(), nullable=True))
    op.add_column("gateway", sa.Column("decommissioned_at", UtcMoment(), nullable=True))
    op.create_table(
        "claim",
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("salt", _SHORT, nullable=False),
        sa.Column("secret_hash", _SHA256, nullable=False),
        sa.Column("approval", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcMoment(), nullable=False),
        sa.Column("expires_at", UtcMoment(), nullable=False),
        sa.Column("key_sha256", _SHA256, nullable=True),
        sa.Column("asked_at", UtcMoment(), nullable=True),
        sa.Column("decision", _SHORT, nullable=True),
        sa.Column("used_at", UtcMoment(), nullable=True),
        sa.PrimaryKeyConstraint("gateway_id", name="pk_claim"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_claim_gateway_id_gateway"),
    )
    _certificates()


def _certificates() -> None:
    op.create_table(
        "certificate",
        sa.Column("issuer", _NAME, nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("gateway_id", _ID, nullable=False),
        sa.Column("key_sha256", _SHA256, nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("not_before", UtcMoment(), nullable=False),
        sa.Column("not_after", UtcMoment(), nullable=False),
        sa.Column("issued_at", UtcMoment(), nullable=False),
        sa.Column("first_used_at", UtcMoment(), nullable=True),
        sa.Column("superseded_at", UtcMoment(), nullable=True),
        sa.Column("revoked_at", UtcMoment(), nullable=True),
        sa.Column("reason", _SHORT, nullable=True),
        sa.PrimaryKeyConstraint("issuer", "serial", name="pk_certificate"),
        sa.ForeignKeyConstraint(["gateway_id"], ["gateway.id"], name="fk_certificate_gateway_id_gateway"),
    )
    op.create_index("ix_certificate_gateway_id_issued_at", "certificate", ["gateway_id", "issued_at"])
    op.create_index("ix_certificate_revoked_at", "certificate", ["revoked_at"])
    op.create_table(
        "revocation_list",
        sa.Column("issuer", _NAME, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=False),
        sa.Column("der", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcMoment(), nullable=False),
        sa.PrimaryKeyConstraint("issuer", name="pk_revocation_list"),
    )
