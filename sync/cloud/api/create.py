"""Putting the API together."""

from collections.abc import Iterable

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.cloud.api import problem
from sync.cloud.gateways import Gateways
from sync.cloud.metrics import Metrics
from sync.cloud.operators.desk import Operators

_DESCRIPTION = """
Where boxes send their records and look for releases, and where they are looked after. A box shows its
certificate, or a token as `Authorization: Bearer ggt_...` (`gymbox cloud gateways add` makes one). A program
of an operator shows a token, `gft_...` (`gymbox cloud operators token` makes one); a page has the cookie of a
session, and shows `X-CSRF-Token` with each change. Every error is a problem document (RFC 9457).
"""


class CountAnswers:
    """Counts answers by their status."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the exchange on."""

        async def send_counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answers.labels(str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, send_counted)


def create_api(
    gateways: Gateways, operators: Operators, metrics: Metrics, routers: Iterable[APIRouter]
) -> FastAPI:
    """Make the app; it starts and stops nothing itself."""
    app = FastAPI(
        title="Gymbox cloud",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their scripts come from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        # Not included: what is included is worked out once more, at the first request.
        routes=[route for router in routers for route in router.routes],
    )
    app.state.gateways = gateways  # what `api.identity` asks
    app.state.operators = operators  # what `operators.access` asks
    app.add_middleware(CountAnswers, metrics=metrics)
    problem.install(app)
    return app
