"""Logging in, out and being thrown out, over HTTP as a browser does it."""

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.api.auth import LOGIN_COOKIE
from gateway.events.rows import EventFilter
from gateway.operators.logins import IDLE_S
from gateway.operators.passwords import TooManyLogins

if TYPE_CHECKING:
    from .conftest import ApiBox

GOOD = "correct horse battery"
OTHER = "staple of another kind"
ANA = {"name": "Ana", "password": GOOD}


@pytest.fixture
async def ana(box: "ApiBox") -> AsyncIterator[httpx.AsyncClient]:
    """A browser that nobody has logged in with yet; the account is there."""
    await box.operators.create("Ana", GOOD)
    async with box.client(address="192.0.2.20") as browser:
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        yield browser


async def events_of(box: "ApiBox") -> list[tuple[str, str, str]]:
    found = await box.events.read(EventFilter(kind="login"), 100)
    return [(each.actor, each.subject, each.outcome) for each in reversed(found)]


async def test_after_logging_in_the_browser_is_the_operator(ana: httpx.AsyncClient) -> None:
    assert (await ana.get("/api/v1/login")).status_code == 401
    answer = await ana.post("/api/v1/login", json=ANA)
    assert (answer.status_code, answer.json()["name"]) == (200, "Ana")
    assert (await ana.get("/api/v1/login")).json() == {"role": "operator", "name": "Ana", "station_id": None}
    assert (await ana.get("/api/v1/stations/run")).status_code == 200
    assert (await ana.put("/api/v1/members/bo", json={"display_name": "Bo"})).status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(ana: httpx.AsyncClient) -> None:
    cookie = (await ana.post("/api/v1/login", json=ANA)).headers["set-cookie"].lower()
    assert all(each in cookie for each in ("httponly", "samesite=strict", "path=/"))
    assert "secure" not in cookie
    assert "max-age" not in cookie  # it goes with the browser


async def test_under_tls_the_cookie_never_goes_without(box: "ApiBox") -> None:
    await box.operators.create("Ana", GOOD)
    async with box.client(base_url="https://box.lan") as browser:
        assert "secure" in (await browser.post("/api/v1/login", json=ANA)).headers["set-cookie"].lower()


async def test_whichever_is_wrong_the_answer_is_the_same(ana: httpx.AsyncClient) -> None:
    for name, password in [("Ana", "wrong password"), ("Bo", GOOD), ("Ana", GOOD + " "), ("x" * 128, "y")]:
        answer = await ana.post("/api/v1/login", json={"name": name, "password": password})
        assert (answer.status_code, answer.json()["detail"]) == (401, "Name or password is wrong.")
        assert "set-cookie" not in answer.headers


async def test_ten_wrong_logins_in_a_minute_have_to_wait_and_the_right_one_with_them(
    box: "ApiBox", ana: httpx.AsyncClient
) -> None:
    for n in range(10):
        wrong = await ana.post("/api/v1/login", json={"name": "Ana", "password": f"guess number {n}"})
        assert wrong.status_code == 401
    refused = await ana.post("/api/v1/login", json=ANA)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    async with box.client(address="192.0.2.21") as elsewhere:  # nobody is kept out from one place
        assert (await elsewhere.post("/api/v1/login", json=ANA)).status_code == 200
    box.now_s += 60
    assert (await ana.post("/api/v1/login", json=ANA)).status_code == 200


async def test_one_account_is_guarded_against_many_clients(box: "ApiBox", ana: httpx.AsyncClient) -> None:
    answers = []
    for n in range(40):
        async with box.client(address=f"192.0.2.{100 + n}") as guesser:
            wrong = await guesser.post("/api/v1/login", json={"name": "ANA", "password": "guess guess"})
            answers.append(wrong.status_code)
    assert answers == [401] * 30 + [429] * 10
    assert (await ana.post("/api/v1/login", json=ANA)).status_code == 429


async def test_wrong_tokens_and_passwords_count_together(box: "ApiBox", ana: httpx.AsyncClient) -> None:
    for _ in range(5):
        await ana.get("/api/v1/stations", headers={"Authorization": "Bearer gtk_wrong"})
        await ana.post("/api/v1/login", json={"name": "Ana", "password": "guess guess"})
    assert (await ana.post("/api/v1/login", json=ANA)).status_code == 429
    assert box.now_s == 1000.0


async def test_right_logins_never_add_up(ana: httpx.AsyncClient) -> None:
    assert [(await ana.post("/api/v1/login", json=ANA)).status_code for _ in range(12)] == [200] * 12


