"""The door of the console: nobody but an operator gets in, and nobody outstays a login."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from gateway.api.auth import LOGIN_COOKIE
from gateway.console.console import Console
from gateway.console.gate import CHECK_EVERY_S, Gate, guest_of

from ..api.conftest import ApiBox  # noqa: TID252 - test folders are no packages

PAGES = ("/inside/", "/inside/devices", "/inside/_nicegui/static/x.js", "/inside/_nicegui_ws/socket.io/")
PAGE = "<html><script>start()</script></html>"


class Inside:
    """What stands behind the door: it notes who came, and keeps what comes over a websocket."""

    def __init__(self) -> None:
        self.guests: list[str] = []
        self.heard: list[Message] = []

    async def hears(self, number: int) -> None:
        """Wait until so many messages came."""
        async with asyncio.timeout(5):
            while len(self.heard) < number:  # noqa: ASYNC110 - a list has no event
                await asyncio.sleep(0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.guests.append(scope["state"]["console_visit"].operator.label)
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            while True:
                message = await receive()
                self.heard.append(message)
                if message["type"] == "websocket.disconnect":
                    return
        asset = scope["path"].endswith(".js")
        answer = PlainTextResponse("let x") if asset else HTMLResponse(PAGE)
        await answer(scope, receive, send)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[ApiBox]:
    box = ApiBox(tmp_path)
    box.store.start()
    yield box
    box.store.stop()


@pytest.fixture
def inside(box: ApiBox) -> Inside:
    inside = Inside()
    box.app.mount("/inside", Gate(inside))
    return inside


async def logged_in(box: ApiBox) -> str:
    """Make an operator and return their cookie."""
    await box.operators.create("anna", "correct horse battery")
    account = await box.operators.verify("anna", "correct horse battery")
    assert account is not None
    return box.logins.open(account)


@pytest.mark.parametrize("path", PAGES)
async def test_a_stranger_sees_nothing_but_the_way_to_the_login(
    box: ApiBox, inside: Inside, path: str
) -> None:
    async with box.client() as client:
        page = await client.get(path, headers={"Accept": "text/html"})
        file = await client.get(path, headers={"Accept": "*/*"})
    assert (page.status_code, page.headers["location"]) == (303, f"/login?next={path}")
    assert file.status_code == 401
    assert file.json()["detail"] == "Log in as an operator to see the console."
    assert inside.guests == []


async def test_a_kiosk_does_not_get_in(box: ApiBox, inside: Inside) -> None:
    token = (await box.tokens.create("kiosk", "mat")).token
    async with box.client() as client:
        client.cookies.set("gymbox_token", token)
        assert (await client.get("/inside/")).status_code == 401
    assert inside.guests == []


async def test_an_operator_gets_a_page_whose_scripts_are_marked(box: ApiBox, inside: Inside) -> None:
    word = await logged_in(box)
    async with box.client() as client:
        client.cookies.set(LOGIN_COOKIE, word)
        one, other = await client.get("/inside/"), await client.get("/inside/")
        asset = await client.get("/inside/x.js")
    nonce = one.text.split('nonce="')[1].split('"')[0]
    assert f"'nonce-{nonce}'" in one.headers["content-security-policy"]
    assert nonce not in other.text
    assert int(one.headers["content-length"]) == len(one.content)
    assert asset.text == "let x"
    assert "nonce" not in asset.headers["content-security-policy"]
    assert inside.guests == ["operator anna"] * 3


class Socket:
    """A browser's websocket to the box, played by the test."""

    def __init__(self, box: ApiBox, *, cookie: str | None, origin: str) -> None:
        headers = [(b"host", b"box.lan"), (b"origin", origin.encode())]
        if cookie is not None:
            headers.append((b"cookie", f"{LOGIN_COOKIE}={cookie}".encode()))
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "asgi": {"version": "3.0"},
            "scheme": "ws",
            "path": "/inside/_nicegui_ws/socket.io/",
            "raw_path": b"/inside/_nicegui_ws/socket.io/",
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("192.0.2.7", 50000),
            "server": ("box.lan", 80),
            "subprotocols": [],
        }
        self.box = box
        self.answers: list[Message] = []
        self.coming: asyncio.Queue[Message] = asyncio.Queue(maxsize=10)

    async def run(self) -> None:
        async def send(message: Message) -> None:
            self.answers.append(message)

        async with asyncio.timeout(5):
            await self.box.app(self.scope, self.coming.get, send)

    def say(self, text: str) -> None:
        self.coming.put_nowait({"type": "websocket.receive", "text": text})


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
async def test_another_sites_page_opens_no_websocket(box: ApiBox, inside: Inside, origin: str) -> None:
    socket = Socket(box, cookie=await logged_in(box), origin=origin)
    await socket.run()
    assert [each["type"] for each in socket.answers] == ["websocket.close"]
    assert inside.guests == []


async def test_a_websocket_without_a_login_is_closed(box: ApiBox, inside: Inside) -> None:
    socket = Socket(box, cookie=None, origin="http://box.lan")
    await socket.run()
    assert [each["type"] for each in socket.answers] == ["websocket.close"]
    assert inside.guests == []


async def test_a_websocket_ends_with_its_login(box: ApiBox, inside: Inside) -> None:
    word = await logged_in(box)
    socket = Socket(box, cookie=word, origin="http://box.lan")
    running = asyncio.create_task(socket.run())
    socket.say("3")
    await inside.hears(1)
    principal = await box.logins.use(word)
    assert principal is not None
    assert principal.login_id is not None
    box.logins.close(principal.login_id)
    box.now_s += CHECK_EVERY_S
    socket.say("3")  # the browser's answer to a ping
    await running
    assert [each["type"] for each in inside.heard] == ["websocket.receive", "websocket.disconnect"]


async def test_a_page_that_is_only_open_does_not_keep_a_login_alive_but_a_deed_does(
    box: ApiBox, inside: Inside
) -> None:
    word = await logged_in(box)
    socket = Socket(box, cookie=word, origin="http://box.lan")
    running = asyncio.create_task(socket.run())
    for text in ('42["event",{"id":1}]', "3"):
        box.now_s += 20 * 60
        socket.say(text)
        await inside.hears(len(inside.heard) + 1)
    box.now_s += 11 * 60  # half an hour after the deed, though pings came all the while
    socket.say("3")
    await running
    assert inside.heard[-1]["type"] == "websocket.disconnect"
    assert await box.logins.use(word) is None


async def test_the_guest_is_who_was_let_in(box: ApiBox) -> None:
    seen: list[object] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(guest_of(HTTPConnection(scope)).box)
        await PlainTextResponse("")(scope, receive, send)

    box.app.mount("/look", Gate(look))
    async with box.client() as client:
        client.cookies.set(LOGIN_COOKIE, await logged_in(box))
        await client.get("/look/")
    assert seen == [box.services]


async def test_the_console_is_loaded_for_nobody_but_an_operator(box: ApiBox) -> None:
    console = Console(box.app)
    running = asyncio.create_task(console.run())
    async with box.client() as client:
        assert (await client.get("/console")).headers["location"] == "/console/"
        answer = await client.get("/console/", headers={"Accept": "text/html"})
    assert answer.status_code == 303
    assert not console._wanted.is_set()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
