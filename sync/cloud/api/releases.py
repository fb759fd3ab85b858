"""`/releases`: signed metadata and targets as plain files, to gateways alone; trust comes from signatures."""

from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from sync.cloud.api.identity import Caller

_CHANGES: Final = "metadata/timestamp.json"
_FOREVER: Final = "public, max-age=31536000, immutable"


def routes(repository: Path) -> APIRouter:
    """Return the routes of a repository's folder; 404 for what is missing, which TUF's client relies on."""
    router = APIRouter(prefix="/releases", tags=["releases"])

    def add(part: str) -> None:
        files = StaticFiles(directory=repository / part, check_dir=False)

        async def read(request: Request, path: str, _caller: Caller) -> Response:
            response = await files.get_response(path, request.scope)
            changes = f"{part}/{path}" == _CHANGES
            response.headers["Cache-Control"] = "no-cache" if changes else _FOREVER
            return response

        route, name = f"/{part}/{{path:path}}", f"read_{part}"
        router.get(route, operation_id=name, summary=f"A file of the {part}", response_class=Response)(read)
        router.head(route, include_in_schema=False, response_class=Response)(read)

    add("metadata")
    add("targets")
    return router
