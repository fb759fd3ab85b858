"""Is the process alive, is the service ready: open to all, silent on the inside. What its counters say."""

import hmac
from http import HTTPStatus
from ipaddress import ip_address

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.metrics import Metrics
from sync.cloud.readiness import Readiness, State


class Alive(BaseModel):
    """The process answers."""

    status: str = "ok"


class PartReport(BaseModel):
    """How one part does."""

    state: State
    reason: str


class ReadyReport(BaseModel):
    """How the service does, part by part."""

    ready: bool = Field(description="Whether boxes should be sent here.")
    state: State = Field(description="The worst state of any part.")
    parts: dict[str, PartReport]


def routes(readiness: Readiness, metrics: Metrics, *, metrics_token: str | None = None) -> APIRouter:
    """Return `/livez`, `/readyz` and `/metrics`; the last for who shows the token, or this machine alone."""
    router = APIRouter(tags=["probes"])

    @router.get("/livez", summary="The process runs and answers")
    async def livez() -> Alive:
        """Answer, and look at nothing else."""
        return Alive()

    @router.get("/readyz", summary="How each part does, and why", responses={503: {"model": ReadyReport}})
    def readyz(response: Response) -> ReadyReport:
        """Say how every part does; 503 when one has failed, as no request can do without them."""
        parts = readiness.report()
        states = {part.state for part in parts.values()}
        worst: State = "failed" if "failed" in states else "degraded" if "degraded" in states else "ok"
        response.status_code = 503 if worst == "failed" else 200
        response.headers["Cache-Control"] = "no-store"
        return ReadyReport(
            ready=worst != "failed",
            state=worst,
            parts={name: PartReport(state=part.state, reason=part.reason) for name, part in parts.items()},
        )

    @router.get("/metrics", summary="Counters for Prometheus", response_class=Response, responses=RESPONSES)
    def scrape(request: Request) -> Response:
        """Return the counters in Prometheus's text form, to a scraper with the token of the settings."""
        _demand_scraper(request, metrics_token)
        exposition, content_type = metrics.render()
        return Response(exposition, media_type=content_type)

    return router


def _demand_scraper(request: Request, token: str | None) -> None:
    if token is not None:
        shown = request.headers.get("authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "unauthorised",
                "Show the token of service.metrics_token_file.",
                {"WWW-Authenticate": "Bearer"},
            )
    elif not _is_from_here(request):
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "forbidden",
            "/metrics answers this machine alone; set service.metrics_token_file for others.",
        )


def _is_from_here(request: Request) -> bool:
    """Whether it comes from this machine, and not through a proxy on it."""
    if request.client is None or {"forwarded", "x-forwarded-for"} & set(request.headers):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:  # a name, as tests of others have it
        return False
