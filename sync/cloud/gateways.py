"""Which boxes there are, whose they are, and which of them is calling."""

import logging
import secrets
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.orm import Session

from sync.cloud.database.base import Base
from sync.cloud.database.database import Database, DatabaseUnavailable
from sync.cloud.database.tables import Gateway, Gym, Tenant
from sync.cloud.gateway_calls import Identity, Peer, Shown, note_first_use, who_calls
from sync.cloud.gateway_rows import (
    ID,
    SECRET_BYTES,
    CredentialsDiffer,
    GatewayRefused,
    GatewayRevoked,
    GatewayUnknown,
    find_gateway,
    hash_of,
    let_in,
    revoke_certificates,
    tell,
)

__all__ = [
    "ID",
    "PREFIX",
    "CredentialsDiffer",
    "GatewayInfo",
    "GatewayRefused",
    "GatewayRevoked",
    "GatewayUnknown",
    "Gateways",
    "Identity",
    "Peer",
    "Shown",
    "TenantInfo",
    "utc_now",
]

_log = logging.getLogger(__name__)

PREFIX: Final = "ggt_"
SERVICE: Final = "service"
_GATEWAYS: Final = Base.metadata.tables[Gateway.__tablename__]
# Of the table, not of objects: thousands at once.
_SEEN: Final = (
    update(_GATEWAYS).where(_GATEWAYS.c.id == bindparam("gateway")).values(last_seen_at=bindparam("at"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantInfo:
    """A tenant, and how many gateways of it were not sent away."""

    id: str
    gateways: int
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayInfo:
    """A gateway as lists show it: never its token."""

    id: str
    gym_id: str
    tenant_id: str
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    decommissioned_at: datetime | None


def utc_now() -> datetime:
    """Return the time as the service's own clock has it."""
    return datetime.now(UTC)


class Gateways:
    """The gateways of every tenant; looked up anew for every request, so that a revoked one ends at once."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime] = utc_now,
        named_by: Container[str] | None = None,
    ) -> None:
        """`named_by` are the issuers whose certificates go by their name alone; None: all that TLS trusts."""
        self._database = database
        self._clock = clock
        self._named_by = named_by
        self._seen: dict[str, datetime] = {}

    def add(self, gateway_id: str, *, gym_id: str, tenant_id: str, by: str = SERVICE) -> str:
        """Let a box in, with its gym and its tenant if they are new; returns its token, shown this once.

        A revoked gateway of the same gym is let in again, with another token.

        Raises:
            GatewayRefused: an id is malformed, there is such a gateway, or the gym is another tenant's.
        """
        token = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        with self._database.write() as session:
            now = self._clock()
            known = session.get(Gateway, gateway_id)
            is_valid = known is not None and known.revoked_at is None
            gateway = let_in(session, gateway_id, gym_id=gym_id, tenant_id=tenant_id, now=now)
            if is_valid:
                raise GatewayRefused(
                    f"gateway {gateway_id} is there already; revoke it to give it another token"
                )
            gateway.token_hash = hash_of(token)
            tell(session, gateway_id, tenant_id, "gateway.add", by=by, at=now)
        return token

    def all(self, *, tenant_id: str | None = None) -> list[GatewayInfo]:
        """List the gateways of a tenant, or of all."""
        query = select(Gateway, Gym.tenant_id).join(Gym, Gym.id == Gateway.gym_id)
        if tenant_id is not None:
            query = query.where(Gym.tenant_id == tenant_id)
        with self._database.read() as session:
            return [
                GatewayInfo(
                    id=gateway.id,
                    gym_id=gateway.gym_id,
                    tenant_id=tenant,
                    created_at=gateway.created_at,
                    last_seen_at=gateway.last_seen_at,
                    revoked_at=gateway.revoked_at,
                    decommissioned_at=gateway.decommissioned_at,
                )
                for gateway, tenant in session.execute(query.order_by(Gateway.id)).all()
            ]

    def revoke(self, gateway_id: str, *, by: str = SERVICE, tenant_id: str | None = None) -> None:
        """Send a gateway away at once, with its token and its certificates; again changes nothing.

        Raises:
            GatewayUnknown: there is none with this id, in this tenant if one is named.
        """
        with self._database.write() as session:
            gateway, owner = find_gateway(session, gateway_id, tenant_id)
            if gateway.revoked_at is None:
                self._send_away(session, gateway, "key_compromise")
                tell(session, gateway_id, owner, "gateway.revoke", by=by, at=self._clock())

    def decommission(self, gateway_id: str, *, by: str = SERVICE, tenant_id: str | None = None) -> None:
        """Send a gateway away for good: its id is never given again. What it has sent stays.

        Raises:
            GatewayUnknown: there is none with this id, in this tenant if one is named.
        """
        with self._database.write() as session:
            gateway, owner = find_gateway(session, gateway_id, tenant_id)
            if gateway.decommissioned_at is None:
                self._send_away(session, gateway, "cessation_of_operation")
                gateway.decommissioned_at = self._clock()
                tell(session, gateway_id, owner, "gateway.decommission", by=by, at=self._clock())

    def tenants(self, *, tenant_id: str | None = None) -> list[TenantInfo]:
        """List one tenant, or all, by id."""
        here = Gateway.revoked_at.is_(None) & Gateway.decommissioned_at.is_(None)
        query = (
            select(Tenant.id, Tenant.disabled_at, func.count(Gateway.id))
            .outerjoin(Gym, Gym.tenant_id == Tenant.id)
            .outerjoin(Gateway, (Gateway.gym_id == Gym.id) & here)
            .group_by(Tenant.id, Tenant.disabled_at)
            .order_by(Tenant.id)
        )
        if tenant_id is not None:
            query = query.where(Tenant.id == tenant_id)
        with self._database.read() as session:
            return [
                TenantInfo(id=name, gateways=count, disabled_at=disabled_at)
                for name, disabled_at, count in session.execute(query).all()
            ]

    def disable_tenant(self, tenant_id: str, *, disabled: bool, by: str = SERVICE) -> None:
        """Have all boxes of a tenant wait outside, or come in again.

        Raises:
            GatewayUnknown: there is no such tenant.
        """
        with self._database.write() as session:
            tenant = session.get(Tenant, tenant_id)
            if tenant is None:
                raise GatewayUnknown(f"there is no tenant {tenant_id}")
            if (tenant.disabled_at is not None) == disabled:
                return
            now = self._clock()
            tenant.disabled_at = now if disabled else None
            action = "tenant.disable" if disabled else "tenant.enable"
            tell(session, tenant_id, tenant_id, action, by=by, at=now)

    def by_token(self, token: str) -> Identity:
        """Whom a token stands for.

        Raises:
            GatewayUnknown: nobody.
            GatewayRevoked: somebody who was sent away.
        """
        with self.calling(Shown(token=token)) as (identity, _):
            return identity

    def by_certificate(self, peer: Peer) -> Identity:
        """The gateway that a certificate names.

        Raises:
            GatewayUnknown: nobody.
            GatewayRevoked: somebody who was sent away, or a certificate that its successor has replaced.
        """
        with self.calling(Shown(peer=peer)) as (identity, _):
            return identity

    @contextmanager
    def calling(self, shown: Shown) -> Iterator[tuple[Identity, Connection]]:
        """Whoever shows this, and the transaction that they were found in, to read what they ask for.

        Raises:
            GatewayUnknown: nobody does.
            GatewayRevoked: somebody who was sent away, or a certificate that its successor has replaced.
            CredentialsDiffer: certificate and token are of two.
        """
        with self._database.columns() as connection:
            called = who_calls(connection, shown, named_by=self._named_by)
            yield called.identity, connection
        now = self._clock()
        self._seen[called.identity.gateway_id] = now
        if called.is_new and shown.peer is not None:
            with self._database.write() as session:
                note_first_use(session, shown.peer, now=now)

    def note_seen(self) -> None:
        """Write down who was seen since the last time, all at once: a request must not cost a write.

        Raises:
            DatabaseUnavailable: it cannot be written; the next time it is tried again.
        """
        seen, self._seen = self._seen, {}
        if not seen:
            return
        told = [{"gateway": name, "at": at} for name, at in sorted(seen.items())]
        try:
            with self._database.write() as session:
                session.connection().execute(_SEEN, told)
        except DatabaseUnavailable:
            self._seen = seen | self._seen
            raise

    def close(self) -> None:
        """Write down who was seen last; a database that is away keeps nobody from ending."""
        try:
            self.note_seen()
        except DatabaseUnavailable as error:
            _log.warning("when boxes were last seen could not be written: %s", error)

    def _send_away(self, session: Session, gateway: Gateway, reason: str) -> None:
        now = self._clock()
        gateway.revoked_at = gateway.revoked_at or now
        revoke_certificates(session, gateway.id, reason=reason, now=now)
