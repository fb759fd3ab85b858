"""`/api/v1/diagnostics`: a box sends the bundle that it was asked for."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from sync.cloud.api.body import read_body
from sync.cloud.api.identity import Caller
from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.jobs.bundles import MAX_BYTES, BundleRefused, Bundles
from sync.cloud.jobs.service import JobUnknown

_ZIP = "application/zip"
_READ_WITHIN_S = 300.0  # a gym's uplink may carry no more than a few hundred kbit/s


def routes(bundles: Bundles) -> APIRouter:
    """Return the route."""
    router = APIRouter(prefix="/api/v1/diagnostics", tags=["diagnostics"], responses=RESPONSES)
    body = {"required": True, "content": {_ZIP: {"schema": {"type": "string", "format": "binary"}}}}

    @router.post(
        "/{job_id}",
        summary="The diagnostics that this gateway was asked for",
        status_code=HTTPStatus.NO_CONTENT,
        openapi_extra={"requestBody": body},
    )
    async def post_diagnostics(job_id: str, request: Request, caller: Caller) -> Response:
        """Take a zip file of 8 MiB at most for an open job; kept for 30 days."""
        packed = await read_body(
            request, most_bytes=MAX_BYTES, what="bundle of diagnostics", within_s=_READ_WITHIN_S
        )
        try:
            await run_in_threadpool(bundles.take, caller, job_id, packed)
        except JobUnknown as error:
            raise Problem(HTTPStatus.NOT_FOUND, "job-unknown", f"{error}.") from error
        except BundleRefused as error:
            raise Problem(HTTPStatus.CONFLICT, "bundle-refused", f"{error}.") from error
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
