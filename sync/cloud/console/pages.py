"""The console's files, and nothing else that may lie beside them."""

import os
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import Final

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FOLDER: Final = Path(__file__).parent / "page"
_SERVED: Final = frozenset({".html", ".css", ".js", ".svg"})
_DEFENCES: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class ConsoleFiles(StaticFiles):
    """The page's own files, looked at anew by every browser."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 304 when the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers.update(_DEFENCES)
        return response

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file of the page; everything else is not there."""
        return super().lookup_path(path) if PurePath(path).suffix in {"", *_SERVED} else ("", None)


def add_console(app: FastAPI) -> None:
    """Serve the page at `/console/`, and lead everybody there who opens the service in a browser."""
    app.mount("/console", ConsoleFiles(directory=_FOLDER, html=True), name="console")

    @app.get("/", include_in_schema=False)
    def front_page() -> RedirectResponse:
        return RedirectResponse("/console/", status_code=HTTPStatus.SEE_OTHER)
