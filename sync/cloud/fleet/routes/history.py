"""The audit: read, searched, and taken away as JSON lines."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from sync.cloud.api.problem import RESPONSES
from sync.cloud.fleet.history import History, Wanted
from sync.cloud.operators.access import Reader
from sync.cloud.operators.route import DeskRoute

_PART = Query(max_length=255, pattern=r"^[^\x00]*$")
Part = Annotated[str, _PART]


class AuditPage(BaseModel):
    """Lines, the newest first."""

    lines: list[dict[str, Any]]
    before: int | None = Field(description="For the page after; null when there is none.")


def routes(history: History) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/fleet", tags=["fleet"], responses=RESPONSES, route_class=DeskRoute)

    @router.get("/audit", summary="Who did what")
    def read_audit(
        *,
        reader: Reader,
        actor: Part = "",
        action: Part = "",
        subject: Part = "",
        before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AuditPage:
        """Return lines by who did it, how the action begins, and what it was done to."""
        wanted = Wanted(actor=actor, action=action, subject=subject)
        lines = history.newest(wanted, tenant_id=reader.tenant_id, before=before, limit=limit)
        return AuditPage(lines=lines, before=lines[-1]["number"] if len(lines) == limit else None)

    @router.get("/audit.jsonl", summary="The audit as a file", response_class=StreamingResponse)
    def export_audit(
        reader: Reader, actor: Part = "", action: Part = "", subject: Part = ""
    ) -> StreamingResponse:
        """Return all those lines, oldest first, one a line, with the hashes of the chain."""
        wanted = Wanted(actor=actor, action=action, subject=subject)
        return StreamingResponse(
            history.lines(wanted, tenant_id=reader.tenant_id),
            media_type="application/x-ndjson",
            headers={"Content-Disposition": 'attachment; filename="audit.jsonl"'},
        )

    return router
