"""Files of the box's own pages, as a browser gets them."""

import asyncio
import os
from pathlib import Path, PurePath
from typing import Final

from fastapi import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FRAME: Final = "frame.html"
_PAGE: Final = "<!-- page -->"
_SERVED: Final = frozenset(
    {".html", ".css", ".js", ".mjs", ".svg", ".png", ".ico", ".json", ".webmanifest", ".woff2"}
)


class PageFiles(StaticFiles):
    """A page's own files and nothing else that may lie beside them; looked at anew by every browser."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, or 304 when the browser has it already."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        """Find a file of the page; everything else is not there."""
        return super().lookup_path(path) if PurePath(path).suffix in _SERVED else ("", None)


class FramedPages:
    """Pages of one folder that share their head and everything else around them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def page(self, name: str) -> Response:
        """Return the page in its frame; looked at anew by every browser."""
        html = await asyncio.to_thread(self._framed, name)
        return Response(html, media_type="text/html", headers={"Cache-Control": "no-cache"})

    def _framed(self, name: str) -> str:
        frame, page = ((self._folder / each).read_text("utf-8") for each in (_FRAME, name))
        return frame.replace(_PAGE, page.rstrip())