async def test_who_was_not_looked_at_has_not_failed(
    box: "ApiBox", ana: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as busy:

        async def too_many(*_: object) -> None:
            raise TooManyLogins("Too many logins at once.")

        busy.setattr(box.operators, "verify", too_many)
        answers = [await ana.post("/api/v1/login", json=ANA) for _ in range(12)]
    assert {(each.status_code, each.headers["retry-after"]) for each in answers} == {(503, "2")}
    assert (await ana.post("/api/v1/login", json=ANA)).status_code == 200


async def test_logging_out_is_for_good(ana: httpx.AsyncClient) -> None:
    await ana.post("/api/v1/login", json=ANA)
    word = ana.cookies[LOGIN_COOKIE]
    assert (await ana.delete("/api/v1/login")).status_code == 204
    assert LOGIN_COOKIE not in ana.cookies
    ana.cookies.set(LOGIN_COOKIE, word)
    assert (await ana.get("/api/v1/login")).status_code == 401


async def test_a_login_ends_when_nobody_uses_it(box: "ApiBox", ana: httpx.AsyncClient) -> None:
    await ana.post("/api/v1/login", json=ANA)
    box.now_s += IDLE_S + 1
    assert (await ana.get("/api/v1/stations")).status_code == 401


async def test_another_sites_page_can_do_nothing_with_the_cookie(ana: httpx.AsyncClient) -> None:
    await ana.post("/api/v1/login", json=ANA)
    body = {"station_id": "mat", "member_id": "eve"}
    ana.headers["Sec-Fetch-Site"] = "cross-site"
    assert (await ana.post("/api/v1/sessions", json=body)).status_code == 403
    assert (await ana.delete("/api/v1/login")).status_code == 403
    del ana.headers["Sec-Fetch-Site"]  # an old browser
    assert (await ana.post("/api/v1/sessions", json=body)).status_code == 403
    foreign = await ana.post("/api/v1/sessions", json=body, headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403
    own = await ana.post("/api/v1/sessions", json=body, headers={"Origin": "http://box.lan"})
    assert own.status_code == 201


async def test_another_sites_page_cannot_log_a_browser_in(ana: httpx.AsyncClient) -> None:
    ana.headers["Sec-Fetch-Site"] = "cross-site"
    assert (await ana.post("/api/v1/login", json=ANA)).status_code == 403


async def test_a_password_is_changed_by_who_knows_it(box: "ApiBox", ana: httpx.AsyncClient) -> None:
    await ana.post("/api/v1/login", json=ANA)
    before = ana.cookies[LOGIN_COOKIE]
    wrong = await ana.post("/api/v1/login/password", json={"current": OTHER, "new": OTHER})
    assert wrong.status_code == 401
    weak = await ana.post("/api/v1/login/password", json={"current": GOOD, "new": "short"})
    assert (weak.status_code, weak.json()["type"]) == (422, "urn:gymbox:problem:password-refused")
    assert (await ana.get("/api/v1/login")).status_code == 200
    changed = await ana.post("/api/v1/login/password", json={"current": GOOD, "new": OTHER})
    assert changed.status_code == 204
    assert (await ana.get("/api/v1/login")).status_code == 200  # this browser goes on
    async with box.client() as elsewhere:
        elsewhere.cookies.set(LOGIN_COOKIE, before)
        assert (await elsewhere.get("/api/v1/login")).status_code == 401


async def test_a_token_has_no_password(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/api/v1/login/password", json={"current": GOOD, "new": OTHER})
    assert answer.status_code == 409


async def test_logins_are_recorded_without_what_was_typed(box: "ApiBox", ana: httpx.AsyncClient) -> None:
    await ana.post("/api/v1/login", json={"name": GOOD, "password": "Ana"})  # the fields mixed up
    await ana.post("/api/v1/login", json={"name": "ana", "password": "guess guess"})
    await ana.post("/api/v1/login", json=ANA)
    await ana.delete("/api/v1/login")
    assert await events_of(box) == [
        ("somebody", "unknown", "refused"),
        ("somebody", "Ana", "refused"),
        ("operator Ana", "Ana", "ok"),
        ("operator Ana", "Ana", "logout"),
    ]
    everything = await box.events.read(EventFilter(), 100)
    assert GOOD not in json.dumps([each.detail for each in everything])


async def test_a_flood_of_guesses_does_not_flood_the_log(box: "ApiBox", ana: httpx.AsyncClient) -> None:
    for _ in range(50):
        await ana.post("/api/v1/login", json={"name": "Ana", "password": "guess guess"})
    assert [outcome for _, _, outcome in await events_of(box)] == ["refused"] * 9 + ["throttled"]


async def test_a_kiosk_that_somebody_logged_in_at_is_a_kiosk_again_afterwards(
    box: "ApiBox", ana: httpx.AsyncClient
) -> None:
    ana.cookies.set("gymbox_token", (await box.tokens.create("kiosk", "mat")).token)
    await ana.post("/api/v1/login", json=ANA)
    assert (await ana.get("/api/v1/login")).json()["role"] == "operator"
    box.now_s += IDLE_S + 1
    seen = (await ana.get("/api/v1/login")).json()
    assert (seen["role"], seen["station_id"]) == ("kiosk", "mat")


async def test_the_page_is_there_for_everybody(stranger: httpx.AsyncClient) -> None:
    page = await stranger.get("/login")
    assert page.status_code == 200
    assert "default-src 'self'" in page.headers["content-security-policy"]
