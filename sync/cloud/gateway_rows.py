"""The rows of gateways, tenants and gyms, and what happens to them; within somebody's transaction."""

import hashlib
import re
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from sync.cloud import audit
from sync.cloud.database.tables import Gateway, Gym, Tenant
from sync.cloud.est.tables import CertificateRow

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
SECRET_BYTES: Final = 32


class GatewayRefused(Exception):  # noqa: N818 - named by what happened
    """This cannot become a gateway; the text says why and what to do."""


class GatewayUnknown(LookupError):  # noqa: N818 - named by what happened
    """There is no gateway with this id."""


class GatewayRevoked(Exception):  # noqa: N818 - named by what happened
    """The gateway, its certificate, or its whole tenant was sent away; the text says which."""


class CredentialsDiffer(Exception):  # noqa: N818 - named by what happened
    """A certificate and a token were shown that are of two gateways."""


def let_in(session: Session, gateway_id: str, *, gym_id: str, tenant_id: str, now: datetime) -> Gateway:
    """The row of a gateway, made with its gym and tenant where they are new; a revoked one is valid again.

    Whatever token it had is worth nothing any more, unless it was valid.

    Raises:
        GatewayRefused: an id is malformed, or the gateway or the gym is somebody else's, or is no more.
    """
    for what, text in {"gateway": gateway_id, "gym": gym_id, "tenant": tenant_id}.items():
        if not ID.fullmatch(text):
            raise GatewayRefused(
                f"{what} {text!r}: letters, digits, dot, dash and underscore, 63 at most, "
                "the first a letter or digit"
            )
    _put_gym(session, gym_id, tenant_id, now)
    gateway = session.get(Gateway, gateway_id)
    if gateway is None:
        gateway = Gateway(id=gateway_id, gym_id=gym_id, created_at=now, token_hash=_hash_of_none())
        session.add(gateway)
        session.flush()
    elif gateway.gym_id != gym_id:
        raise GatewayRefused(
            f"gateway {gateway_id} belonged to another gym, {gateway.gym_id}; choose another id"
        )
    elif gateway.decommissioned_at is not None:
        raise GatewayRefused(f"gateway {gateway_id} was decommissioned; choose another id")
    elif gateway.revoked_at is not None:
        gateway.revoked_at, gateway.token_hash = None, _hash_of_none()
    return gateway


def find_gateway(session: Session, gateway_id: str, tenant_id: str | None) -> tuple[Gateway, str]:
    """A gateway and its tenant.

    Raises:
        GatewayUnknown: there is none with this id, in this tenant if one is named.
    """
    query = select(Gateway, Gym.tenant_id).join(Gym, Gym.id == Gateway.gym_id).where(Gateway.id == gateway_id)
    found = session.execute(query).one_or_none()
    if found is None or tenant_id not in (None, found[1]):
        raise GatewayUnknown(f"there is no gateway {gateway_id}; gymbox cloud gateways list shows them")
    return found[0], found[1]


def revoke_certificates(session: Session, gateway_id: str, *, reason: str, now: datetime) -> None:
    """Revoke what a gateway has; `reason` as RFC 5280, 5.3.1 calls it."""
    held = CertificateRow.gateway_id == gateway_id, CertificateRow.revoked_at.is_(None)
    session.execute(update(CertificateRow).where(*held).values(revoked_at=now, reason=reason))


def tell(
    session: Session, subject: str, tenant_id: str, action: str, *, by: str, at: datetime, **detail: str
) -> None:
    """Write a line of the audit."""
    audit.append(
        session,
        audit.Line(at=at, tenant_id=tenant_id, actor=by, action=action, subject=subject, detail=detail),
    )


def _put_gym(session: Session, gym_id: str, tenant_id: str, now: datetime) -> None:
    if session.get(Tenant, tenant_id) is None:
        session.add(Tenant(id=tenant_id, created_at=now))
        session.flush()
    gym = session.get(Gym, gym_id)
    if gym is None:
        session.add(Gym(id=gym_id, tenant_id=tenant_id, created_at=now))
        session.flush()
    elif gym.tenant_id != tenant_id:
        raise GatewayRefused(f"gym {gym_id} belongs to another tenant; gym ids are unique in the whole cloud")


def _hash_of_none() -> str:
    """Stands for a token that nobody has."""
    return hash_of(secrets.token_urlsafe(SECRET_BYTES))


def hash_of(token: str) -> str:
    """The SHA-256 of a token, as it is kept."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
