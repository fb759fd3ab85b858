"""The kiosk page's files, and the link that gives a kiosk its token."""

import html
import os
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Path, Query, Request, Response
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from gateway.api.auth import COOKIE, Box, verify
from gateway.api.problem import Problem
from gateway.api.services import BoxServices
from gateway.sessions.admission import StationUnknown

# A kiosk is set up once; the operator revokes its token, the browser does not forget it.
_COOKIE_AGE_S: Final = 400 * 24 * 3600
_PAGE: Final = "index.html"
_SERVED: Final = frozenset(
    {".html", ".css", ".js", ".mjs", ".svg", ".png", ".ico", ".json", ".webmanifest", ".woff2"}
)


class KioskFiles(StaticFiles):
    """The page's own files and nothing else that may lie beside them; looked at anew by every browser."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 304 when the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file of the page; everything else is not there."""
        return super().lookup_path(path) if PurePath(path).suffix in _SERVED else ("", None)


def add_kiosk(app: FastAPI, box: BoxServices) -> None:
    """Serve the kiosk page and the list of stations."""
    files = KioskFiles(directory=box.settings.kiosk_dir)
    app.mount("/kiosk/static", files, name="kiosk-static")
    app.include_router(_routes(files))


def _routes(files: KioskFiles) -> APIRouter:
    router = APIRouter(include_in_schema=False)

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

    @router.get("/")
    async def front_page(box: Box) -> HTMLResponse:
        links = "".join(
            f'<li><a href="/kiosk/{html.escape(each.id)}">{html.escape(each.name)}</a></li>'
            for each in box.stations.values()
        )
        return HTMLResponse(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>Gymbox</title>'
            f"<h1>Gymbox</h1><h2>Kiosks</h2><ul>{links}</ul></html>"
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
