"""`POST /api/v1/records`: what boxes send."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from sync.cloud.api.body import read_body, unpack
from sync.cloud.api.identity import Caller
from sync.cloud.api.problem import RESPONSES, Problem, later
from sync.cloud.batch import BatchRefused, BatchTooLong
from sync.cloud.gateways import Identity
from sync.cloud.ingest import Answer, Ingest
from sync.cloud.metrics import Metrics

MEDIA_TYPE: Final = "application/x-ndjson"
ENCODING: Final = "zstd"


class Refused(BaseModel):
    """A record that will never be taken."""

    id: str
    reason: str


class RecordsAnswer(BaseModel):
    """Every record of the batch, in exactly one of the two."""

    acknowledged: list[str] = Field(description="Durable here, whether new or known.")
    refused: list[Refused] = Field(description="Never taken; do not send them again.")


class Admission:
    """How many batches may be here at once, at work or waiting: each may hold megabytes."""

    def __init__(self, limit: int, metrics: Metrics) -> None:
        self._limit = limit
        self._metrics = metrics
        self._inside = 0

    async def __call__(self) -> AsyncIterator[None]:
        """Let one in for the time of its request.

        Raises:
            Problem: 503 when too many are there.
        """
        if self._inside >= self._limit:
            self._metrics.turned_away.inc()
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "busy",
                "Too many batches at once. Send it again later.",
                later(),
            )
        self._inside += 1
        self._metrics.in_flight.set(self._inside)
        try:
            yield
        finally:
            self._inside -= 1
            self._metrics.in_flight.set(self._inside)


def routes(ingest: Ingest, metrics: Metrics, *, max_requests: int, workers: int) -> APIRouter:
    """Return the route, with how many batches it takes in, and how many of them are landed, at once."""
    router = APIRouter(prefix="/api/v1", tags=["records"], responses=RESPONSES)
    threads = CapacityLimiter(workers)

    def take(caller: Identity, packed: bytes) -> Answer:
        text = unpack(packed)
        metrics.batch_bytes.observe(len(text))
        with metrics.batch_seconds.time():
            return ingest.take(caller, text)

    @router.post(
        "/records",
        summary="Apply a batch of records, each exactly once",
        dependencies=[Depends(Admission(max_requests, metrics))],
        openapi_extra={"requestBody": {"required": True, "content": {MEDIA_TYPE: {}}}},
    )
    async def post_records(request: Request, caller: Caller) -> RecordsAnswer:
        """Take one zstd frame of at most 1000 records, one a line: 1 MiB packed, 4 MiB unpacked."""
        _demand_form(request)
        packed = await read_body(request)
        try:
            answer = await to_thread.run_sync(take, caller, packed, limiter=threads)
        except BatchTooLong as error:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-long", f"{error}.") from error
        except BatchRefused as error:
            raise Problem(
                HTTPStatus.BAD_REQUEST, "batch-refused", f"{error}; nothing was applied."
            ) from error
        return RecordsAnswer(
            acknowledged=list(answer.acknowledged),
            refused=[Refused(id=each.id, reason=each.reason) for each in answer.refused],
        )

    return router


def _demand_form(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if (media_type, encoding) != (MEDIA_TYPE, ENCODING):
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "form-unknown",
            f"Send Content-Type: {MEDIA_TYPE} with Content-Encoding: {ENCODING}.",
            {"Connection": "close"},
        )
