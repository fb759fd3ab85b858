"""Claims, the certificates that were issued, and the newest revocation list of each issuer."""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from sync.cloud.database.base import SHA256_LENGTH, Base
from sync.cloud.database.tables import NAME_LENGTH

Decision = Literal["approved", "rejected"]
_SERIAL: Final = String(40)  # 20 octets (RFC 5280, 4.1.2.2), in hex
_SHORT: Final = String(32)


class Claim(Base):
    """What lets a box enrol once; a newer one for the same box takes its place.

    `key_sha256` is the key that came first with it: from then on the claim is for that key alone.
    """

    __tablename__ = "claim"

    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(_SHORT)
    secret_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    approval: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    key_sha256: Mapped[str | None] = mapped_column(String(SHA256_LENGTH))
    asked_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(_SHORT)
    used_at: Mapped[datetime | None]


class CertificateRow(Base):
    """A certificate of a box. Once its successor was used it is superseded, and lets nobody in any more."""

    __tablename__ = "certificate"
    __table_args__ = (Index(None, "gateway_id", "issued_at"),)

    issuer: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    serial: Mapped[str] = mapped_column(_SERIAL, primary_key=True)
    gateway_id: Mapped[str] = mapped_column(ForeignKey("gateway.id"))
    key_sha256: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    chain: Mapped[str] = mapped_column(Text)
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    issued_at: Mapped[datetime]
    first_used_at: Mapped[datetime | None]
    superseded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None] = mapped_column(index=True)
    reason: Mapped[str | None] = mapped_column(_SHORT)


class RevocationListRow(Base):
    """The newest revocation list of an issuer; `revoked` certificates were so when it was made, ever."""

    __tablename__ = "revocation_list"

    issuer: Mapped[str] = mapped_column(String(NAME_LENGTH), primary_key=True)
    number: Mapped[int]
    revoked: Mapped[int]
    der: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime]
