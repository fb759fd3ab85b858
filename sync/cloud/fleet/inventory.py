"""Which boxes there are, found by what is known of them. `tenant_id` says whose; None: everybody's."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from sync.cloud.database.database import Database
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.fleet.alerts import IS_OPEN
from sync.cloud.fleet.health import Health, read_health
from sync.cloud.fleet.presence import LATE, ONLINE, Presence, presence
from sync.cloud.fleet.tables import AlertRow
from sync.cloud.gateways import GatewayUnknown, utc_now
from sync.cloud.shadows.tables import GatewayTag, ShadowRow

_HEALTH: Final = "health"
_MODELS: Final = "models"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What boxes are wanted; an empty one wants all.

    Attributes:
        text: part of an id, a gym or a tag, or a whole version that the box reports; those have a digit.
        state: whether it is there.
        tag: that it has.
        gym: that it stands in.
        alerts: whether something must be wrong with it.
    """

    text: str = ""
    state: Presence | None = None
    tag: str | None = None
    gym: str | None = None
    alerts: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box as lists show it."""

    id: str
    gym_id: str
    tenant_id: str
    tags: tuple[str, ...]
    state: Presence
    created_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    health: Health
    models: Mapping[str, str]
    open_alerts: int


class Inventory:
    """The boxes of the service."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def search(self, wanted: Search, *, tenant_id: str | None, after: str, limit: int) -> list[Box]:
        """A page of boxes by id, beginning after one."""
        now = self._clock()
        query = _query(tenant_id, wanted, now).where(Gateway.id > after).order_by(Gateway.id).limit(limit)
        with self._database.read() as session:
            return _boxes(session, session.execute(query).all(), now)

    def count(self, *, tenant_id: str | None) -> dict[Presence, int]:
        """How many there are in each state."""
        now = self._clock()
        wanted = select(Gateway.last_seen_at, Gateway.revoked_at).join(Gym, Gym.id == Gateway.gym_id)
        if tenant_id is not None:
            wanted = wanted.where(Gym.tenant_id == tenant_id)
        with self._database.read() as session:
            return Counter(
                presence(last_seen_at=seen, revoked_at=revoked, now=now)
                for seen, revoked in session.execute(wanted)
            )

    def find(self, gateway_id: str, *, tenant_id: str | None) -> Box:
        """One box.

        Raises:
            GatewayUnknown: there is none of this id.
        """
        now = self._clock()
        with self._database.read() as session:
            rows = session.execute(_query(tenant_id, Search(), now).where(Gateway.id == gateway_id)).all()
            if not rows:
                raise _unknown(gateway_id)
            return _boxes(session, rows, now)[0]


def _unknown(gateway_id: str) -> GatewayUnknown:
    return GatewayUnknown(f"there is no gateway {gateway_id[:64]}")


def _query(tenant_id: str | None, wanted: Search, now: datetime) -> Select[Gateway, str]:
    query = select(Gateway, Gym.tenant_id).join(Gym, Gym.id == Gateway.gym_id)
    if tenant_id is not None:
        query = query.where(Gym.tenant_id == tenant_id)
    if wanted.gym is not None:
        query = query.where(Gateway.gym_id == wanted.gym)
    if wanted.state is not None:
        query = query.where(_is(wanted.state, now))
    if wanted.tag is not None:
        query = query.where(_has(GatewayTag.tag == wanted.tag))
    if wanted.alerts:
        query = query.where(exists().where(AlertRow.gateway_id == Gateway.id, IS_OPEN))
    if wanted.text:
        query = query.where(_contains(wanted.text))
    return query


def _is(state: Presence, now: datetime) -> ColumnElement[bool]:
    """As `presence` says, in SQL."""
    seen, there = Gateway.last_seen_at, Gateway.revoked_at.is_(None)
    meant: dict[Presence, ColumnElement[bool]] = {
        "revoked": Gateway.revoked_at.is_not(None),
        "never": and_(there, seen.is_(None)),
        "online": and_(there, seen >= now - ONLINE),
        "late": and_(there, seen < now - ONLINE, seen >= now - LATE),
        "offline": and_(there, seen < now - LATE),
    }
    return meant[state]


def _has(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(GatewayTag.gateway_id == Gateway.id, which)


def _contains(text: str) -> ColumnElement[bool]:
    somewhere = or_(
        func.lower(Gateway.id).contains(text.lower(), autoescape=True),
        func.lower(Gateway.gym_id).contains(text.lower(), autoescape=True),
        _has(func.lower(GatewayTag.tag).contains(text.lower(), autoescape=True)),
    )
    # Without a digit it is a word, as a state or the name of a part.
    return or_(somewhere, _reports(text)) if any(map(str.isdigit, text)) else somewhere


def _reports(version: str) -> ColumnElement[bool]:
    """Whether it stands in canonical JSON as a value."""
    return exists().where(
        ShadowRow.gateway_id == Gateway.id,
        ShadowRow.name.in_((_HEALTH, _MODELS)),
        func.lower(ShadowRow.reported).contains(f':"{version.lower()}"', autoescape=True),
    )


def _boxes(session: Session, rows: Iterable[Row[Gateway, str]], now: datetime) -> list[Box]:
    found = [(gateway, tenant_id) for gateway, tenant_id in rows]
    ids = [gateway.id for gateway, _ in found]
    tags: dict[str, list[str]] = {each: [] for each in ids}
    for gateway_id, tag in session.execute(
        select(GatewayTag.gateway_id, GatewayTag.tag)
        .where(GatewayTag.gateway_id.in_(ids))
        .order_by(GatewayTag.tag)
    ):
        tags[gateway_id].append(tag)
    said: dict[tuple[str, str], Any] = {
        (gateway_id, name): json.loads(reported)
        for gateway_id, name, reported in session.execute(
            select(ShadowRow.gateway_id, ShadowRow.name, ShadowRow.reported).where(
                ShadowRow.gateway_id.in_(ids), ShadowRow.name.in_((_HEALTH, _MODELS))
            )
        )
    }
    alerts = Counter(
        session.scalars(select(AlertRow.gateway_id).where(AlertRow.gateway_id.in_(ids), IS_OPEN))
    )
    return [
        Box(
            id=gateway.id,
            gym_id=gateway.gym_id,
            tenant_id=tenant_id,
            tags=tuple(tags[gateway.id]),
            state=presence(last_seen_at=gateway.last_seen_at, revoked_at=gateway.revoked_at, now=now),
            created_at=gateway.created_at,
            last_seen_at=gateway.last_seen_at,
            revoked_at=gateway.revoked_at,
            health=read_health(said.get((gateway.id, _HEALTH), {})),
            models=_models(said.get((gateway.id, _MODELS), {})),
            open_alerts=alerts[gateway.id],
        )
        for gateway, tenant_id in found
    ]


def _models(reported: Mapping[str, Any]) -> dict[str, str]:
    """The version of each model that works, as the box says."""
    return {
        name: told["version"]
        for name, told in reported.items()
        if isinstance(told, dict) and isinstance(told.get("version"), str)
    }
