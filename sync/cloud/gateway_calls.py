"""Which box is calling, by what it shows; within somebody's transaction.

Every request of a box asks this, and most ask little else. So each question is one statement, made once, for
columns and not for objects, and what can be decided by the database is decided there.
"""

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.orm import Session

from sync.cloud.database.tables import Gateway, Gym, Tenant
from sync.cloud.est.tables import CertificateRow
from sync.cloud.gateway_rows import ID, CredentialsDiffer, GatewayRevoked, GatewayUnknown, hash_of

_BOX: Final = (
    select(
        Gateway.id,
        Gateway.gym_id,
        Gym.tenant_id,
        Gateway.revoked_at.is_not(None).label("is_revoked"),
        Tenant.disabled_at.is_not(None).label("is_disabled"),
    )
    .join(Gym, Gym.id == Gateway.gym_id)
    .join(Tenant, Tenant.id == Gym.tenant_id)
)
_BY_TOKEN: Final = _BOX.where(Gateway.token_hash == bindparam("hash"))
_BY_CERTIFICATE: Final = (
    _BOX.add_columns(
        CertificateRow.gateway_id.label("owner"),
        CertificateRow.revoked_at.is_not(None).label("is_ended"),
        CertificateRow.superseded_at.is_not(None).label("is_replaced"),
        CertificateRow.first_used_at.is_(None).label("is_new"),
    )
    .outerjoin(
        CertificateRow,
        (CertificateRow.issuer == bindparam("issuer")) & (CertificateRow.serial == bindparam("serial")),
    )
    .where(Gateway.id == bindparam("name"))
)
_SIGNS_FOR_US: Final = (
    select(CertificateRow.serial).where(CertificateRow.issuer == bindparam("issuer")).limit(1)
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls: a gateway, the gym that it may speak for, and whose gym that is."""

    gateway_id: str
    gym_id: str
    tenant_id: str


@dataclass(frozen=True, slots=True)
class Peer:
    """The certificate that a connection showed; TLS has verified it.

    Attributes:
        name: its common name; "" when it has not exactly one.
        issuer: who signed it (RFC 4514).
        serial: of the certificate, in hex.
        der: the whole.
    """

    name: str
    issuer: str = ""
    serial: str = ""
    der: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request shows of who it is from: a certificate, a token, both or neither."""

    peer: Peer | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody who was let in.

    Attributes:
        identity: who.
        is_new: whether the certificate was used for the first time.
    """

    identity: Identity
    is_new: bool = False


def who_calls(connection: Connection, shown: Shown, *, named_by: Container[str] | None) -> Called:
    """Whom this is shown by. The certificate is looked at first.

    A certificate of an issuer that signs for us must be one that we know. Others, of an authority of the
    operator's own, go by their name alone.

    Args:
        connection: to the database.
        shown: by the request.
        named_by: issuers whose certificates go by their name alone; None: all that TLS trusts.

    Raises:
        GatewayUnknown: by nobody.
        GatewayRevoked: by somebody who was sent away, or with a certificate that its successor has replaced.
        CredentialsDiffer: certificate and token are of two.
    """
    by_certificate = None if shown.peer is None else _by_certificate(connection, shown.peer, named_by)
    by_token = None if shown.token is None else _by_token(connection, shown.token)
    if by_certificate is None or by_token is None:
        called = by_certificate or by_token
        if called is None:
            raise GatewayUnknown
        return called
    if by_certificate.identity != by_token.identity:
        raise CredentialsDiffer
    return by_certificate


def note_first_use(session: Session, newest: Peer, *, now: datetime) -> None:
    """A certificate was used for the first time: those of its gateway before it have done their duty."""
    used = CertificateRow.issuer == newest.issuer, CertificateRow.serial == newest.serial
    issued_at = select(CertificateRow.issued_at).where(*used).scalar_subquery()
    others = (
        CertificateRow.gateway_id == newest.name,
        CertificateRow.issued_at < issued_at,
        CertificateRow.superseded_at.is_(None),
    )
    session.execute(update(CertificateRow).where(*used).values(first_used_at=now))
    session.execute(update(CertificateRow).where(*others).values(superseded_at=now))


def _by_token(connection: Connection, token: str) -> Called:
    # The hash of a secret of 256 bits: how long the look-up takes tells nothing that could be used.
    found = connection.execute(_BY_TOKEN, {"hash": hash_of(token)}).one_or_none()
    if found is None:
        raise GatewayUnknown
    return Called(_let_in(found))


def _by_certificate(connection: Connection, peer: Peer, named_by: Container[str] | None) -> Called:
    if not ID.fullmatch(peer.name):
        raise GatewayUnknown
    told = {"name": peer.name, "issuer": peer.issuer, "serial": peer.serial}
    found = connection.execute(_BY_CERTIFICATE, told).one_or_none()
    if found is None:
        raise GatewayUnknown
    if found.owner is None:  # not one of those that we know
        if named_by is not None and peer.issuer not in named_by:
            raise GatewayUnknown
        if connection.scalar(_SIGNS_FOR_US, told) is not None:
            raise GatewayUnknown
        return Called(_let_in(found))
    if found.owner != peer.name:
        raise GatewayUnknown
    if found.is_ended or found.is_replaced:
        raise GatewayRevoked("This certificate was revoked.")
    return Called(_let_in(found), is_new=found.is_new)


def _let_in(found: Row[*tuple[Any, ...]]) -> Identity:
    if found.is_revoked:
        raise GatewayRevoked("This gateway was revoked.")
    if found.is_disabled:
        raise GatewayRevoked("This tenant was disabled.")
    return Identity(found.id, found.gym_id, found.tenant_id)
