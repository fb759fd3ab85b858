"""The cloud's parts without HTTP, with a clock that stands still until it is moved, and what boxes send."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from sync.cloud.database.database import Database
from sync.cloud.database.tables import RawObject
from sync.cloud.erase import Eraser
from sync.cloud.gateways import Gateways, Identity
from sync.cloud.ingest import Answer, Ingest
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectStore
from sync.cloud.metrics import Metrics
from sync.pseudonym import Pseudonym, Pseudonymiser
from sync.record import Record, new_record

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
SESSION = {
    "id": "session-1",
    "station_id": "rack",
    "started_at": "2026-01-02T10:00:00Z",
    "sets": [{"exercise": "squat", "reps": 8, "partials": 1}],
}


class Clock:
    """Stands still until somebody moves it."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class CloudParts:
    """Everything between the API and what is kept."""

    def __init__(self, database: Database, objects: ObjectStore) -> None:
        self.clock = Clock()
        self._others: list[CloudParts] = []
        self.database = database
        self.objects = objects
        self.metrics = Metrics()
        self.gateways = Gateways(database, clock=self.clock)
        self.ingest = Ingest(database=database, objects=objects, metrics=self.metrics, clock=self.clock)
        self.eraser = Eraser(database=database, objects=objects, clock=self.clock)

    def another(self) -> "CloudParts":
        """Another worker, as another process of the service is one."""
        other = CloudParts(self.database, self.objects)
        other.clock = self.clock
        self._others.append(other)
        return other

    def close(self) -> None:
        for each in (self, *self._others):
            each.ingest.close()

    def gateway(self, name: str = "box", gym: str = "gym", tenant: str = "tenant") -> Identity:
        """Let a box in."""
        self.gateways.add(name, gym_id=gym, tenant_id=tenant)
        return Identity(name, gym, tenant)

    def send(self, sender: Identity, *records: Record) -> Answer:
        """Have a box send a batch."""
        return self.ingest.take(sender, "\n".join(record.to_json() for record in records).encode())

    def landed(self, gym: str = "gym") -> list[parquet.RawRow]:
        """What readers of the lake see of a gym, in the order of landing."""
        query = select(RawObject.name).where(RawObject.state == "landed", RawObject.gym_id == gym)
        with self.database.read() as session:
            names = session.scalars(query.order_by(RawObject.id)).all()
        return [row for name in names for row in parquet.read(self.objects.get(name))]

    def states(self) -> list[str]:
        """The states of all objects, in the order in which they were begun."""
        with self.database.read() as session:
            return list(session.scalars(select(RawObject.state).order_by(RawObject.id)))


class Records:
    """Makes records of members."""

    def __init__(self) -> None:
        self._pseudonym = Pseudonymiser(bytes(32))

    def pseudonym(self, member: str) -> Pseudonym:
        return self._pseudonym(member)

    def session(self, member: str = "anna", at: datetime = NOON, **body: object) -> Record:
        return new_record("session", {**SESSION, **body}, member=self._pseudonym(member), created_at=at)

    def erase(self, member: str = "anna", at: datetime = NOON) -> Record:
        return new_record("erase", {}, member=self._pseudonym(member), created_at=at)

    def health(self, at: datetime = NOON, **body: object) -> Record:
        return new_record("health", body, created_at=at)
