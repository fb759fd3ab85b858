"""What every route for operators does: takes short bodies, and says whether an answer is news."""

import hashlib
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse
from starlette.types import Message

from sync.cloud.api.body import read_body

MOST_BYTES: Final = 128 * 1024
_SAFE: Final = frozenset({"GET", "HEAD"})


class DeskRoute(APIRoute):
    """A route whose requests are read up to a limit and within a time.

    Its whole answers to GET have an ETag of their content; who has that one is told 304, as a page asks every
    few seconds and mostly nothing has changed.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the route's own handler with that around it."""
        handle = super().get_route_handler()

        async def defended(request: Request) -> Response:
            response = await handle(request if request.method in _SAFE else await _read(request))
            # What an operator sees is for nobody else, and for no later one at the same screen.
            response.headers["Cache-Control"] = "private, no-cache"
            response.headers["Vary"] = "Cookie, Authorization"
            is_whole = response.status_code == HTTPStatus.OK and not isinstance(response, StreamingResponse)
            return _if_news(request, response) if request.method == "GET" and is_whole else response

        return defended


async def _read(request: Request) -> Request:
    body = await read_body(request, most_bytes=MOST_BYTES, what="request")
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await request.receive()

    return Request(request.scope, replay)


def _if_news(request: Request, response: Response) -> Response:
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["ETag"] = tag
    if request.headers.get("if-none-match") != tag:
        return response
    kept = {name: response.headers[name] for name in ("ETag", "Cache-Control", "Vary")}
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=kept)
