"""How a job begins: looked at, made for boxes of one tenant, told to them; within somebody's transaction."""

import secrets
from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from provisioning.jobs import (
    MAX_EXPIRY_S,
    MAX_OPEN,
    MAX_TIMEOUT_S,
    MIN_TIMEOUT_S,
    Execution,
    Job,
    JobRefused,
)
from provisioning.twin import DocumentRefused, Fields, same
from sync.cloud import audit
from sync.cloud.gateway_rows import GatewayUnknown
from sync.cloud.jobs import store
from sync.cloud.jobs.store import Listed

NAMED: Final = 20
"""Boxes that a line of the audit names."""
_ID_BYTES: Final = 8


class JobConflict(Exception):  # noqa: N818 - named by what happened, as all errors of the project are
    """What is asked does not go together with what there is; the text says what to do."""


def add_job(
    session: Session, job: Job, boxes: Sequence[str], *, by: str, tenant_id: str | None, key: str | None
) -> Listed:
    """Make a job for boxes and tell them of it; the one that the key belongs to, if it is the same.

    Args:
        session: of a transaction that writes.
        job: what.
        boxes: which, sorted.
        by: who asks, for the audit.
        tenant_id: whose boxes they must be; None for whoever operates the whole service.
        key: of idempotency.

    Raises:
        JobRefused: it makes no sense.
        JobConflict: the key belongs to another job, or a box has too many that are open.
        GatewayUnknown: a box is not there, revoked, or another tenant's.
        IntegrityError: another process is using the same key at this moment.
    """
    tenants = store.tenants_of(session, boxes)
    if tenant_id is not None:
        tenants = {box: tenant for box, tenant in tenants.items() if tenant == tenant_id}
    if missing := sorted(set(boxes) - set(tenants)):
        raise GatewayUnknown(f"there is no gateway {missing[0]}; gymbox cloud gateways list shows them")
    owners = set(tenants.values())
    if len(owners) > 1:
        raise JobRefused(f"the boxes belong to {len(owners)} tenants; make a job for each")
    owner = owners.pop()
    if key is not None and (there := store.by_key(session, owner, key)) is not None:
        _same_or_conflict(there, job, boxes, key)
        return there
    if store.most_open(session, boxes) >= MAX_OPEN:
        raise JobConflict(f"one of the boxes has {MAX_OPEN} open jobs; wait for them, or take one back")
    new = Listed(
        id=secrets.token_hex(_ID_BYTES),
        tenant_id=owner,
        job=job,
        created_by=by,
        executions={each: Execution() for each in boxes},
    )
    try:
        store.add(session, new, key=key)
    except DocumentRefused as error:
        raise JobRefused(f"{error}; make its parameters shorter") from error
    detail = {
        "kind": job.kind,
        "parameters": job.parameters,
        "gateways": list(boxes[:NAMED]),
        "boxes": len(boxes),
    }
    line = audit.Line(
        at=job.queued_at,
        tenant_id=owner,
        actor=by,
        action="job.create",
        subject=f"job {new.id}",
        detail=detail,
    )
    audit.append(session, line)
    return new


def check(kind: str, parameters: Fields, boxes: Sequence[str], expires_in_s: float, timeout_s: float) -> None:
    """Look at a job before anybody is asked.

    Raises:
        JobRefused: it makes no sense.
    """
    if not boxes:
        raise JobRefused("name at least one box")
    if not MIN_TIMEOUT_S <= timeout_s <= MAX_TIMEOUT_S:
        raise JobRefused(f"the timeout must be {MIN_TIMEOUT_S:g} to {MAX_TIMEOUT_S:g} s")
    if not 0 < expires_in_s <= MAX_EXPIRY_S:
        raise JobRefused(f"a job expires within {MAX_EXPIRY_S / 86_400:g} days")
    if kind == "factory_reset" and boxes != [parameters.get("confirm")]:
        raise JobRefused("a factory reset is for one box, and `confirm` repeats its id")


def _same_or_conflict(there: Listed, job: Job, boxes: Sequence[str], key: str) -> None:
    was = there.job
    if (was.kind, sorted(there.executions)) != (job.kind, list(boxes)) or not same(
        was.parameters, job.parameters
    ):
        raise JobConflict(f"the idempotency key {key[:64]!r} belongs to another job, {there.id}")
