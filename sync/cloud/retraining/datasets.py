"""Which landed objects a dataset is made of, and that they are told of it when somebody is erased."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from sync.cloud.database.tables import Dataset, LandedRecord, RawObject
from sync.cloud.database.tables import DatasetObject as DatasetObjectRow
from sync.cloud.retraining.manifest import DatasetObject, Manifest
from sync.cloud.retraining.outcome import Outdated, RetrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from sync.cloud.lake.objects import ObjectStore

_AT_ONCE: Final = 500
"""Names in one question: databases take only so many."""


def gather(session: Session, since: datetime | None = None) -> Manifest:
    """All that has landed and counts now.

    Args:
        session: the caller's transaction.
        since: only what has landed later.

    Raises:
        RetrainingError: nothing has.
    """
    wanted = select(RawObject).where(RawObject.state == "landed").order_by(RawObject.name)
    objects = session.scalars(wanted if since is None else wanted.where(RawObject.landed_at > since))
    found = tuple(
        DatasetObject(
            name=each.name,
            gym_id=each.gym_id,
            sha256=each.sha256,
            bytes=each.bytes,
            records=each.records,
            sessions=each.sessions,
        )
        for each in objects
    )
    if not found:
        raise RetrainingError("no record has landed yet: there is nothing to learn from")
    members = select(LandedRecord.gym_id, LandedRecord.member).where(LandedRecord.member.is_not(None))
    count = session.scalar(select(func.count()).select_from(members.distinct().subquery()))
    first, last = session.execute(
        select(func.min(LandedRecord.created_at), func.max(LandedRecord.created_at))
    ).one()
    return Manifest(objects=found, members=count or 0, first_at=_stamp(first), last_at=_stamp(last))


def record(session: Session, manifest: Manifest, name: str) -> None:
    """Have the database know the dataset, so that an erasure marks it. The same again changes nothing.

    Args:
        session: the caller's transaction.
        manifest: of the dataset.
        name: of the object that holds it.

    Raises:
        Outdated: an object is retired since.
    """
    if session.get(Dataset, manifest.id) is not None:
        return
    ids = _landed(session, [each.name for each in manifest.objects])
    if len(ids) != len(manifest.objects):
        raise Outdated(
            "an object was replaced while the dataset was being made: somebody was erased, or a day joined"
        )
    session.add(
        Dataset(
            id=manifest.id,
            manifest=name,
            records=manifest.records,
            sessions=manifest.sessions,
            members=manifest.members,
            first_at=_moment(manifest.first_at),
            last_at=_moment(manifest.last_at),
            created_at=datetime.now(UTC),
            stale_since=None,
        )
    )
    session.flush()
    session.add_all(DatasetObjectRow(dataset_id=manifest.id, object_id=each) for each in ids)
    session.flush()


def _landed(session: Session, names: Sequence[str]) -> list[int]:
    """The ids of those that count, locked until the end of the transaction: an erasure has to wait."""
    found: list[int] = []
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        wanted = select(RawObject.id).where(RawObject.name.in_(some), RawObject.state == "landed")
        found += session.scalars(wanted.with_for_update(read=True))
    return found


def demand_fresh(session: Session, dataset_id: str) -> None:
    """Make sure, until the end of the transaction, that nobody in the dataset is erased.

    Raises:
        Outdated: somebody is.
    """
    wanted = select(Dataset.stale_since).where(Dataset.id == dataset_id).with_for_update(read=True)
    if session.scalar(wanted) is not None:
        raise Outdated("somebody in the dataset was erased since it was made")


def derived(store: ObjectStore, dataset_id: str | None = None) -> list[str]:
    """The objects with rows that were made of a dataset, or of any; what holds nobody is none of them.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    below = "datasets/" if dataset_id is None else f"datasets/{dataset_id}/"
    return [name for name in store.names(below) if name.endswith(".parquet")]


def id_of(name: str) -> str:
    """Of the dataset that an object was made of."""
    return name.split("/")[1]


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
