"""Jobs in the database. Every function works inside of the caller's transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, cast

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.orm import Session

from provisioning.jobs import OPEN, SHADOW, Execution, Job, Kind, State, hear, told
from provisioning.twin import Fields, encode
from sync.cloud.database.tables import Gateway, Gym
from sync.cloud.jobs.tables import JobExecution, JobRow
from sync.cloud.shadows.store import change_many
from sync.cloud.shadows.tables import ShadowRow

SOFTWARE_SHADOW: Final = "software"
SOFTWARE: Final = "gymbox"
"""An update is no job to the box: it is desired in the shadow of its software, under this key."""
_UPDATE_STATES: Final[Mapping[str, State]] = {
    "installing": "IN_PROGRESS",
    "active": "SUCCEEDED",
    "failed": "FAILED",
    "rolled_back": "FAILED",
    "rejected": "REJECTED",
}


class Place(NamedTuple):
    """A job on a box."""

    job_id: str
    gateway_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A job, and how each of its boxes got on, by box.

    Attributes:
        id: of the job.
        tenant_id: whose boxes they are.
        job: what is asked of them.
        created_by: who asked.
        executions: by gateway.
    """

    id: str
    tenant_id: str
    job: Job
    created_by: str
    executions: Mapping[str, Execution]


def tenants_of(session: Session, gateways: Iterable[str]) -> dict[str, str]:
    """The tenants of the gateways that there are and that are not revoked, by gateway."""
    asked = (
        select(Gateway.id, Gym.tenant_id)
        .join(Gym, Gym.id == Gateway.gym_id)
        .where(Gateway.id.in_(list(gateways)), Gateway.revoked_at.is_(None))
    )
    return dict(session.execute(asked).all())


def most_open(session: Session, gateways: Sequence[str]) -> int:
    """The most open jobs that one of the gateways has."""
    asked = (
        select(func.count())
        .where(JobExecution.gateway_id.in_(gateways), JobExecution.state.in_(OPEN))
        .group_by(JobExecution.gateway_id)
    )
    return max(session.scalars(asked), default=0)


def by_key(session: Session, tenant_id: str, key: str) -> Listed | None:
    """The job that was made with an idempotency key."""
    asked = select(JobRow).where(JobRow.tenant_id == tenant_id, JobRow.idempotency_key == key)
    row = session.scalar(asked)
    return None if row is None else listed(session, [row])[0]


def add(session: Session, new: Listed, *, key: str | None) -> None:
    """Write a job down and tell its boxes.

    Raises:
        sqlalchemy.exc.IntegrityError: another one has the key.
        DocumentRefused: a box's shadow has no room for it.
    """
    job = new.job
    session.add(
        JobRow(
            id=new.id,
            tenant_id=new.tenant_id,
            kind=job.kind,
            parameters=encode(job.parameters).decode(),
            idempotency_key=key,
            created_by=new.created_by,
            created_at=job.queued_at,
            expires_at=job.expires_at,
            timeout_s=job.timeout_s,
        )
    )
    session.flush()
    rows = [{"job_id": new.id, "gateway_id": each, **_columns(Execution())} for each in new.executions]
    session.execute(insert(JobExecution), rows)
    shadow, wish = _wish(new.id, job)
    change_many(session, shadow, "desired", dict.fromkeys(new.executions, wish), now=job.queued_at)


def listed(session: Session, rows: Sequence[JobRow]) -> list[Listed]:
    """Jobs with their boxes, in the order of the rows."""
    found: dict[str, dict[str, Execution]] = {row.id: {} for row in rows}
    asked = select(JobExecution).where(JobExecution.job_id.in_(found)).order_by(JobExecution.gateway_id)
    for each in session.scalars(asked):
        found[each.job_id][each.gateway_id] = execution_of(each)
    return [
        Listed(
            id=row.id,
            tenant_id=row.tenant_id,
            job=job_of(row),
            created_by=row.created_by,
            executions=found[row.id],
        )
        for row in rows
    ]


def job_of(row: JobRow) -> Job:
    """What is asked of the boxes."""
    return Job(
        kind=cast("Kind", row.kind),
        parameters=json.loads(row.parameters),
        queued_at=row.created_at,
        expires_at=row.expires_at,
        timeout_s=row.timeout_s,
    )


