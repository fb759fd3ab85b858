"""The operators' side of the twins: what any box of theirs should be, and what it says that it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from provisioning import config_bundle
from provisioning.config_bundle import OWN
from provisioning.twin import Fields, Shadow
from sync.cloud import audit
from sync.cloud.audit import Line
from sync.cloud.database.database import Database
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.gateway_rows import GatewayUnknown
from sync.cloud.gateways import utc_now
from sync.cloud.shadows.store import all_of, change, find

_MAX_KEYS: Final = 20


@dataclass(frozen=True, slots=True)
class Document:
    """A twin of a gateway, and when it last changed; None before anybody wrote it."""

    shadow: Shadow
    changed_at: datetime | None


class Twins:
    """The documents of every gateway; `tenant_id` None sees those of all tenants."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def documents(self, gateway_id: str, *, tenant_id: str | None = None) -> dict[str, Document]:
        """Every document of a gateway that anybody has written, by name.

        Raises:
            GatewayUnknown: there is none with this id, or it is another tenant's.
        """
        with self._database.read() as session:
            _tenant_of(session, gateway_id, tenant_id)
            return {name: Document(*found) for name, found in all_of(session, gateway_id).items()}

    def desire(
        self,
        gateway_id: str,
        name: str,
        fields: Fields,
        *,
        by: str,
        version: int | None = None,
        tenant_id: str | None = None,
    ) -> Document:
        """Merge into what is desired of a gateway, as RFC 7396 merges: null takes a key away.

        Args:
            gateway_id: of which box.
            name: of the document.
            fields: to be merged.
            by: who asks, for the audit.
            version: of the document that the change was made for; None takes whatever is there.
            tenant_id: whose the box must be.

        Raises:
            GatewayUnknown: there is none with this id, or it is another tenant's.
            VersionConflict: the document has moved on; read it again.
            DocumentRefused: the fields cannot be stored.
        """
        with self._database.write() as session:
            tenant, now = _tenant_of(session, gateway_id, tenant_id), self._clock()
            found = Document(*change(session, gateway_id, name, "desired", fields, now=now, version=version))
            detail = {"keys": sorted(_keys(fields))[:_MAX_KEYS], "version": found.shadow.version}
            audit.append(
                session,
                Line(
                    at=now,
                    tenant_id=tenant,
                    actor=by,
                    action=f"{name}.desire",
                    subject=gateway_id,
                    detail=detail,
                ),
            )
        return found

    def configure(
        self,
        gateway_id: str,
        values: Fields,
        *,
        by: str,
        version: int | None = None,
        tenant_id: str | None = None,
    ) -> Document:
        """Change the settings that are desired of this one box, over those of any rollout.

        Args:
            gateway_id: of which box.
            values: a merge patch of what was desired so far; null takes the operator's word back.
            by: who asks, for the audit.
            version: of the document that the change was made for; None takes whatever is there.
            tenant_id: whose the box must be.

        Raises:
            GatewayUnknown: there is none with this id, or it is another tenant's.
            VersionConflict: the document has moved on; read it again.
            DocumentRefused: the settings cannot be stored.
        """
        with self._database.read() as session:
            _tenant_of(session, gateway_id, tenant_id)
            found = find(session, gateway_id, config_bundle.SHADOW)
        shadow = Shadow() if found is None else found[0]
        before = shadow.desired.get(OWN)
        counted = str(before.get("version")) if isinstance(before, Mapping) else ""
        number = int(counted) + 1 if counted.isdecimal() else 1
        bundle = {"version": str(number), "values": values, "mode": "active"}
        return self.desire(
            gateway_id,
            config_bundle.SHADOW,
            {OWN: bundle},
            by=by,
            version=shadow.version if version is None else version,
            tenant_id=tenant_id,
        )


def _tenant_of(session: Session, gateway_id: str, tenant_id: str | None) -> str:
    query = select(Gym.tenant_id).join(Gateway, Gateway.gym_id == Gym.id).where(Gateway.id == gateway_id)
    found = session.scalar(query)
    if found is None or tenant_id not in {None, found}:
        raise GatewayUnknown(gateway_id)
    return found


def _keys(fields: Fields, before: str = "") -> list[str]:
    """Which keys a change names; never their values."""
    keys: list[str] = []
    for key, value in fields.items():
        inner = _keys(value, f"{before}/{key}") if isinstance(value, Mapping) else []
        keys += inner or [f"{before}/{key}"]
    return keys
