"""The door of the console: nothing behind it answers anybody but an operator, page, file or websocket."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, cast

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.auth import context_of, login_redirect, operator_here, still_stands
from gateway.api.problem import problem_response
from gateway.api.services import BoxServices
from gateway.console.policy import mark_scripts, new_nonce, security_policy
from gateway.tokens import Principal

# NiceGUI's browser answers a ping every four seconds, so that a login that ended closes its pages as fast.
CHECK_EVERY_S: Final = 5.0
_LOGIN_ENDED: Final = 4401
_VISIT: Final = "console_visit"
# What a person does comes as this event of socket.io; pings, acknowledgements and answers do not.
_DEED: Final = '42["event"'


@dataclass(frozen=True, slots=True)
class Guest:
    """Who is let in, and the box that they came to see."""

    box: BoxServices
    operator: Principal


def guest_of(connection: HTTPConnection) -> Guest:
    """Return who was let in with this request."""
    return cast("Guest", connection.scope["state"][_VISIT])


class Gate:
    """Lets operators through to the console, sends others to the login, and watches over open websockets."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or turn away."""
        connection = HTTPConnection(scope)
        operator = await operator_here(connection)
        if operator is None:
            await _turn_away(connection, receive, send)
            return
        guest = Guest(context_of(connection).box, operator)
        scope.setdefault("state", {})[_VISIT] = guest
        if scope["type"] == "websocket":
            await self._app(scope, _Watch(receive, guest).receive, send)
        else:
            await self._app(scope, receive, _Marked(send).send)


class _Watch:
    """Ends a websocket when its login has ended; what a person does on it keeps the login in use."""

    def __init__(self, receive: Receive, guest: Guest) -> None:
        self._receive = receive
        self._guest = guest
        self._checked_s = guest.box.clock.now_s()

    async def receive(self) -> Message:
        """Return the next message, or that the connection is over."""
        message = await self._receive()
        now_s = self._guest.box.clock.now_s()
        if now_s - self._checked_s >= CHECK_EVERY_S:
            if not await still_stands(self._guest.box, self._guest.operator):
                return {"type": "websocket.disconnect", "code": _LOGIN_ENDED}
            self._checked_s = now_s
        login_id = self._guest.operator.login_id
        if login_id is not None and str(message.get("text") or "").startswith(_DEED):
            self._guest.box.logins.touch(login_id)
        return message


class _Marked:
    """Marks the scripts of a page on its way out and says so in its policy; other files pass as they are."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._page = bytearray()

    async def send(self, message: Message) -> None:
        """Pass a part of the answer on; a page goes out when it is whole."""
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._page += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        nonce = new_nonce()
        page = mark_scripts(bytes(self._page), nonce)
        headers = MutableHeaders(scope=start)
        headers["Content-Length"] = str(len(page))
        headers["Content-Security-Policy"] = security_policy(nonce)
        await self._send(start)
        await self._send({"type": "http.response.body", "body": page})


def _is_page(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("text/html")


async def _turn_away(connection: HTTPConnection, receive: Receive, send: Send) -> None:
    if connection.scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": _LOGIN_ENDED})
    elif "text/html" in connection.headers.get("accept", ""):
        await login_redirect(connection)(connection.scope, receive, send)
    else:
        refusal = problem_response(
            HTTPStatus.UNAUTHORIZED, "unauthorised", "Log in as an operator to see the console."
        )
        await refusal(connection.scope, receive, send)
