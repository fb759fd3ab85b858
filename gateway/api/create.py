"""Putting the API together."""

from fastapi import FastAPI
from starlette.routing import BaseRoute

from gateway.api import (
    cameras,
    commands,
    config,
    consent,
    devices,
    diagnostics,
    events,
    handover,
    hearts,
    identity,
    inference,
    login,
    members,
    models,
    operators,
    plans,
    probes,
    problem,
    sessions,
    setup,
    stations,
    surroundings,
    sync,
    tokens,
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
        routes=[*routes_of_v1(), *probes.router.routes, *inference.router.routes],
    )
    app.state.context = ApiContext(
        box=box,
        throttle=FailureThrottle(limit=box.settings.failures_per_minute),
        account_throttle=FailureThrottle(limit=box.settings.failures_per_account),
    )
    app.add_middleware(BodyLimit, max_bytes=box.settings.max_body_bytes)
    app.add_middleware(Defences)
    problem.install(app)
    add_kiosk(app, box)
    setup.add_setup(app, box)
    return app


def routes_of_v1() -> list[BaseRoute]:
    """Return every route under `/api/v1`."""
    people = (stations, sessions, handover, members, consent, wellbeing, plans, hearts)
    access = (login, operators, tokens, setup, surroundings)
    machinery = (config, devices, commands, cameras, vision, models)
    parts = (*people, *machinery, sync, identity, events, diagnostics, *access)
    return [route for part in parts for route in part.router.routes]
