"""How an object comes to count: its row first, then its bytes, then the row says so.

Whoever is killed between leaves a row `writing`: no reader goes by it, and after a while its bytes are
deleted. Everything about the records of one gym is decided under the lock of its row, so that two workers
with the same batch, or one that lands and one that erases, come one after the other.
"""

import hashlib
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final

import uuid_utils
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from sync.cloud.database.database import Database, DatabaseUnavailable
from sync.cloud.database.tables import Gym, RawObject
from sync.cloud.lake.objects import ObjectStore, StoreUnavailable

# Longer than any write of an object may take.
ABANDONED_AFTER: Final = timedelta(minutes=15)
# A training set that was made of an object still reads it for a while after another one stands for it.
READ_UNTIL: Final = timedelta(days=1)
_AT_ONCE: Final = 1000


class ObjectDamaged(Exception):  # noqa: N818 - named by what happened
    """An object does not hold what the database says; somebody has to look at the store."""


def lock_gyms(session: Session, gym_ids: set[str]) -> None:
    """Keep others from deciding about the records of these gyms until the transaction ends."""
    # In an order, so that no two wait for each other. On SQLite a transaction that writes is alone as it is.
    gyms = select(Gym.id).where(Gym.id.in_(gym_ids)).order_by(Gym.id)
    session.execute(gyms.with_for_update(key_share=True)).all()


def begin(
    session: Session, *, gym_id: str, day: date, records: int, sessions: int, now: datetime
) -> RawObject:
    """Say that an object is going to be written; its name was never used before."""
    made = RawObject(
        name=f"raw/gym={gym_id}/day={day.isoformat()}/{uuid_utils.uuid7()}.parquet",
        gym_id=gym_id,
        day=day,
        state="writing",
        records=records,
        sessions=sessions,
        bytes=0,
        sha256="",
        begun_at=now,
    )
    session.add(made)
    session.flush()
    return made


def land(session: Session, object_id: int, data: bytes, *, landed_at: datetime) -> bool:
    """Make an object count whose bytes are in the store; False when it was given up meanwhile.

    `landed_at` is now, or when the records landed that the object stands for now.
    """
    found = session.get(RawObject, object_id, with_for_update=True)
    if found is None or found.state != "writing":
        return False
    found.state, found.landed_at = "landed", landed_at
    found.bytes, found.sha256 = len(data), hashlib.sha256(data).hexdigest()
    return True


def write(database: Database, objects: ObjectStore, name: str, data: bytes) -> None:
    """Write the bytes of an object that was announced; it is given up when they cannot be written.

    Raises:
        StoreUnavailable: they cannot.
    """
    try:
        objects.put_new(name, data)
    except StoreUnavailable:
        with suppress(StoreUnavailable, DatabaseUnavailable):  # the sweep does it otherwise
            give_up(database, objects, name)
        raise


def give_up(database: Database, objects: ObjectStore, name: str) -> None:
    """Delete an object that does not count, bytes first.

    Raises:
        StoreUnavailable: its bytes cannot be deleted; the row stays and says so.
        DatabaseUnavailable: its row cannot.
    """
    objects.delete(name)
    with database.write() as session:
        found = session.scalar(
            select(RawObject).where(RawObject.name == name, RawObject.state == "writing").with_for_update()
        )
        if found is not None:
            session.delete(found)


def sweep(database: Database, objects: ObjectStore, *, now: datetime) -> int:
    """Delete what killed workers have left, and what others have long stood for; returns how many objects.

    Raises:
        StoreUnavailable: an object cannot be deleted.
        DatabaseUnavailable: the database does not answer.
    """
    left = select(RawObject.name).where(
        RawObject.state == "writing", RawObject.begun_at < now - ABANDONED_AFTER
    )
    with database.read() as session:
        names = session.scalars(left.limit(_AT_ONCE)).all()
    for name in names:
        give_up(database, objects, name)
    return len(names) + purge(database, objects, RawObject.retired_at < now - READ_UNTIL, now=now)


def purge(database: Database, objects: ObjectStore, which: ColumnElement[bool], *, now: datetime) -> int:
    """Delete the bytes of objects that others stand for; returns how many.

    Raises:
        StoreUnavailable: an object cannot be deleted.
        DatabaseUnavailable: the database does not answer.
    """
    retired = select(RawObject.name).where(which, RawObject.state == "retired", RawObject.purged_at.is_(None))
    with database.read() as session:
        names = session.scalars(retired.limit(_AT_ONCE)).all()
    for name in names:
        objects.delete(name)
        with database.write() as session:
            session.execute(update(RawObject).where(RawObject.name == name).values(purged_at=now))
    return len(names)