def execution_of(row: JobExecution) -> Execution:
    """How far a box is."""
    return Execution(
        state=cast("State", row.state),
        reason=row.reason,
        progress=row.progress,
        result=json.loads(row.result),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def open_places(session: Session) -> list[Place]:
    """Every job on every box that has not ended, the boxes in one order everywhere."""
    asked = select(JobExecution.job_id, JobExecution.gateway_id).where(JobExecution.state.in_(OPEN))
    return [Place(*each) for each in session.execute(asked.order_by(JobExecution.gateway_id))]


def held(
    session: Session, places: Sequence[Place], *, lock: bool = True
) -> list[tuple[JobRow, JobExecution, bool]]:
    """The rows of open jobs on boxes, and whether the box is revoked; what another one holds is left out.

    Args:
        session: of the transaction.
        places: which jobs on which boxes.
        lock: keep others from changing them until the transaction ends.
    """
    asked = (
        select(JobRow, JobExecution, Gateway.revoked_at.is_not(None))
        .join(JobExecution, JobExecution.job_id == JobRow.id)
        .join(Gateway, Gateway.id == JobExecution.gateway_id)
        .where(tuple_(JobExecution.job_id, JobExecution.gateway_id).in_(places), JobExecution.state.in_(OPEN))
    )
    if lock:
        asked = asked.with_for_update(of=JobExecution, skip_locked=True)
    return [(job, execution, revoked) for job, execution, revoked in session.execute(asked)]


def reports(session: Session, gateways: Iterable[str]) -> dict[tuple[str, str], Fields]:
    """What boxes report of their jobs and of their software, by box and shadow."""
    asked = select(ShadowRow.gateway_id, ShadowRow.name, ShadowRow.reported).where(
        ShadowRow.gateway_id.in_(set(gateways)), ShadowRow.name.in_((SHADOW, SOFTWARE_SHADOW))
    )
    return {(gateway_id, name): json.loads(text) for gateway_id, name, text in session.execute(asked)}


def save(row: JobExecution, after: Execution) -> None:
    """Write how far a box is; the caller holds the row."""
    for name, value in _columns(after).items():
        setattr(row, name, value)


def take_back(session: Session, job_id: str, job: Job, gateways: Sequence[str], now: datetime) -> None:
    """Take a job that has ended on some boxes out of what is desired of them."""
    shadow, wish = _wish(job_id, job)
    if job.kind == "update":  # another release may be desired by now
        asked = select(ShadowRow.gateway_id, ShadowRow.desired)
        asked = asked.where(ShadowRow.name == shadow, ShadowRow.gateway_id.in_(gateways))
        gateways = [
            gateway_id
            for gateway_id, desired in session.execute(asked)
            if json.loads(desired).get(SOFTWARE) == wish[SOFTWARE]
        ]
    change_many(session, shadow, "desired", {each: dict.fromkeys(wish) for each in gateways}, now=now)


def _wish(job_id: str, job: Job) -> tuple[str, dict[str, Any]]:
    if job.kind != "update":
        return SHADOW, {job_id: told(job)}
    wanted = {**job.parameters, "mode": "active", "rollout": _on_behalf_of(job_id)}
    return SOFTWARE_SHADOW, {SOFTWARE: wanted}


def heard_of_update(standing: object, job_id: str) -> Execution | None:
    """How far a box is with an update, by what it reports of its software; None while it tells of another."""
    if not isinstance(standing, Mapping) or standing.get("rollout") != _on_behalf_of(job_id):
        return None
    state = _UPDATE_STATES.get(str(standing.get("state")))
    return hear({"state": state, "reason": standing.get("reason")})


def _on_behalf_of(job_id: str) -> str:
    return f"job {job_id}"


def _columns(execution: Execution) -> dict[str, Any]:
    return {
        "state": execution.state,
        "reason": execution.reason,
        "progress": execution.progress,
        "result": encode(execution.result).decode(),
        "started_at": execution.started_at,
        "ended_at": execution.ended_at,
    }
