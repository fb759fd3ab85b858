"""Jobs: made for boxes of a tenant, followed by what these report, ended when their time is over.

A transaction for each decision: job, shadows and audit change together. Any number of processes may step.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from provisioning.jobs import (
    OPEN,
    SHADOW,
    Execution,
    Job,
    check_parameters,
    end,
    follow,
    hear,
)
from provisioning.twin import Fields
from sync.cloud import audit
from sync.cloud.database.database import Database
from sync.cloud.gateways import utc_now
from sync.cloud.jobs import store
from sync.cloud.jobs.creation import NAMED, JobConflict, add_job, check
from sync.cloud.jobs.store import Listed, Place
from sync.cloud.jobs.tables import JobExecution, JobRow

__all__ = ["EXPIRES_IN_S", "TIMEOUT_S", "JobConflict", "JobUnknown", "Jobs"]

EXPIRES_IN_S: Final = 7 * 86_400.0
TIMEOUT_S: Final = 900.0
_LISTED: Final = 100
_CHUNK: Final = 200
_SERVICE: Final = "service"
# An update that a box has tried stays desired: it is what the box runs, or what it gave up.
_NEVER_DONE: Final = frozenset({"CANCELED", "TIMED_OUT", "REMOVED"})


class JobUnknown(LookupError):  # noqa: N818 - named by what happened, as all errors of the project are
    """There is no job of this id."""


class Jobs:
    """All jobs of the service."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._database = database
        self._clock = clock

    def create(
        self,
        kind: str,
        parameters: Fields,
        *,
        gateways: Sequence[str],
        by: str,
        tenant_id: str | None = None,
        idempotency_key: str | None = None,
        expires_in_s: float = EXPIRES_IN_S,
        timeout_s: float = TIMEOUT_S,
    ) -> Listed:
        """Ask boxes to do something once; they hear of it with their next look.

        Args:
            kind: what, one of `provisioning.jobs.KINDS`.
            parameters: as that kind needs them.
            gateways: which boxes, of one tenant.
            by: who asks, for the audit.
            tenant_id: whose boxes they must be; None for whoever operates the whole service.
            idempotency_key: the same one again makes no second job.
            expires_in_s: a box that has not begun by then never does.
            timeout_s: how long the work may take on a box.

        Raises:
            JobRefused: it makes no sense.
            JobConflict: the key belongs to another job, or a box has too many that are open.
            GatewayUnknown: a box is not there, revoked, or another tenant's.
        """
        known = check_parameters(kind, parameters)
        boxes = sorted(set(gateways))
        check(known, parameters, boxes, expires_in_s, timeout_s)
        now = self._clock()
        job = Job(
            kind=known,
            parameters=dict(parameters),
            queued_at=now,
            expires_at=now + timedelta(seconds=expires_in_s),
            timeout_s=timeout_s,
        )
        try:
            with self._database.write() as session:
                return add_job(session, job, boxes, by=by, tenant_id=tenant_id, key=idempotency_key)
        except IntegrityError:  # another process was faster with the same key
            with self._database.write() as session:
                return add_job(session, job, boxes, by=by, tenant_id=tenant_id, key=idempotency_key)

    def all(
        self, *, tenant_id: str | None = None, gateway_id: str | None = None, limit: int = _LISTED
    ) -> list[Listed]:
        """The newest jobs, newest first, of a tenant or of all, of one box or of all."""
        asked = select(JobRow).order_by(JobRow.created_at.desc(), JobRow.id).limit(limit)
        if tenant_id is not None:
            asked = asked.where(JobRow.tenant_id == tenant_id)
        if gateway_id is not None:
            of_box = select(JobExecution.job_id).where(JobExecution.gateway_id == gateway_id)
            asked = asked.where(JobRow.id.in_(of_box))
        with self._database.read() as session:
            return store.listed(session, session.scalars(asked).all())

    def show(self, job_id: str, *, tenant_id: str | None = None) -> Listed:
        """One job.

        Raises:
            JobUnknown: there is none of that id, or it is another tenant's.
        """
        with self._database.read() as session:
            return store.listed(session, [_find(session, job_id, tenant_id)])[0]

    def cancel(self, job_id: str, *, by: str, tenant_id: str | None = None, force: bool = False) -> Listed:
        """Take a job back from boxes that have not begun it; with force also from those that have.

        A box that is at it stops where it can; what it has done already stays done.

        Raises:
            JobUnknown: there is none of that id, or it is another tenant's.
            JobConflict: no box can be spared it any more.
        """
        with self._database.write() as session:
            row = _find(session, job_id, tenant_id)
            places = [Place(job_id, each) for each in store.listed(session, [row])[0].executions]
            held = [execution for _, execution, _ in store.held(session, places)]
            taken = [each for each in held if force or each.state == "QUEUED"]
            if not taken:
                at_it = "it is under way; force ends it there" if held else "it has ended on every box"
                raise JobConflict(f"job {job_id} cannot be taken back: {at_it}")
            now = self._clock()
            for each in taken:
                store.save(each, end(store.execution_of(each), "CANCELED", f"taken back by {by}", now))
            _close(session, row, taken, by=by, now=now)
            session.flush()
            return store.listed(session, [row])[0]

    def step(self) -> None:
        """Follow what boxes report, and end what is over; a chore of the service."""
        with self._database.read() as session:
            changed = list(self._changed(session))
        for chunk in _chunks(changed):
            with self._database.write() as session:
                self._follow(session, chunk)

    def _changed(self, session: Session) -> Iterator[Place]:
        """The jobs on boxes of which there is news; mostly there are none, and nobody is to wait for that."""
        for chunk in _chunks(store.open_places(session)):
            for _, execution, _ in self._news(session, chunk, lock=False):
                yield Place(execution.job_id, execution.gateway_id)

    def _follow(self, session: Session, places: Sequence[Place]) -> None:
        ended: dict[str, tuple[JobRow, list[JobExecution]]] = {}
        for job, execution, after in self._news(session, places, lock=True):
            store.save(execution, after)
            if after.state not in OPEN:
                ended.setdefault(job.id, (job, []))[1].append(execution)
        for job, executions in ended.values():
            _close(session, job, executions, by=_SERVICE, now=self._clock())

    def _news(
        self, session: Session, places: Sequence[Place], *, lock: bool
    ) -> list[tuple[JobRow, JobExecution, Execution]]:
        now = self._clock()
        said = store.reports(session, (each.gateway_id for each in places))
        found = []
        for row, execution, revoked in store.held(session, places, lock=lock):
            before, job = store.execution_of(execution), store.job_of(row)
            if revoked:
                after = end(before, "REMOVED", "the box was sent away", now)
            else:
                after = follow(before, _heard(said, row, execution.gateway_id), job, now)
            if after != before:
                found.append((row, execution, after))
        return found


