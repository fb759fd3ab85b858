"""Shadows in the database. Every function works inside of the caller's transaction.

Who changes a document holds its row until the transaction ends: a box that reports and a rollout that desires
come one after the other, whichever is first.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from provisioning.twin import Fields, Section, Shadow, encode, update
from sync.cloud.shadows.tables import ShadowRow

# Below the most parameters of a statement in either database.
_CHUNK: Final = 500
# Asked by every box again and again, so made once.
_VERSIONS: Final = select(ShadowRow.name, ShadowRow.version).where(
    ShadowRow.gateway_id == bindparam("gateway_id")
)


def find(session: Session, gateway_id: str, name: str) -> tuple[Shadow, datetime] | None:
    """A document and when it last changed; None when nobody has written it yet."""
    row = session.get(ShadowRow, (gateway_id, name))
    return None if row is None else (_read(row), row.changed_at)


def version_of(session: Session, gateway_id: str, name: str) -> int | None:
    """The version alone, for who asks whether there is anything new."""
    return session.scalar(
        select(ShadowRow.version).where(ShadowRow.gateway_id == gateway_id, ShadowRow.name == name)
    )


def versions_of(connection: Connection, gateway_id: str) -> dict[str, int]:
    """The versions of all documents of a gateway, by name."""
    rows = connection.execute(_VERSIONS, {"gateway_id": gateway_id})
    return {row.name: row.version for row in rows}


def all_of(session: Session, gateway_id: str) -> dict[str, tuple[Shadow, datetime]]:
    """All documents of a gateway and when each last changed, by name."""
    rows = session.scalars(
        select(ShadowRow).where(ShadowRow.gateway_id == gateway_id).order_by(ShadowRow.name)
    )
    return {row.name: (_read(row), row.changed_at) for row in rows}


def change(
    session: Session,
    gateway_id: str,
    name: str,
    section: Section,
    fields: Fields,
    *,
    now: datetime,
    version: int | None = None,
) -> tuple[Shadow, datetime]:
    """Merge fields into a side of a document; returns it with the moment of its last change.

    Args:
        session: of a transaction that writes.
        gateway_id: whose document.
        name: which of them.
        section: which side.
        fields: to be merged.
        now: this moment.
        version: that the change was made for; None takes whatever is there.

    Raises:
        VersionConflict: the document is at another version.
        DocumentRefused: the fields cannot be stored.
    """
    row = _held(session, gateway_id, name, now)
    _write(row, update(_read(row), section, fields, version=version), now)
    return _read(row), row.changed_at


def change_many(
    session: Session, name: str, section: Section, fields: Mapping[str, Fields], *, now: datetime
) -> None:
    """Merge fields into the documents of many gateways, by gateway, whatever version these are at.

    Raises:
        DocumentRefused: the fields of one of them cannot be stored.
    """
    for ids in _chunks(sorted(fields)):  # in one order everywhere, so that two who change many never lock up
        _make_missing(session, ids, name, now)
        rows = session.scalars(_locked(name, ids).order_by(ShadowRow.gateway_id)).all()
        for row in rows:
            _write(row, update(_read(row), section, fields[row.gateway_id]), now)
        session.flush()


def _held(session: Session, gateway_id: str, name: str, now: datetime) -> ShadowRow:
    """The row, locked; made when it is missing."""
    row = session.scalar(_locked(name, [gateway_id]))
    if row is None:
        _make_missing(session, [gateway_id], name, now)
        row = session.scalars(_locked(name, [gateway_id])).one()
    return row


def _locked(name: str, ids: Sequence[str]) -> Select[ShadowRow]:
    return (
        select(ShadowRow)
        .where(ShadowRow.name == name, ShadowRow.gateway_id.in_(ids))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _make_missing(session: Session, ids: Sequence[str], name: str, now: datetime) -> None:
    """Make the rows that are missing, also while others do the same."""
    known = select(ShadowRow.gateway_id).where(ShadowRow.name == name, ShadowRow.gateway_id.in_(ids))
    missing = set(ids).difference(session.scalars(known))
    if not missing:
        return
    empty = {"name": name, "desired": "{}", "reported": "{}", "version": 0, "changed_at": now}
    try:
        with session.begin_nested():
            session.execute(insert(ShadowRow), [{"gateway_id": each, **empty} for each in sorted(missing)])
    except IntegrityError:
        if len(ids) == 1:
            if session.scalar(known) is None:  # no such gateway; otherwise another one was first
                raise
            return
        for each in sorted(missing):
            _make_missing(session, [each], name, now)


def _read(row: ShadowRow) -> Shadow:
    return Shadow(_fields(row.desired), _fields(row.reported), row.version)


def _write(row: ShadowRow, shadow: Shadow, now: datetime) -> None:
    if shadow.version == row.version:
        return
    row.desired = encode(shadow.desired).decode()
    row.reported = encode(shadow.reported).decode()
    row.version, row.changed_at = shadow.version, now


def _fields(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(text)
    return fields


def _chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while chunk := list(islice(rest, _CHUNK)):
        yield chunk
