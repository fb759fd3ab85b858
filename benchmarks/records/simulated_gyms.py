"""Gyms of simulated members, as their boxes would have told the cloud of them; landed in a lake."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import uuid_utils

from recommender.features import FEATURE_NAMES, feature_vector, recent
from recommender.history import HIGHEST_RPE
from recommender.prescription import LOWEST_INTENSITY, SHORTEST_MINUTES, Prescription
from recommender.simulation.members import simulate
from sync.cloud.database.tables import Gateway, Gym, LandedRecord, RawObject, Tenant
from sync.cloud.lake.parquet import RawRow, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recommender.history import Workout
    from recommender.simulation.members import SimulatedDay, SimulatedMember
    from sync.cloud.database.database import Database
    from sync.cloud.lake.objects import ObjectStore

_PRIVATE = ("sleep_efficiency", "stress_index")


@dataclass(frozen=True, slots=True)
class SimulatedGym:
    """One gym and what its only gateway sent, oldest first."""

    id: str
    rows: tuple[RawRow, ...]

    @property
    def gateway_id(self) -> str:
        """Of the only box."""
        return f"{self.id}-box"

    def changed(self, change: Callable[[dict[str, Any]], dict[str, Any]], share: float = 1.0) -> SimulatedGym:
        """The same with other bodies, of the first rows."""
        many = round(share * len(self.rows))
        rows = [replace(row, body=json.dumps(change(json.loads(row.body)))) for row in self.rows[:many]]
        return replace(self, rows=(*rows, *self.rows[many:]))

    def copied(self, name: str) -> SimulatedGym:
        """As many other people of another gym, who have done the very same."""
        rows = [
            replace(
                row,
                id=str(uuid_utils.uuid7()),
                gym_id=name,
                gateway_id=f"{name}-box",
                member=_pseudonym(f"{name} {row.member}"),
            )
            for row in self.rows
        ]
        return SimulatedGym(name, tuple(rows))


def _pseudonym(text: str) -> str:
    return "p1-" + hashlib.sha256(text.encode()).hexdigest()


def gyms(count: int, *, members: int, days: int, seed: int) -> tuple[SimulatedGym, ...]:
    """Gyms of as many members each."""
    people = list(simulate(members=count * members, days=days, seed=seed))
    return tuple(
        gym(f"gym-{number}", people[number * members : (number + 1) * members]) for number in range(count)
    )


def gym(name: str, people: Iterable[SimulatedMember]) -> SimulatedGym:
    """One gym of these members."""
    found = []
    for number, member in enumerate(people):
        pseudonym = _pseudonym(f"{name} {number}")
        found += [
            _row(name, pseudonym, body(member, today, today.workout))
            for today in member.days
            if today.workout is not None
        ]
    return SimulatedGym(name, tuple(sorted(found, key=lambda row: row.created_at)))


def body(member: SimulatedMember, today: SimulatedDay, done: Workout) -> dict[str, Any]:
    """Of a `session` record, as gateway/sessions/report.py writes it."""
    planned = done.prescribed or Prescription(SHORTEST_MINUTES, LOWEST_INTENSITY)  # they always have one
    seen = feature_vector(today.person, recent(member.history, today.day), today.day)
    told = {
        name: None if name in seen.imputed else round(float(value), 5)
        for name, value in zip(FEATURE_NAMES, seen.values, strict=True)
        if name not in _PRIVATE
    }
    begun = datetime.combine(today.day, time(17), UTC)
    return {
        "id": str(uuid_utils.uuid7()),
        "station_id": "treadmill-1",
        "exercise": None,
        "started_at": _stamp(begun),
        "ended_at": _stamp(begun + timedelta(minutes=done.duration_minutes)),
        "rpe": None if done.rpe is None else int(done.rpe),
        "sets": [],
        "heart_rate": None if done.mean_bpm is None else {"mean_bpm": done.mean_bpm, "max_bpm": 190.0},
        "treadmill": None,
        "plan": {
            "id": str(uuid_utils.uuid7()),
            "day": today.day.isoformat(),
            "goal": today.person.goal,
            "level": today.person.level,
            "sex": today.person.sex,
            "type": done.type,
            "duration_minutes": planned.duration_minutes,
            "intensity_score": planned.intensity_score,
            "performed_minutes": done.duration_minutes,
            "performed_intensity": done.intensity_score,
            "completion": done.completion,
            "accepted": done.accepted,
            "features": told,
        },
    }


def land(database: Database, store: ObjectStore, every: Sequence[SimulatedGym]) -> None:
    """What ingest does: objects, then the rows that make them count."""
    now = datetime.now(UTC)
    with database.write() as session:
        session.merge(Tenant(id="tenant", created_at=now))
        session.flush()
        for each in every:
            session.merge(Gym(id=each.id, tenant_id="tenant", created_at=now))
            session.flush()
            token = hashlib.sha256(each.gateway_id.encode()).hexdigest()
            session.merge(Gateway(id=each.gateway_id, gym_id=each.id, token_hash=token, created_at=now))
    for each in every:
        content = write(each.rows)
        name = f"raw/gym={each.id}/day={date(2026, 1, 1)}/{uuid_utils.uuid7()}.parquet"
        store.put_new(name, content)
        with database.write() as session:
            landed = RawObject(
                name=name,
                gym_id=each.id,
                day=date(2026, 1, 1),
                state="landed",
                records=len(each.rows),
                sessions=sum(row.kind == "session" for row in each.rows),
                bytes=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                begun_at=now,
                landed_at=now,
            )
            session.add(landed)
            session.flush()
            session.add_all(
                LandedRecord(
                    gym_id=row.gym_id,
                    id=row.id,
                    object_id=landed.id,
                    gateway_id=row.gateway_id,
                    kind=row.kind,
                    member=row.member,
                    created_at=row.created_at,
                    received_at=row.received_at,
                )
                for row in each.rows
            )


def _row(gym_id: str, member: str, told: dict[str, Any]) -> RawRow:
    ended = datetime.fromisoformat(told["ended_at"])
    return RawRow(
        id=told["id"],
        kind="session",
        gateway_id=f"{gym_id}-box",
        gym_id=gym_id,
        member=member,
        created_at=ended,
        received_at=ended + timedelta(minutes=1),
        schema=1,
        body=json.dumps(told),
    )


def harder(body: dict[str, Any], by: int) -> dict[str, Any]:
    """The same session of somebody to whom it felt some points harder."""
    return {**body, "rpe": None if body["rpe"] is None else min(body["rpe"] + by, int(HIGHEST_RPE))}


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
