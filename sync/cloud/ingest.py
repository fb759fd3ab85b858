"""Records of a batch are applied: each exactly once, however often and wherever it comes.

What is durable costs a wait for the disk, for one batch as for many. So those that wait at the same time
share their transactions, and each has its own object and its own answer.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from sync.cloud.batch import Batch, Landable, Refusal, read_batch
from sync.cloud.database.database import Database, DatabaseUnavailable
from sync.cloud.database.tables import Erasure, LandedRecord
from sync.cloud.gateways import Identity, utc_now
from sync.cloud.lake import parquet
from sync.cloud.lake.objects import ObjectStore, StoreUnavailable
from sync.cloud.landing import begin, give_up, land, lock_gyms, write
from sync.cloud.metrics import Metrics
from sync.cloud.together import Together

# Each time another worker has landed some of the same records between the look and the landing.
_ATTEMPTS: Final = 5
_MOST_TOGETHER: Final = 64
_WRITERS: Final = 8


class TooContended(Exception):  # noqa: N818 - named by what happened
    """Others were landing the same records, or a great many others; the same batch later will do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a batch: each id in exactly one of the two."""

    acknowledged: tuple[str, ...]
    refused: tuple[Refusal, ...]


@dataclass(slots=True, eq=False)
class _Job:
    """A batch on its way: `fresh` is what its object is to hold, `done` or `error` how it ended."""

    sender: Identity
    batch: Batch
    received_at: datetime
    fresh: tuple[Landable, ...] = ()
    object_id: int = 0
    name: str = ""
    data: bytes = b""
    done: bool = False
    error: Exception | None = None

    @property
    def open(self) -> bool:
        """Whether something is left to do."""
        return not self.done and self.error is None


class Ingest:
    """Takes batches, as many at once as there are threads that call it."""

    def __init__(
        self,
        *,
        database: Database,
        objects: ObjectStore,
        metrics: Metrics,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._objects = objects
        self._metrics = metrics
        self._clock = clock
        self._together = Together(self._apply, most=_MOST_TOGETHER)
        self._writers = ThreadPoolExecutor(_WRITERS, "landing")

    def take(self, sender: Identity, text: bytes) -> Answer:
        """Apply a batch; when this returns, what it acknowledges is durable.

        Args:
            sender: The gateway; everything is its gym's.
            text: Records, one a line.

        Raises:
            BatchRefused: nothing was applied, and never will be.
            TooContended: not everything was applied; send it again.
            DatabaseUnavailable: likewise.
            StoreUnavailable: likewise.
        """
        batch = read_batch(text)
        job = _Job(sender, batch, self._clock())
        self._together.do(job)
        if not job.done:
            raise job.error or TooContended
        self._metrics.records.labels("landed").inc(len(job.fresh))
        self._metrics.records.labels("known").inc(len(batch.records) - len(job.fresh))
        self._metrics.records.labels("refused").inc(len(batch.refused))
        self._metrics.stripped.inc(batch.stripped)
        return Answer(tuple(each.id for each in batch.records), batch.refused)

    def close(self) -> None:
        """Take no more."""
        self._writers.shutdown(wait=True)

    def _apply(self, jobs: list[_Job]) -> None:
        """Do some batches; what fails for one is its own, what fails for all is everybody's."""
        try:
            for _ in range(_ATTEMPTS):
                self._step(_left(jobs), self._begin)
                list(self._writers.map(self._write, _left(jobs)))
                self._step(_left(jobs), self._land)
                list(self._writers.map(self._give_up, _left(jobs)))
                if not _left(jobs):
                    return
        except Exception as error:  # noqa: BLE001 - each of those who wait raises it
            _fail(jobs, error)
        else:
            _fail(jobs, TooContended())

    def _step(self, jobs: list[_Job], step: Callable[[Session, _Job], bool]) -> None:
        """One transaction for a step of all; one whose own values are refused is taken back alone."""
        if not jobs:
            return
        ended: list[_Job] = []
        with self._database.write() as session:
            lock_gyms(session, {job.sender.gym_id for job in jobs})
            for job in jobs:
                try:
                    with session.begin_nested():
                        if step(session, job):
                            ended.append(job)
                except (DataError, IntegrityError) as error:
                    job.error = error
        for job in ended:  # not before all of it is durable
            job.done = True

    @staticmethod
    def _begin(session: Session, job: _Job) -> bool:
        """Note who is to be erased, and announce an object for what is new; true when nothing is."""
        _note_erasures(session, job)
        job.fresh = _fresh(session, job.sender, job.batch.records)
        if not job.fresh:
            return True
        made = begin(
            session,
            gym_id=job.sender.gym_id,
            day=job.received_at.date(),
            records=len(job.fresh),
            sessions=sum(each.kind == "session" for each in job.fresh),
            now=job.received_at,
        )
        job.object_id, job.name = made.id, made.name
        return False

    def _write(self, job: _Job) -> None:
        try:
            job.data = parquet.write([_row(job, each) for each in job.fresh])
            write(self._database, self._objects, job.name, job.data)
        except (StoreUnavailable, parquet.QueryError, OSError) as error:
            job.error = error

    def _land(self, session: Session, job: _Job) -> bool:
        """Have the object count; false when what it should hold has changed meanwhile."""
        if _fresh(session, job.sender, job.fresh) != job.fresh:
            return False
        if not land(session, job.object_id, job.data, landed_at=self._clock()):
            return False
        session.execute(insert(LandedRecord), [_index(job, each) for each in job.fresh])
        return True

    def _give_up(self, job: _Job) -> None:
        with suppress(StoreUnavailable, DatabaseUnavailable):  # the sweep does it otherwise
            give_up(self._database, self._objects, job.name)


