"""Putting the API together."""

from fastapi import APIRouter, FastAPI

from gateway.api import (
    cameras,
    commands,
    devices,
    events,
    hearts,
    inference,
    members,
    models,
    plans,
    probes,
    problem,
    sessions,
    stations,
    sync,
    vision,
    wellbeing,
)
from gateway.api.auth import ApiContext
from gateway.api.kiosk import add_kiosk
from gateway.api.services import BoxServices
from gateway.api.throttle import FailureThrottle
from gateway.api.wire import BodyLimit, Defences

_DESCRIPTION = """
What a gym's box knows and does. Send a token as `Authorization: Bearer gtk_...`; make one with
`gymbox token create`. Every error is a problem document (RFC 9457), but under `/v2`, the Open Inference
Protocol, an object with the member `error`.
"""


def create_api(box: BoxServices) -> FastAPI:
    """Make the app that serves a box; it starts and stops nothing itself."""
    app = FastAPI(
        title="Gymbox",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their scripts come from elsewhere, and a box must do without the network
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.context = ApiContext(box=box, throttle=FailureThrottle(limit=box.settings.failures_per_minute))
    app.add_middleware(BodyLimit, max_bytes=box.settings.max_body_bytes)
    app.add_middleware(Defences)
    problem.install(app)
    app.include_router(routes_of_v1())
    app.include_router(probes.router)
    app.include_router(inference.router)
    add_kiosk(app, box)
    return app


def routes_of_v1() -> APIRouter:
    """Return every route under `/api/v1`."""
    v1 = APIRouter(prefix="/api/v1", responses=problem.RESPONSES)
    people = (stations, sessions, members, wellbeing, plans, hearts)
    for part in (*people, devices, commands, cameras, vision, models, sync, events):
        v1.include_router(part.router)
    return v1
