"""What every exchange gets, whatever the route: browser defences, and a limit to what is sent in."""

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.problem import error_response

DEFENCES: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
# More digits than any machine has bytes for, and few enough to be read as a number.
_LENGTH: Final = re.compile(r"[0-9]{1,18}")


class _HungUp(Exception):  # noqa: N818 - named by what happened
    """The client left before it had sent the whole body."""


class Defences:
    """Adds the headers that keep a browser from being turned against the box."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the exchange on, with headers on its answer."""

        async def send_defended(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in DEFENCES.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, send_defended)


class BodyLimit:
    """Reads a request's body before the route does, and refuses a long one with 413."""

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the exchange on, or refuse it."""
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(Headers(scope=scope), receive)
        except _HungUp:
            return  # half a request is none: nobody is there to answer, and nothing may take effect
        if body is None:
            refusal = error_response(
                scope["path"],
                413,
                "body-too-long",
                f"Send at most {self._max_bytes} bytes.",
                headers={"Connection": "close"},
            )
            await refusal(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, replay, send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        declared = headers.get("content-length", "0")
        if not _LENGTH.fullmatch(declared) or int(declared) > self._max_bytes:
            return None
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise _HungUp
            body += message.get("body", b"")
            if len(body) > self._max_bytes:
                return None
            if not message.get("more_body", False):
                return bytes(body)
