"""The first start over HTTP: who gets the box."""

import asyncio
from typing import TYPE_CHECKING

import httpx

from gateway.events.rows import EventFilter
from gateway.operators.setup_code import FILE_NAME

if TYPE_CHECKING:
    from .conftest import ApiBox

GOOD = "correct horse battery"


def claim(box: "ApiBox", **changes: str) -> dict[str, str]:
    return {"code": box.setup_code.read(), "name": "Ana", "password": GOOD, **changes}


async def test_who_has_the_code_gets_the_box(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    assert (await stranger.get("/api/v1/setup")).json() == {"claimed": False}
    answer = await stranger.post("/api/v1/setup/operator", json=claim(box))
    assert (answer.status_code, answer.json()["name"]) == (201, "Ana")
    assert (await stranger.get("/api/v1/setup")).json() == {"claimed": True}
    assert (await stranger.get("/api/v1/operators")).status_code == 200  # logged in at once
    assert not (box.data_dir / FILE_NAME).exists()


async def test_a_wrong_code_gets_nothing(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/api/v1/setup/operator", json=claim(box, code="AAAA-AAAA"))
    assert answer.status_code == 403
    assert "console" in answer.json()["detail"]
    assert not await box.operators.exist()
    [told] = await box.events.read(EventFilter(kind="operator"), 10)
    assert (told.actor, told.outcome, told.detail) == ("somebody", "refused", {"client": "192.0.2.7"})


async def test_guessing_has_to_wait(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    for _ in range(10):
        await stranger.post("/api/v1/setup/operator", json=claim(box, code="AAAA-AAAA"))
    assert (await stranger.post("/api/v1/setup/operator", json=claim(box))).status_code == 429
    assert not await box.operators.exist()


async def test_a_weak_password_is_no_wrong_code(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    weak = claim(box) | {"password": "short"}
    for _ in range(12):
        answer = await stranger.post("/api/v1/setup/operator", json=weak)
        assert answer.json()["type"] == "urn:gymbox:problem:password-refused"
    assert (await stranger.post("/api/v1/setup/operator", json=claim(box))).status_code == 201


async def test_a_box_is_given_away_once(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    body = claim(box)
    async with box.client(address="192.0.2.8") as other:
        posts = [each.post("/api/v1/setup/operator", json=body) for each in (stranger, other)]
        assert sorted([each.status_code for each in await asyncio.gather(*posts)]) == [201, 409]
    async with box.client() as late:
        answer = await late.post("/api/v1/setup/operator", json=claim(box, name="Eve"))
    assert answer.status_code == 409
    assert len(await box.operators.all()) == 1


async def test_another_sites_page_cannot_take_the_box(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    evil = {"Sec-Fetch-Site": "cross-site"}
    assert (await stranger.post("/api/v1/setup/operator", json=claim(box), headers=evil)).status_code == 403
    assert not await box.operators.exist()


async def test_the_code_is_nowhere_on_the_network(box: "ApiBox", stranger: httpx.AsyncClient) -> None:
    code = box.setup_code.read()
    wrong = await stranger.post("/api/v1/setup/operator", json=claim(box, code="AAAA-AAAA"))
    pages = [await stranger.get(path) for path in ("/setup", "/", "/api/v1/setup", "/readyz", "/metrics")]
    assert all(code not in each.text for each in [wrong, *pages])


async def test_the_front_page_leads_to_the_setup_until_somebody_owns_the_box(
    box: "ApiBox", stranger: httpx.AsyncClient
) -> None:
    front = await stranger.get("/")
    assert (front.status_code, front.headers["location"]) == (303, "/setup")
    await box.operators.create("Ana", GOOD)
    assert (await stranger.get("/")).status_code == 200


async def test_the_demo_has_nothing_to_claim(demo: "ApiBox") -> None:
    async with demo.client() as stranger:
        assert (await stranger.get("/api/v1/setup")).json() == {"claimed": True}
        assert (await stranger.get("/")).status_code == 200


async def test_setup_and_login_stand_in_one_frame(stranger: httpx.AsyncClient) -> None:
    for path, script in (("/setup", "main.js"), ("/login", "login.js")):
        page = await stranger.get(path)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-cache")
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'self'" in page.headers["content-security-policy"]
        assert page.text.count("<head>") == page.text.count("</html>") == page.text.count("<script") == 1
        assert f'src="/setup/static/{script}"' in page.text
        assert "<!-- page -->" not in page.text
