"""The small objects of a gym's past days become one each: a lake of millions of files is slow to read.

A box sends what it has when it has it, so a day of a gym comes in hundreds of objects. A day later they are
written anew as one, one transaction puts that in their place, and their bytes go when no training set that
was made of them can still be at work. Killed anywhere, it goes on from where it was.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import Final

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from sync.cloud.database.database import Database
from sync.cloud.database.tables import DatasetObject, LandedRecord, RawObject
from sync.cloud.gateways import utc_now
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectMissing, ObjectStore
from sync.cloud.landing import ObjectDamaged, begin, give_up, land, lock_gyms, write

_log = logging.getLogger(__name__)

LEAST_OBJECTS: Final = 8
"""Of one day, before it is worth the writing."""
SMALL_BYTES: Final = 8_000_000
_MOST_BYTES: Final = 64_000_000
"""Read into memory for one new object."""
_MOST_OBJECTS: Final = 1000
_MOST_DAYS: Final = 50
_CLOSED_AFTER: Final = timedelta(days=1)
"""By then nothing more lands on a day, whatever hour a worker's clock shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Small:
    """An object to become part of another one."""

    id: int
    name: str
    records: int
    sessions: int
    bytes: int
    landed_at: datetime


class Compactor:
    """Joins what is small."""

    def __init__(
        self, *, database: Database, objects: ObjectStore, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    def work(self) -> int:
        """Do some of it; returns how many objects others stand for now.

        Raises:
            StoreUnavailable: an object cannot be read or written.
            DatabaseUnavailable: the database does not answer.
            ObjectDamaged: an object does not hold what it should.
        """
        closed = (self._clock() - _CLOSED_AFTER).date()
        days = (
            select(RawObject.gym_id, RawObject.day)
            .where(RawObject.state == "landed", RawObject.bytes < SMALL_BYTES, RawObject.day < closed)
            .group_by(RawObject.gym_id, RawObject.day)
            .having(func.count() >= LEAST_OBJECTS)
        )
        with self._database.read() as session:
            found = session.execute(days.order_by(RawObject.day).limit(_MOST_DAYS)).all()
        replaced, damaged = 0, []
        for gym_id, day in found:
            try:
                replaced += self._join(gym_id, day)
            except ObjectDamaged as error:  # the other days must not wait for it
                damaged.append(str(error))
        if damaged:
            raise ObjectDamaged("; ".join(damaged))
        return replaced

    def _join(self, gym_id: str, day: date) -> int:
        small = self._small(gym_id, day)
        data = self._joined(small)
        if data is None:
            return 0
        with self._database.write() as session:
            new = begin(
                session,
                gym_id=gym_id,
                day=day,
                records=sum(each.records for each in small),
                sessions=sum(each.sessions for each in small),
                now=self._clock(),
            )
        write(self._database, self._objects, new.name, data)
        if not self._replace(gym_id, small, new.id, data):
            give_up(self._database, self._objects, new.name)
            return 0
        _log.info("%d objects of %s on %s became one", len(small), gym_id, day)
        return len(small)

    def _small(self, gym_id: str, day: date) -> list[_Small]:
        """As many as fit into one, in the order in which they landed."""
        query = (
            select(RawObject)
            .where(RawObject.gym_id == gym_id, RawObject.day == day)
            .where(RawObject.state == "landed", RawObject.bytes < SMALL_BYTES)
            .order_by(RawObject.landed_at, RawObject.id)
            .limit(_MOST_OBJECTS)
        )
        with self._database.read() as session:
            found = [
                _Small(
                    id=each.id,
                    name=each.name,
                    records=each.records,
                    sessions=each.sessions,
                    bytes=each.bytes,
                    landed_at=each.landed_at or each.begun_at,
                )
                for each in session.scalars(query)
            ]
        sizes = accumulate(each.bytes for each in found)
        return [each for each, size in zip(found, sizes, strict=True) if size <= _MOST_BYTES]

    def _joined(self, small: Sequence[_Small]) -> bytes | None:
        """What they hold, as one; None when another worker was faster."""
        try:
            data, records = parquet.joined([self._objects.get(each.name) for each in small])
        except (ObjectMissing, parquet.QueryError) as error:
            with self._database.write() as session:
                if not _count(session, small):
                    return None
            raise ObjectDamaged(f"{small[0].name} or one beside it cannot be read: {error}") from error
        expected = sum(each.records for each in small)
        if records != expected:
            raise ObjectDamaged(
                f"{small[0].name} and those beside it hold {records} records, the database says {expected}"
            )
        return data

    def _replace(self, gym_id: str, small: Sequence[_Small], new_id: int, data: bytes) -> bool:
        """Put the new object in their place; False when one of them does not count any more."""
        old_ids = [each.id for each in small]
        with self._database.write() as session:
            lock_gyms(session, {gym_id})
            landed_at = max(each.landed_at for each in small)
            if not _count(session, small) or not land(session, new_id, data, landed_at=landed_at):
                return False
            session.execute(
                update(LandedRecord).where(LandedRecord.object_id.in_(old_ids)).values(object_id=new_id)
            )
            # Whoever is erased from the new object may be in a set that was made of an old one.
            seen = select(DatasetObject.dataset_id).where(DatasetObject.object_id.in_(old_ids)).distinct()
            session.add_all(
                DatasetObject(dataset_id=each, object_id=new_id) for each in session.scalars(seen).all()
            )
            session.execute(
                update(RawObject)
                .where(RawObject.id.in_(old_ids))
                .values(state="retired", retired_at=self._clock())
            )
        return True


def _count(session: Session, small: Sequence[_Small]) -> bool:
    """Whether all of them count still, locked until the end of the transaction."""
    ids = [each.id for each in small]
    landed = select(RawObject.id).where(RawObject.id.in_(ids), RawObject.state == "landed")
    return len(session.scalars(landed.with_for_update()).all()) == len(small)
