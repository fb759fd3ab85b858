"""The console as a part of the box: a door that costs nothing, and what the first visitor brings to life."""

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.problem import problem_response
from gateway.console.gate import Gate
from gateway.console.paths import ROOT

if TYPE_CHECKING:
    from gateway.console.site import Site

_log = logging.getLogger(__name__)

# Loading takes a second, on a busy small machine several.
PATIENCE_S: Final = 30.0


class Console:
    """Serves `/console`. NiceGUI takes 22 MB and a second to load, once somebody comes to look."""

    def __init__(self, api: FastAPI) -> None:
        self._wanted = asyncio.Event()
        self._site: asyncio.Future[ASGIApp] = asyncio.get_running_loop().create_future()
        api.add_route(ROOT, _to_front_page, include_in_schema=False)
        api.mount(ROOT, Gate(self._serve))

    async def run(self) -> None:
        """Serve pages until cancelled."""
        await self._wanted.wait()
        site = await asyncio.to_thread(_load)
        async with site.running():
            _log.info("the console is open")
            self._site.set_result(site.app)
            await asyncio.Event().wait()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._wanted.set()
        try:
            app = await asyncio.wait_for(asyncio.shield(self._site), PATIENCE_S)
        except TimeoutError:
            refusal = problem_response(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "console-not-ready",
                "The console is being loaded. Try again soon.",
            )
            await refusal(scope, receive, send)
        else:
            await app(scope, receive, send)


def _load() -> "Site":
    from gateway.console.site import Site  # noqa: PLC0415 - NiceGUI: only for who looks

    return Site()


async def _to_front_page(_: Request) -> RedirectResponse:
    return RedirectResponse(f"{ROOT}/")
