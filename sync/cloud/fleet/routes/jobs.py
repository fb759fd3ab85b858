"""Jobs of boxes, and the bundles of diagnostics that come of them."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel, Field

from provisioning.jobs import MAX_EXPIRY_S, MAX_TIMEOUT_S, MIN_TIMEOUT_S, JobRefused, Kind
from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.fleet.inventory import Inventory
from sync.cloud.fleet.routes.boxes import GatewayId
from sync.cloud.fleet.routes.refusals import told
from sync.cloud.gateways import ID
from sync.cloud.jobs.bundles import Bundles
from sync.cloud.jobs.service import EXPIRES_IN_S, TIMEOUT_S, JobConflict, Jobs
from sync.cloud.jobs.store import Listed
from sync.cloud.operators.access import Reader, allowed
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.routes import Body

Worker = Annotated[Principal, Depends(allowed("jobs"))]
JobId = Annotated[str, Path(pattern="^[0-9a-f]{1,63}$")]
_WIPES = "factory_reset"


class NewJob(Body):
    """What a box is to do."""

    kind: Kind
    parameters: dict[str, Any] = Field(default_factory=dict, description="As the kind needs them.")
    expires_in_s: float = Field(default=EXPIRES_IN_S, gt=0, le=MAX_EXPIRY_S)
    timeout_s: float = Field(default=TIMEOUT_S, ge=MIN_TIMEOUT_S, le=MAX_TIMEOUT_S)


class ExecutionReport(BaseModel):
    """How far one box is."""

    gateway: str
    state: str
    reason: str
    progress: float | None
    result: dict[str, Any]
    started_at: datetime | None
    ended_at: datetime | None


class JobReport(BaseModel):
    """A job, and how far its boxes are."""

    id: str
    kind: str
    parameters: dict[str, Any]
    created_by: str
    created_at: datetime
    expires_at: datetime
    executions: list[ExecutionReport]


class JobList(BaseModel):
    """The newest first."""

    jobs: list[JobReport]


class BundleReport(BaseModel):
    """Diagnostics of a box."""

    job: str
    gateway: str
    bytes: int
    sha256: str
    stored_at: datetime


class BundleList(BaseModel):
    """The newest first."""

    bundles: list[BundleReport]


def routes(jobs: Jobs, bundles: Bundles, inventory: Inventory) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)
    _add_jobs(router, jobs, inventory)
    _add_bundles(router, bundles)
    return router


def _add_jobs(router: APIRouter, jobs: Jobs, inventory: Inventory) -> None:
    @router.get("/jobs", summary="The newest jobs")
    def list_jobs(
        reader: Reader, gateway: Annotated[str | None, Query(pattern=f"^{ID.pattern}$")] = None
    ) -> JobList:
        """List those of all boxes or of one, the newest first."""
        found = jobs.all(tenant_id=reader.tenant_id, gateway_id=gateway)
        return JobList(jobs=[_report(each) for each in found])

    @router.post(
        "/gateways/{gateway_id}/jobs", summary="Have a box do something", status_code=HTTPStatus.CREATED
    )
    def create_job(
        gateway_id: GatewayId,
        body: NewJob,
        worker: Worker,
        idempotency_key: Annotated[str | None, Header(max_length=63, pattern=r"^[!-~]+$")] = None,
    ) -> JobReport:
        """Ask it, once; to wipe a box needs the permission `gateways` too."""
        if body.kind == _WIPES and not worker.may("gateways"):
            raise Problem(
                HTTPStatus.FORBIDDEN, "forbidden", f"The role {worker.role} may not wipe a box; an admin may."
            )
        with told(JobRefused, JobConflict):
            inventory.find(gateway_id, tenant_id=worker.tenant_id)
            made = jobs.create(
                body.kind,
                body.parameters,
                gateways=[gateway_id],
                by=worker.label,
                tenant_id=worker.tenant_id,
                idempotency_key=idempotency_key,
                expires_in_s=body.expires_in_s,
                timeout_s=body.timeout_s,
            )
        return _report(made)

    @router.post("/jobs/{job_id}/cancel", summary="Take a job back")
    def cancel_job(
        job_id: JobId,
        worker: Worker,
        force: Annotated[bool, Query(description="Also from a box that is at it.")] = False,  # noqa: FBT002 - a query's form
    ) -> JobReport:
        """Take it from boxes that have not begun it."""
        with told(JobConflict):
            taken = jobs.cancel(job_id, by=worker.label, tenant_id=worker.tenant_id, force=force)
        return _report(taken)


def _add_bundles(router: APIRouter, bundles: Bundles) -> None:
    @router.get("/gateways/{gateway_id}/diagnostics", summary="Diagnostics that a box has sent")
    def list_diagnostics(gateway_id: GatewayId, reader: Reader) -> BundleList:
        """List the bundles that are kept."""
        found = bundles.all(tenant_id=reader.tenant_id, gateway_id=gateway_id)
        return BundleList(
            bundles=[
                BundleReport(
                    job=each.job_id,
                    gateway=each.gateway_id,
                    bytes=each.bytes,
                    sha256=each.sha256,
                    stored_at=each.stored_at,
                )
                for each in found
            ]
        )

    @router.get(
        "/gateways/{gateway_id}/diagnostics/{job_id}",
        summary="A bundle of diagnostics",
        response_class=Response,
        responses={200: {"content": {"application/zip": {}}}},
    )
    def read_diagnostics(gateway_id: GatewayId, job_id: JobId, worker: Worker) -> Response:
        """Return the zip; who took it is audited."""
        with told():
            content = bundles.read(job_id, gateway_id, by=worker.label, tenant_id=worker.tenant_id)
        name = f"{gateway_id}-{job_id}.zip"
        return Response(
            content,
            media_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _report(listed: Listed) -> JobReport:
    return JobReport(
        id=listed.id,
        kind=listed.job.kind,
        parameters=dict(listed.job.parameters),
        created_by=listed.created_by,
        created_at=listed.job.queued_at,
        expires_at=listed.job.expires_at,
        executions=[
            ExecutionReport(
                gateway=gateway_id,
                state=each.state,
                reason=each.reason,
                progress=each.progress,
                result=dict(each.result),
                started_at=each.started_at,
                ended_at=each.ended_at,
            )
            for gateway_id, each in listed.executions.items()
        ],
    )