def _heard(said: Mapping[tuple[str, str], Fields], row: JobRow, gateway_id: str) -> Execution | None:
    if row.kind != "update":
        return hear(said.get((gateway_id, SHADOW), {}).get(row.id))
    standing = said.get((gateway_id, store.SOFTWARE_SHADOW), {}).get(store.SOFTWARE)
    return store.heard_of_update(standing, row.id)


def _close(session: Session, job: JobRow, ended: Sequence[JobExecution], *, by: str, now: datetime) -> None:
    """Take an ended job from its boxes, and say in the audit how it ended, a line for each state."""
    spared = [each.gateway_id for each in ended if job.kind != "update" or each.state in _NEVER_DONE]
    store.take_back(session, job.id, store.job_of(job), spared, now)
    states: defaultdict[str, list[str]] = defaultdict(list)
    for each in ended:
        states[each.state].append(each.gateway_id)
    lines = (
        audit.Line(
            at=now,
            tenant_id=job.tenant_id,
            actor=by,
            action=f"job.{state.lower()}",
            subject=f"job {job.id}",
            detail={"kind": job.kind, "gateways": boxes[:NAMED], "boxes": len(boxes)},
        )
        for state, boxes in sorted(states.items())
    )
    audit.append(session, *lines)


def _find(session: Session, job_id: str, tenant_id: str | None) -> JobRow:
    row = session.get(JobRow, job_id)
    if row is None or tenant_id not in {None, row.tenant_id}:
        raise JobUnknown(f"there is no job {job_id[:64]}; gymbox cloud jobs list shows them")
    return row


def _chunks(places: Sequence[Place]) -> Iterator[Sequence[Place]]:
    return (places[at : at + _CHUNK] for at in range(0, len(places), _CHUNK))
