"""The kiosk page's files, and the link that gives a kiosk its token."""

import html
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, RedirectResponse

from gateway.api.auth import COOKIE, Box, verify
from gateway.api.page_files import PageFiles
from gateway.api.problem import Problem
from gateway.api.services import BoxServices
from gateway.sessions.admission import StationUnknown

# A kiosk is set up once; the operator revokes its token, the browser does not forget it.
_COOKIE_AGE_S: Final = 400 * 24 * 3600
_PAGE: Final = "index.html"
_WORKER: Final = "sw.js"
_PHONE: Final = "phone/index.html"


def add_kiosk(app: FastAPI, box: BoxServices) -> None:
    """Serve the kiosk page and the list of stations."""
    files = PageFiles(directory=box.settings.kiosk_dir)
    app.mount("/kiosk/static", GZipMiddleware(files), name="kiosk-static")
    app.include_router(_routes(files))


def _routes(files: PageFiles) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get(f"/kiosk/{_WORKER}")
    async def service_worker(request: Request) -> Response:
        # Not among the static files: it may only serve what lies below its own address.
        return await files.get_response(_WORKER, request.scope)

    @router.get("/kiosk/{station_id}")
    async def kiosk_page(
        station_id: Annotated[str, Path(max_length=64)],
        request: Request,
        box: Box,
        token: Annotated[str | None, Query(max_length=200)] = None,
    ) -> Response:
        if station_id not in box.stations:
            raise StationUnknown(f"There is no station {station_id}.")
        if token is None:
            return await files.get_response(_PAGE, request.scope)
        return await _take_token(request, station_id, token)

    @router.get("/phone")
    async def phone_page(request: Request) -> Response:
        # The ticket stands behind the #, which a browser does not send.
        return await files.get_response(_PHONE, request.scope)

    @router.get("/")
    async def front_page(box: Box) -> Response:
        if not box.settings.loopback_operator and not await box.operators.exist():
            return RedirectResponse("/setup", status_code=HTTPStatus.SEE_OTHER)
        links = "".join(
            f'<li><a class="button" href="/kiosk/{html.escape(each.id)}">{html.escape(each.name)}</a></li>'
            for each in box.stations.values()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Gymbox</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<link rel="icon" href="/kiosk/static/icon.svg" type="image/svg+xml">'
            '<link rel="stylesheet" href="/setup/static/setup.css"><main class="card"><h1>Gymbox</h1>'
            f'<div class="body"><h2>Kiosks</h2><ul class="items">{links}</ul></div>'
            '<p class="go"><a class="button" href="/setup">Setup</a>'
            '<a class="button primary" href="/console">Console</a></p></main></html>'
        )

    return router


async def _take_token(request: Request, station_id: str, token: str) -> Response:
    """Put the token where no script, history or screenshot shows it, and open the page without it."""
    principal = await verify(request, token)
    if principal.role != "kiosk" or not principal.may_use(station_id):
        raise Problem(
            HTTPStatus.FORBIDDEN, "forbidden", "A kiosk's link needs a kiosk token of its own station."
        )
    response = RedirectResponse(f"/kiosk/{station_id}", status_code=HTTPStatus.SEE_OTHER)
    response.set_cookie(
        COOKIE,
        token,
        max_age=_COOKIE_AGE_S,
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response
