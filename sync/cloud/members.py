"""One member in the cloud: everything that is known under a pseudonym, to take along, and the order to erase.

The box's own export names the pseudonym. A box that still runs orders the erasure itself; an operator of the
cloud does so for a box that does not.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import uuid_utils
from sqlalchemy import select
from sqlalchemy.orm import Session

from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.database.tables import DatasetObject, Erasure, Gym, LandedRecord, RawObject
from sync.cloud.gateways import utc_now
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectMissing, ObjectStore
from sync.cloud.landing import ObjectDamaged, lock_gyms

_RECORD: Final = ("id", "kind", "gateway_id", "created_at", "received_at", "clock")


class MemberUnknown(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """Nothing is known under this pseudonym in this gym."""


class Members:
    """The members of every gym, by their pseudonyms."""

    def __init__(
        self, database: Database, objects: ObjectStore, *, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._objects = objects
        self._clock = clock

    def export(self, gym_id: str, member: str, *, by: str) -> dict[str, Any]:
        """Everything that is known of a member, as JSON; that it was asked for stands in the audit.

        Raises:
            MemberUnknown: nothing is.
            ObjectDamaged: an object does not hold what the database says.
            StoreUnavailable: an object cannot be read now.
        """
        with self._database.write() as session:
            gym, wanted = self._known(session, gym_id, member)
            names = dict(
                session.execute(
                    select(RawObject.id, RawObject.name).where(RawObject.id.in_(set(wanted.values())))
                ).all()
            )
            datasets = session.scalars(
                select(DatasetObject.dataset_id).where(DatasetObject.object_id.in_(names)).distinct()
            ).all()
            asked = select(Erasure).where(Erasure.gym_id == gym_id, Erasure.member == member)
            erasures = [
                {"until": each.until.isoformat(), "done_at": each.done_at and each.done_at.isoformat()}
                for each in session.scalars(asked.order_by(Erasure.id))
            ]
            audit.append(session, self._line("export", gym, member, by=by, records=len(wanted)))
        records = [each for name in sorted(names.values()) for each in self._records(name, wanted)]
        if len(records) != len(wanted):
            raise ObjectDamaged(f"{len(wanted)} records are known and {len(records)} were found; ask again")
        return {
            "gym_id": gym_id,
            "member": member,
            "exported_at": self._clock().isoformat(),
            "records": sorted(records, key=lambda each: (each["created_at"], each["id"])),
            "datasets": sorted(datasets),
            "erasures": erasures,
        }

    def erase(self, gym_id: str, member: str, *, by: str) -> None:
        """Order what a box orders by an erase record; the service carries it out within seconds.

        Raises:
            MemberUnknown: nothing is known under this pseudonym.
        """
        now = self._clock()
        with self._database.write() as session:
            lock_gyms(session, {gym_id})
            gym, wanted = self._known(session, gym_id, member)
            order = f"operator-{uuid_utils.uuid7()}"
            session.add(Erasure(gym_id=gym_id, record_id=order, member=member, until=now, received_at=now))
            audit.append(session, self._line("erase", gym, member, by=by, records=len(wanted)))

    def _known(self, session: Session, gym_id: str, member: str) -> tuple[Gym, dict[str, int]]:
        """The gym, and the object that holds each record, by the record's id."""
        asked = select(LandedRecord.id, LandedRecord.object_id)
        asked = asked.where(LandedRecord.gym_id == gym_id, LandedRecord.member == member)
        wanted = dict(session.execute(asked).all())
        gym = session.get(Gym, gym_id)
        if gym is None or not wanted:
            raise MemberUnknown(f"nothing is known of {member[:80]} in gym {gym_id[:63]}")
        return gym, wanted

    def _records(self, name: str, wanted: dict[str, int]) -> list[dict[str, Any]]:
        try:
            rows = parquet.read(self._objects.get(name))
        except (ObjectMissing, parquet.QueryError) as error:
            raise ObjectDamaged(f"{name} cannot be read: {error}; ask again") from error
        return [_told(row) for row in rows if row.id in wanted]

    def _line(self, deed: str, gym: Gym, member: str, *, by: str, records: int) -> audit.Line:
        return audit.Line(
            at=self._clock(),
            tenant_id=gym.tenant_id,
            actor=by,
            action=f"member.{deed}",
            subject=member,
            detail={"gym": gym.id, "records": records},
        )


def _told(row: parquet.RawRow) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in _RECORD}
    told = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }
    return {**told, "body": json.loads(row.body)}
