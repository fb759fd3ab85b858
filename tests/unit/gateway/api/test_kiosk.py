"""The kiosk's files: the page's own and nothing else; names of stations are text, never HTML."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import httpx
import pytest
from fastapi import FastAPI

from gateway.api.auth import ApiContext
from gateway.api.kiosk import add_kiosk
from gateway.api.problem import install
from gateway.api.services import ApiSettings
from gateway.api.throttle import FailureThrottle
from gateway.stations import Station


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "kiosk"
    folder.mkdir()
    (tmp_path / "outside.js").write_text("secret")
    (folder / "link.js").symlink_to(tmp_path / "outside.js")
    for name in ("index.html", "page.js", "notes.py", ".env", "key.pem", "page.js.map", "README"):
        (folder / name).write_text("<title>page</title>" if name == "index.html" else "secret")
    (folder / "page.js").write_text("let page")
    (folder / "phone").mkdir()
    (folder / "phone" / "index.html").write_text("<title>phone</title>")
    return folder


@pytest.fixture
def client(folder: Path) -> httpx.AsyncClient:
    station = Station("mat", '<script>alert("1")</script> & co')
    operators = SimpleNamespace(exist=AsyncMock(return_value=True))
    box: Any = SimpleNamespace(
        settings=ApiSettings(kiosk_dir=folder), stations={"mat": station}, operators=operators
    )
    app = FastAPI(docs_url=None, openapi_url=None)
    throttle = FailureThrottle(limit=10)
    app.state.context = ApiContext(box=box, throttle=throttle, account_throttle=throttle)
    add_kiosk(app, box)
    install(app)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://box")


async def test_a_file_of_the_page_is_asked_for_anew_and_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/kiosk/static/page.js")
    assert (first.status_code, first.text, first.headers["cache-control"]) == (200, "let page", "no-cache")
    again = await client.get("/kiosk/static/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path",
    [
        *("notes.py", ".env", "key.pem", "page.js.map", "README", "", "link.js", "nothing.js"),
        *("../outside.js", "%2e%2e/outside.js", "..%2foutside.js", "//etc/passwd.js", "page.js%00"),
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(f"/kiosk/static/{path}")
    assert answer.status_code in {404, 405}
    assert "secret" not in answer.text


async def test_the_list_of_kiosks_shows_names_as_text(client: httpx.AsyncClient) -> None:
    page = (await client.get("/")).text
    assert "<script" not in page
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; co" in page
    assert 'href="/kiosk/mat"' in page


async def test_a_station_has_its_page(client: httpx.AsyncClient) -> None:
    page = await client.get("/kiosk/mat")
    assert (page.status_code, page.text) == (200, "<title>page</title>")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-cache"


async def test_a_phone_that_scanned_a_code_has_a_page_too(client: httpx.AsyncClient) -> None:
    page = await client.get("/phone")
    assert (page.status_code, page.text) == (200, "<title>phone</title>")
