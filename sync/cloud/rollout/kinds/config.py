"""Bundles of configuration: settings that belong together, in versions, for the boxes of a tenant or for all.

A bundle is told as it is, over the connection on which box and cloud have proven who they are; it is not
signed apart. A box takes nothing that its own checks refuse, and goes back when a change cuts it off.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from provisioning.assignment import ORIGINAL
from provisioning.twin import DocumentRefused, Fields, Shadow, encode, update
from sync.cloud import audit
from sync.cloud.rollout.kinds.kind import ReleaseUnknown
from sync.cloud.rollout.plan import STEPWISE, Plan
from sync.cloud.rollout.tables import ConfigBundle

ONE_BOX: Final = "box"
"""What the operator of a single box sets stands under this name, so no bundle may have it."""
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
# A shadow has room for several.
_MOST_BYTES: Final = 16 * 1024


class BundleRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A bundle cannot be kept; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A version of a bundle; `tenant_id` is None for one of the whole service."""

    name: str
    version: str
    values: Fields
    tenant_id: str | None
    created_at: datetime
    created_by: str


def add_bundle(
    session: Session,
    name: str,
    values: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    tenant_id: str | None = None,
) -> str:
    """Keep values as the newest version of a bundle; the same as the newest are that one. Returns it.

    Args:
        session: of a transaction that writes.
        name: of the bundle.
        values: settings, a JSON merge patch (RFC 7396).
        by: who wants it, for the audit.
        now: this moment.
        tenant_id: whose boxes may get it; None for all.

    Raises:
        BundleRefused: the values are no settings or too long, or the name is another's.
    """
    if not _NAME.fullmatch(name) or name == ONE_BOX:
        raise BundleRefused(
            f"a bundle cannot be called {name[:64]!r}: lower-case letters, digits, - and _, not {ONE_BOX!r}"
        )
    if not values:
        raise BundleRefused(f"the bundle {name} sets nothing")
    try:
        update(Shadow(), "desired", {name: _told(0, values)})  # as boxes will be told
    except DocumentRefused as error:
        raise BundleRefused(str(error)) from error
    text = encode(values).decode()
    if len(text.encode()) > _MOST_BYTES:
        raise BundleRefused(f"the bundle {name} has more than {_MOST_BYTES} bytes; divide it")
    newest = _newest(session, name)
    if newest is not None and newest.tenant_id != tenant_id:
        raise BundleRefused(f"the name {name} belongs to somebody else; choose another")
    if newest is not None and newest.settings == text:
        return str(newest.number)
    number = 1 if newest is None else newest.number + 1
    session.add(
        ConfigBundle(
            name=name, number=number, tenant_id=tenant_id, settings=text, created_at=now, created_by=by
        )
    )
    session.flush()
    line = audit.Line(
        at=now,
        tenant_id=tenant_id,
        actor=by,
        action="config.bundle",
        subject=name,
        detail={"version": str(number), "values": values},
    )
    audit.append(session, line)
    return str(number)


def bundles(session: Session, tenant_id: str | None = None) -> list[Bundle]:
    """The newest version of each bundle that a tenant may see, by name; None sees all."""
    newest = (
        select(ConfigBundle.name, func.max(ConfigBundle.number).label("number"))
        .group_by(ConfigBundle.name)
        .subquery()
    )
    wanted = (
        select(ConfigBundle)
        .join(newest, (ConfigBundle.name == newest.c.name) & (ConfigBundle.number == newest.c.number))
        .where(_visible(tenant_id))
        .order_by(ConfigBundle.name)
    )
    return [_bundle(row) for row in session.scalars(wanted)]


class Config:
    """Bundles, told to boxes as they are."""

    original: Final[Fields] = {"version": ORIGINAL}
    plan: Final[Plan] = STEPWISE
    beside: Final = False

    def release(self, session: Session, subject: str, version: str | None, tenant_id: str | None) -> Fields:
        """The values of a bundle's version; without one, of its newest.

        Raises:
            ReleaseUnknown: there is none, or it is not the tenant's.
        """
        found = _newest(session, subject) if version is None else _find(session, subject, version)
        if found is None or found.tenant_id != tenant_id:
            which = "" if version is None else f" of version {version}"
            raise ReleaseUnknown(f"there is no bundle {subject}{which} here; give its settings with --values")
        return _told(found.number, json.loads(found.settings))

    def withdrawn(self, session: Session, subject: str, version: str) -> str:
        """Nothing: what was meant otherwise is aborted, or followed by another version."""
        del session, subject, version
        return ""

    def settle(self, session: Session, subject: str, version: str) -> None:
        """Nothing else follows: the finished rollout tells new boxes."""


def _told(number: int, values: Fields) -> Fields:
    # In a list, which a shadow replaces as a whole: nothing of older values stays, and a null is kept.
    return {"version": str(number), "values": [values]}


def _newest(session: Session, name: str) -> ConfigBundle | None:
    wanted = select(ConfigBundle).where(ConfigBundle.name == name)
    return session.scalar(wanted.order_by(ConfigBundle.number.desc()).limit(1))


def _find(session: Session, name: str, version: str) -> ConfigBundle | None:
    return session.get(ConfigBundle, (name, int(version))) if re.fullmatch(r"\d{1,9}", version) else None


def _visible(tenant_id: str | None) -> ColumnElement[bool]:
    return true() if tenant_id is None else ConfigBundle.tenant_id == tenant_id


def _bundle(row: ConfigBundle) -> Bundle:
    return Bundle(
        name=row.name,
        version=str(row.number),
        values=json.loads(row.settings),
        tenant_id=row.tenant_id,
        created_at=row.created_at,
        created_by=row.created_by,
    )