def _left(jobs: Sequence[_Job]) -> list[_Job]:
    return [job for job in jobs if job.open]


def _fail(jobs: Sequence[_Job], error: Exception) -> None:
    for job in _left(jobs):
        job.error = error


def _note_erasures(session: Session, job: _Job) -> None:
    wanted = {each.id: each for each in job.batch.records if each.kind == "erase" and each.member is not None}
    if not wanted:
        return
    gym_id = job.sender.gym_id
    known = session.scalars(
        select(Erasure.record_id).where(Erasure.gym_id == gym_id, Erasure.record_id.in_(wanted))
    ).all()
    for identifier in wanted.keys() - set(known):
        each = wanted[identifier]
        session.add(
            Erasure(
                gym_id=gym_id,
                record_id=identifier,
                member=each.member,
                # A clock that is ahead must not swallow what is to come.
                until=min(each.created_at, job.received_at),
                received_at=job.received_at,
            )
        )
    session.flush()


def _fresh(session: Session, sender: Identity, records: Sequence[Landable]) -> tuple[Landable, ...]:
    """The records that are to be landed: neither known, nor of somebody who was erased since."""
    ids = [each.id for each in records if each.kind != "erase"]
    members = {each.member for each in records if each.member is not None}
    known = set(
        session.scalars(
            select(LandedRecord.id).where(LandedRecord.gym_id == sender.gym_id, LandedRecord.id.in_(ids))
        )
    )
    erased = dict(
        session.execute(
            select(Erasure.member, func.max(Erasure.until, type_=Erasure.until.type))
            .where(Erasure.gym_id == sender.gym_id, Erasure.member.in_(members))
            .group_by(Erasure.member)
        ).all()
    )
    return tuple(
        each
        for each in records
        if each.kind != "erase"
        and each.id not in known
        and not (each.member in erased and each.created_at <= erased[each.member])
    )


def _row(job: _Job, each: Landable) -> parquet.RawRow:
    return parquet.RawRow(
        id=each.id,
        kind=each.kind,
        gateway_id=job.sender.gateway_id,
        gym_id=job.sender.gym_id,
        member=each.member,
        created_at=each.created_at,
        received_at=job.received_at,
        schema=each.schema,
        body=each.body,
        clock=each.clock,
    )


def _index(job: _Job, each: Landable) -> dict[str, object]:
    return {
        "gym_id": job.sender.gym_id,
        "id": each.id,
        "object_id": job.object_id,
        "gateway_id": job.sender.gateway_id,
        "kind": each.kind,
        "member": each.member,
        "created_at": each.created_at,
        "received_at": job.received_at,
    }
