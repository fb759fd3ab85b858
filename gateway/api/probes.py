"""Is the process alive, is the box ready, which all may ask; what do its counters say. Silent on secrets."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from gateway.api.auth import Box, demand_scraper
from gateway.health import PartState
from gateway.live.snapshot import Stamp
from gateway.redaction import shorten_paths

router = APIRouter(tags=["probes"])

State = Literal["ok", "degraded", "failed"]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class PartReport(BaseModel):
    """How one part does."""

    state: State
    reason: str
    since: Stamp


class ReadyReport(BaseModel):
    """How the box does, part by part."""

    ready: bool = Field(description="Whether the box as a whole does its work.")
    state: State = Field(description="The worst state of any part.")
    parts: dict[str, PartReport]


@router.get("/livez", summary="The process runs and answers")
async def livez() -> Alive:
    """Answer, and look at nothing else: a restart would not bring a dead camera back."""
    return Alive()


@router.get("/readyz", summary="How each part does, and why", responses={503: {"model": ReadyReport}})
async def readyz(box: Box, response: Response) -> ReadyReport:
    """Say how every part does.

    503 when a part that the whole box needs has failed, or all parts of a kind have: one dead camera of four
    leaves the box ready, four of four do not. A part of a kind is named `kind:name`.
    """
    parts = box.health.snapshot()
    ready = is_ready(parts)
    response.status_code = 200 if ready else 503
    return ReadyReport(
        ready=ready,
        state=worst(parts),
        parts={
            name: PartReport(state=part.state, reason=shorten_paths(part.reason), since=part.since)
            for name, part in parts.items()
        },
    )


@router.get(
    "/metrics",
    summary="Counters for Prometheus",
    response_class=Response,
    dependencies=[Depends(demand_scraper)],
)
async def metrics(box: Box) -> Response:
    """Return the counters in Prometheus's text form: to this machine, to operators and to fleet tokens."""
    exposition, content_type = box.metrics.render()
    return Response(exposition, media_type=content_type)


def is_ready(parts: Mapping[str, PartState]) -> bool:
    """Decide whether the box as a whole does its work."""
    kinds: defaultdict[str, list[str]] = defaultdict(list)
    for name, part in parts.items():
        kinds[name.split(":", 1)[0]].append(part.state)
    return not any(all(state == "failed" for state in states) for states in kinds.values())


def worst(parts: Mapping[str, PartState]) -> State:
    """Return the worst state of any part."""
    states = {part.state for part in parts.values()}
    return next((state for state in ("failed", "degraded") if state in states), "ok")
