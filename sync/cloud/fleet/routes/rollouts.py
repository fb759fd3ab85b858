"""Rollouts: watched, begun and steered."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, StringConstraints

from provisioning import assignment
from sync.cloud.api.problem import RESPONSES
from sync.cloud.database.base import ID_LENGTH
from sync.cloud.fleet.routes.refusals import told
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body
from sync.cloud.rollout.machine import NotPossible
from sync.cloud.rollout.plan import Plan, PlanRefused
from sync.cloud.rollout.rollouts import Listed, Rollouts
from sync.cloud.rollout.state import Rollout

Manager = Annotated[Principal, Depends(allowed("rollouts"))]
RolloutId = Annotated[str, Path(pattern="^[0-9a-f]{1,32}$")]
Word = Annotated[str, StringConstraints(min_length=1, max_length=ID_LENGTH, pattern=r"^[^\x00]*$")]
_FAILURES_MOST = 200


class GroupReport(BaseModel):
    """One group: how many boxes it has, and how they fare."""

    name: str
    mode: str
    begun: bool
    total: int
    succeeded: int
    failed: int
    open: int
    silent: int
    success_threshold: float
    error_threshold: float
    soak_s: float
    approval: bool


class FailureReport(BaseModel):
    """A box that went back, and why."""

    gateway: str
    group: str
    reason: str


class RolloutReport(BaseModel):
    """A rollout as it stands."""

    id: str
    kind: str
    subject: str
    version: str
    champion: str
    tenant: str | None
    status: str
    reason: str
    group: int = Field(description="Whose turn it is, from 0; as many as there are when all had theirs.")
    groups: list[GroupReport]
    failures: list[FailureReport]
    created_by: str
    created_at: datetime
    changed_at: datetime


class RolloutList(BaseModel):
    """The newest first."""

    rollouts: list[RolloutReport]


class NewRollout(Body):
    """What is to be rolled out."""

    kind: Literal["models", "config", "software"] = assignment.SHADOW
    subject: Word = Field(description="The model, the bundle, or `gymbox`.")
    version: Word | None = Field(default=None, description="Empty: the newest, or what is proposed.")
    plan: Plan | None = Field(default=None, description="Empty: the careful one.")


class Abortion(Body):
    """Why it ends."""

    reason: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]


def routes(rollouts: Rollouts) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/rollouts", summary="The newest rollouts")
    def list_rollouts(reader: Reader) -> RolloutList:
        """List those of the asker's tenant, the newest first."""
        return RolloutList(rollouts=[_report(each) for each in rollouts.all(tenant_id=reader.tenant_id)])

    @router.get("/rollouts/{rollout_id}", summary="One rollout")
    def read_rollout(rollout_id: RolloutId, reader: Reader) -> RolloutReport:
        """Return a rollout with its groups and the boxes that failed."""
        with told():
            return _report(rollouts.show(rollout_id, tenant_id=reader.tenant_id))

    @router.post("/rollouts", summary="Begin a rollout", status_code=HTTPStatus.CREATED)
    def start_rollout(body: NewRollout, manager: Manager) -> RolloutReport:
        """Give the first group the release, or wait for an approval."""
        with told(NotPossible, PlanRefused):
            begun = rollouts.start(
                body.subject,
                plan=body.plan,
                version=body.version,
                shadow=body.kind,
                by=manager.label,
                tenant_id=manager.tenant_id,
            )
            return _report(rollouts.show(begun.id, tenant_id=manager.tenant_id))

    def steer(
        rollout_id: str, manager: Principal, deed: Callable[..., Rollout], **more: str
    ) -> RolloutReport:
        with told(NotPossible):
            deed(rollout_id, by=manager.label, tenant_id=manager.tenant_id, **more)
            return _report(rollouts.show(rollout_id, tenant_id=manager.tenant_id))

    @router.post("/rollouts/{rollout_id}/pause", summary="Let no other group begin")
    def pause_rollout(rollout_id: RolloutId, manager: Manager) -> RolloutReport:
        """Boxes that have the release keep it."""
        return steer(rollout_id, manager, rollouts.pause)

    @router.post("/rollouts/{rollout_id}/resume", summary="Go on after a pause")
    def resume_rollout(rollout_id: RolloutId, manager: Manager) -> RolloutReport:
        """Go on where it was."""
        return steer(rollout_id, manager, rollouts.resume)

    @router.post("/rollouts/{rollout_id}/approve", summary="Let the group begin that waits")
    def approve_rollout(rollout_id: RolloutId, manager: Manager) -> RolloutReport:
        """Give the next group the release."""
        return steer(rollout_id, manager, rollouts.approve)

    @router.post("/rollouts/{rollout_id}/abort", summary="End it, and send every box back")
    def abort_rollout(rollout_id: RolloutId, body: Abortion, manager: Manager) -> RolloutReport:
        """Boxes that were given the release go back to the version before."""
        return steer(rollout_id, manager, rollouts.abort, reason=body.reason)

    return router


def _report(listed: Listed) -> RolloutReport:
    rollout = listed.rollout
    started = set(rollout.started())
    groups = []
    for number, group in enumerate(rollout.groups):
        tally = rollout.count(number)
        groups.append(
            GroupReport(
                name=group.name,
                mode=group.mode,
                begun=number in started,
                total=tally.total,
                succeeded=tally.succeeded,
                failed=tally.failed,
                open=tally.open,
                silent=tally.silent,
                success_threshold=group.success_threshold,
                error_threshold=group.error_threshold,
                soak_s=group.soak_s,
                approval=group.approval,
            )
        )
    failures = [
        FailureReport(gateway=gateway_id, group=rollout.groups[number].name, reason=each.reason)
        for (number, gateway_id), each in rollout.executions.items()
        if each.state == "failed"
    ]
    return RolloutReport(
        id=rollout.id,
        kind=rollout.shadow,
        subject=rollout.subject,
        version=str(rollout.challenger["version"]),
        champion=str(rollout.champion["version"]),
        tenant=rollout.tenant_id,
        status=rollout.status,
        reason=rollout.reason,
        group=rollout.group,
        groups=groups,
        failures=failures[:_FAILURES_MOST],
        created_by=listed.created_by,
        created_at=listed.created_at,
        changed_at=listed.changed_at,
    )
