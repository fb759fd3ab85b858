"""A person is removed from what was landed, and whatever has learned from them is marked.

The tombstone stands from the moment that an erase record is acknowledged: nothing of that person made before
is landed any more. What was landed is taken out object by object: a new object without them, one transaction
that puts it in the old one's place, then the old one's bytes are deleted. Killed anywhere, it goes on from
where it was. Two workers at it at once do some of it twice, and no harm.
"""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import ColumnElement, delete, exists, func, select, update
from sqlalchemy.orm import Session

from sync.cloud.database.database import Database
from sync.cloud.database.tables import (
    Dataset,
    DatasetObject,
    Erasure,
    LandedRecord,
    ModelDataset,
    ModelVersion,
    RawObject,
)
from sync.cloud.gateways import utc_now
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectMissing, ObjectStore
from sync.cloud.landing import ObjectDamaged, begin, give_up, land, lock_gyms, purge, write

_log = logging.getLogger(__name__)

# So that one gym with much to erase lets the others have their turn.
_MOST_OBJECTS: Final = 50


@dataclass(frozen=True, slots=True)
class _Chosen:
    """An object with somebody in it who must go; `records` and `sessions` are what stays."""

    gym_id: str
    day: date
    object_id: int
    name: str
    gone: tuple[str, ...]
    records: int
    sessions: int


class Eraser:
    """Works off the erasures that are asked for."""

    def __init__(
        self, *, database: Database, objects: ObjectStore, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    def work(self) -> int:
        """Do some of what is asked for, each gym in its turn; returns how many erasures are not done yet.

        Raises:
            StoreUnavailable: an object cannot be read, written or deleted.
            DatabaseUnavailable: the database does not answer.
            ObjectDamaged: an object does not hold what it should.
        """
        with self._database.read() as session:
            waiting = select(Erasure.gym_id).where(Erasure.done_at.is_(None)).distinct()
            gyms = session.scalars(waiting.order_by(Erasure.gym_id)).all()
        damaged = []
        for gym_id in gyms:
            try:
                self._clean(gym_id)
            except ObjectDamaged as error:  # the other gyms' members must not wait for it
                damaged.append(str(error))
        if damaged:
            raise ObjectDamaged("; ".join(damaged))
        with self._database.read() as session:
            return session.scalar(select(func.count()).where(Erasure.done_at.is_(None))) or 0

    def _clean(self, gym_id: str) -> None:
        for _ in range(_MOST_OBJECTS):
            chosen = self._choose(gym_id)
            if chosen is None:
                break
            self._rewrite(chosen)
        purge(self._database, self._objects, RawObject.gym_id == gym_id, now=self._clock())
        self._finish(gym_id)

    def _choose(self, gym_id: str) -> _Chosen | None:
        with self._database.read() as session:
            object_id = session.scalar(
                select(LandedRecord.object_id).where(LandedRecord.gym_id == gym_id, _to_go()).limit(1)
            )
            if object_id is None:
                return None
            old = session.get_one(RawObject, object_id)
            gone = session.execute(
                select(LandedRecord.id, LandedRecord.kind).where(
                    LandedRecord.object_id == object_id, _to_go()
                )
            ).all()
            return _Chosen(
                gym_id=gym_id,
                day=old.day,
                object_id=object_id,
                name=old.name,
                gone=tuple(identifier for identifier, _ in gone),
                records=old.records - len(gone),
                sessions=old.sessions - sum(kind == "session" for _, kind in gone),
            )

    def _rewrite(self, chosen: _Chosen) -> None:
        if chosen.records == 0:
            self._replace(chosen, None, b"")
            return
        data = self._without(chosen)
        if data is None:
            return
        now = self._clock()
        with self._database.write() as session:
            new = begin(
                session,
                gym_id=chosen.gym_id,
                day=chosen.day,
                records=chosen.records,
                sessions=chosen.sessions,
                now=now,
            )
        write(self._database, self._objects, new.name, data)
        if not self._replace(chosen, new.id, data):
            give_up(self._database, self._objects, new.name)

    def _without(self, chosen: _Chosen) -> bytes | None:
        """The object without those who must go; None when another worker was faster."""
        try:
            data, records = parquet.without(self._objects.get(chosen.name), chosen.gone)
        except (ObjectMissing, parquet.QueryError) as error:
            with self._database.read() as session:
                if session.get_one(RawObject, chosen.object_id).state != "landed":
                    return None
            raise ObjectDamaged(f"{chosen.name} cannot be read: {error}") from error
        if records != chosen.records:
            raise ObjectDamaged(
                f"{chosen.name} holds {records} records of others, the database says {chosen.records}"
            )
        return data

    def _replace(self, chosen: _Chosen, new_id: int | None, data: bytes) -> bool:
        """Put the new object (None: nobody is left) in the old one's place; False when another worker has."""
        now = self._clock()
        with self._database.write() as session:
            lock_gyms(session, {chosen.gym_id})
            old = session.get_one(RawObject, chosen.object_id, with_for_update=True)
            if old.state != "landed":
                return False
            if new_id is not None and not land(session, new_id, data, landed_at=old.landed_at or now):
                return False
            inside = LandedRecord.object_id == chosen.object_id
            session.execute(delete(LandedRecord).where(inside, LandedRecord.id.in_(chosen.gone)))
            session.execute(update(LandedRecord).where(inside).values(object_id=new_id))
            old.state, old.retired_at = "retired", now
            _mark(session, chosen.object_id, now)
        _log.info("%s was replaced, without %d records", chosen.name, len(chosen.gone))
        return True

    def _finish(self, gym_id: str) -> None:
        """Say that it is done, when nothing of them is left, nor under way from before."""
        with self._database.write() as session:
            lock_gyms(session, {gym_id})
            of_gym = RawObject.gym_id == gym_id
            under_way = (RawObject.state == "writing") | (
                (RawObject.state == "retired") & RawObject.purged_at.is_(None)
            )
            left = session.scalar(
                select(
                    exists().where(LandedRecord.gym_id == gym_id, _to_go())
                    | exists().where(of_gym, under_way)
                )
            )
            if not left:
                session.execute(
                    update(Erasure)
                    .where(Erasure.gym_id == gym_id, Erasure.done_at.is_(None))
                    .values(done_at=self._clock())
                )


def _to_go() -> ColumnElement[bool]:
    """Whether a record is of somebody who was erased after it was made."""
    return exists().where(
        Erasure.gym_id == LandedRecord.gym_id,
        Erasure.member == LandedRecord.member,
        Erasure.done_at.is_(None),
        LandedRecord.created_at <= Erasure.until,
    )


def _mark(session: Session, object_id: int, now: datetime) -> None:
    """Mark the datasets made from an object, the models trained on them, and the models made from those."""
    seen = select(DatasetObject.dataset_id).where(DatasetObject.object_id == object_id)
    datasets = session.scalars(seen).all()
    session.execute(
        update(Dataset).where(Dataset.id.in_(datasets), Dataset.stale_since.is_(None)).values(stale_since=now)
    )
    models: set[int] = set()
    found: Iterable[int] = session.scalars(
        select(ModelDataset.model_id).where(ModelDataset.dataset_id.in_(datasets))
    ).all()
    while new := set(found) - models:
        models |= new
        found = session.scalars(select(ModelVersion.id).where(ModelVersion.parent_id.in_(new))).all()
    session.execute(
        update(ModelVersion)
        .where(ModelVersion.id.in_(models), ModelVersion.stale_since.is_(None))
        .values(stale_since=now)
    )
