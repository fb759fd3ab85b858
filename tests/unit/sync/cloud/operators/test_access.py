"""Logging in, cookies, CSRF, the ends of sessions, tokens: over HTTP, on the real service."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sync.cloud.operators.sessions import IDLE, WHOLE
from tests.unit.sync.cloud.desk import NORTH, PASSWORD, Desk, desk_on_sqlite

FLEET = "/api/v1/fleet"
pytestmark = pytest.mark.usefixtures("quick_hashes")


def add(desk: Desk, name: str = "nora", **options: Any) -> None:
    told: dict[str, Any] = {
        "role": "operator",
        "tenant_id": NORTH,
        "by": "operator test",
        "password": PASSWORD,
    }
    desk.cloud.operators.accounts.add(name, **{**told, **options})


async def log_in(client: httpx.AsyncClient, name: str = "nora", password: str = PASSWORD) -> httpx.Response:
    return await client.post(f"{FLEET}/session", json={"name": name, "password": password})


async def test_a_session_needs_its_csrf_token_for_every_change(desk: Desk) -> None:
    add(desk)
    async with desk.client() as client:
        who = (await log_in(client)).json()
        assert (who["name"], who["role"], who["tenant"]) == ("nora", "operator", NORTH)
        assert (await client.get(f"{FLEET}/session")).json() == who
        assert (await client.get(f"{FLEET}/gateways")).status_code == 200
        change = {"tags": ["spa"]}
        for headers in ({}, {"X-CSRF-Token": "guess"}, {"X-CSRF-Token": "\xe9"}):
            refused = await client.put(
                f"{FLEET}/gateways/a/tags",
                json=change,
                headers={k.encode(): v.encode("latin-1") for k, v in headers.items()},
            )
            assert (refused.status_code, refused.json()["type"]) == (403, "urn:gymbox:problem:csrf")
        done = await client.put(
            f"{FLEET}/gateways/a/tags", json=change, headers={"X-CSRF-Token": who["csrf"]}
        )
        assert done.status_code == 200
        assert (await client.delete(f"{FLEET}/session")).status_code == 403


async def test_logging_out_ends_the_session_itself_not_only_the_cookie(desk: Desk) -> None:
    add(desk)
    async with desk.client() as client:
        who = (await log_in(client)).json()
        stolen = dict(client.cookies)
        out = await client.delete(f"{FLEET}/session", headers={"X-CSRF-Token": who["csrf"]})
        assert out.status_code == 204
        client.cookies.update(stolen)
        assert (await client.get(f"{FLEET}/session")).status_code == 401


async def test_the_cookie_is_for_no_script_and_no_other_site(desk: Desk) -> None:
    add(desk)
    async with desk.client() as client:
        cookie = (await log_in(client)).headers["set-cookie"].lower()
    assert cookie.startswith("gymbox_operator=gfs_")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # this service is reached without TLS, where browsers would refuse it


async def test_with_tls_the_cookie_is_bound_to_the_host(sqlite_template: Path, tmp_path: Path) -> None:
    with desk_on_sqlite(sqlite_template, tmp_path, SERVICE__URL="https://cloud.test") as desk:
        add(desk)
        async with desk.client() as client:
            cookie = (await log_in(client)).headers["set-cookie"]
            assert cookie.startswith("__Host-gymbox_operator=gfs_")
            assert "Secure" in cookie
            assert "Path=/;" in cookie
            assert "Domain" not in cookie
            assert (await client.get(f"{FLEET}/session")).status_code == 200


async def test_the_eleventh_wrong_password_is_not_even_looked_at(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(desk)
    looked: list[str] = []
    monkeypatch.setattr("sync.cloud.operators.accounts.is_right", lambda _, password: looked.append(password))
    async with desk.client() as client:
        answers = [await log_in(client, password=f"guess {number}") for number in range(11)]
        assert [each.status_code for each in answers] == [401] * 10 + [429]
        assert int(answers[-1].headers["retry-after"]) in range(1, 61)
        assert (await log_in(client)).status_code == 429
    assert len(looked) == 10


async def test_wrong_name_and_wrong_password_are_told_alike(desk: Desk) -> None:
    add(desk)
    async with desk.client() as client:
        answers = [await log_in(client, "nora", "not hers, no"), await log_in(client, "nobody", PASSWORD)]
    assert [each.status_code for each in answers] == [401, 401]
    assert answers[0].json() == answers[1].json()
    lines = (await desk.ask("viewer", None, "GET", "/audit?action=operator.login")).json()["lines"]
    assert [line["actor"] for line in lines] == ["somebody", "operator nora"]
    assert {line["action"] for line in lines} == {"operator.login_refused"}


async def test_another_sites_form_cannot_log_anybody_in(desk: Desk) -> None:
    add(desk)
    async with desk.client() as client:
        body = f'{{"name": "nora", "password": "{PASSWORD}"}}'
        answer = await client.post(f"{FLEET}/session", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422
    assert "set-cookie" not in answer.headers


async def test_a_set_up_link_works_once(desk: Desk) -> None:
    accounts = desk.cloud.operators.accounts
    code = accounts.add("new", role="viewer", tenant_id=NORTH, by="operator test")
    async with desk.client() as client:
        assert (await log_in(client, "new", "")).status_code == 401
        weak = await client.post(f"{FLEET}/setup", json={"code": code, "password": "short"})
        assert (weak.status_code, "12" in weak.json()["detail"]) == (422, True)
        done = await client.post(f"{FLEET}/setup", json={"code": code, "password": PASSWORD})
        assert done.json() == {"name": "new"}
        again = await client.post(f"{FLEET}/setup", json={"code": code, "password": PASSWORD})
        assert again.status_code == 403
        assert (await log_in(client, "new")).status_code == 200


async def test_another_password_ends_every_session(desk: Desk) -> None:
    add(desk)
    async with desk.client() as first, desk.client() as second:
        who = (await log_in(first)).json()
        await log_in(second)
        change = {"old": PASSWORD, "new": "another horse battery"}
        answer = await first.post(f"{FLEET}/password", json=change, headers={"X-CSRF-Token": who["csrf"]})
        assert answer.status_code == 204
        for client in (first, second):
            assert (await client.get(f"{FLEET}/session")).status_code == 401
        assert (await log_in(first, password="another horse battery")).status_code == 200  # noqa: S106 - nobody's


async def test_a_page_that_only_refreshes_keeps_no_session_alive(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with desk_on_sqlite(sqlite_template, tmp_path) as desk:
        add(desk)
        sessions = desk.cloud.operators.sessions
        begun = sessions._clock()

        def later(after: timedelta) -> None:
            monkeypatch.setattr(sessions, "_clock", lambda: begun + after)

        later(timedelta())
        key = sessions.begin("nora")
        later(IDLE / 2)
        assert sessions.find(key, uses=False) is not None
        later(IDLE)
        assert sessions.find(key) is None
        key = sessions.begin("nora")
        for step in range(1, 40):
            later(IDLE + step * IDLE / 2)
            if step * IDLE / 2 >= WHOLE:
                assert sessions.find(key) is None
                break
            assert sessions.find(key) is not None


async def test_an_admin_cannot_change_their_own_account(desk: Desk) -> None:
    add(desk, "ada", role="admin")
    async with desk.client() as client:
        headers = {"X-CSRF-Token": (await log_in(client, "ada")).json()["csrf"]}
        patch = await client.patch(f"{FLEET}/operators/ada", json={"role": "viewer"}, headers=headers)
        delete = await client.delete(f"{FLEET}/operators/ada", headers=headers)
    assert (patch.status_code, delete.status_code) == (409, 409)


async def test_a_request_that_is_too_long_is_not_read(desk: Desk) -> None:
    async with desk.client() as client:
        answer = await client.post(f"{FLEET}/session", content=b"x" * (129 * 1024))
        assert (answer.status_code, answer.json()["type"]) == (413, "urn:gymbox:problem:too-long")


async def test_a_token_ends_when_it_is_revoked_or_its_time_is_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = desk.cloud.operators.tokens
    token_id, token = tokens.create(
        "ci", role="viewer", tenant_id=NORTH, lasts=timedelta(days=2), by="operator test"
    )
    assert tokens.find(token) is not None
    tokens.revoke(token_id, by="operator test")
    assert tokens.find(token) is None
    _, short = tokens.create(
        "ci", role="viewer", tenant_id=NORTH, lasts=timedelta(days=1), by="operator test"
    )
    now = tokens._clock()
    monkeypatch.setattr(tokens, "_clock", lambda: now + timedelta(days=1, seconds=1))
    assert tokens.find(short) is None
    for nobodys in ("", "gft_", "gft_guess", "ggt_guess", "\udcff"):
        assert tokens.find(nobodys) is None
