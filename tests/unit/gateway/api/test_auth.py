"""Who may ask for what: every route, every role, and what a browser could be made to send."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.api.throttle import FailureThrottle

if TYPE_CHECKING:
    import httpx

    from .conftest import ApiBox

OPEN = {
    *("/livez", "/readyz", "/kiosk/{station_id}", "/", "/api/v1/openapi.json"),
    *("/api/v1/setup", "/api/v1/setup/operator"),  # they have tests of their own
    *("/api/v1/handover", "/api/v1/handover/check-in"),  # these too
}
LOGIN = ("post", "/api/v1/login")
ROUTES = [
    # method, path, body, kiosk of the mat, operator
    ("GET", "/api/v1/stations", None, 200, 200),
    ("GET", "/api/v1/stations/mat", None, 200, 200),
    ("GET", "/api/v1/stations/run", None, 403, 200),
    ("GET", "/api/v1/stations/run/events", None, 403, None),
    ("GET", "/api/v1/devices", None, 200, 200),
    ("GET", "/api/v1/cameras", None, 403, 200),
    ("GET", "/api/v1/sync", None, 403, 200),
    ("PUT", "/api/v1/members/ada", {"display_name": "Ada"}, 403, 200),
    ("GET", "/api/v1/members/ada", None, 403, 404),
    ("DELETE", "/api/v1/members/ada", None, 403, 404),
    ("POST", "/api/v1/sessions", {"station_id": "mat", "member_id": "ada"}, 201, 201),
    ("POST", "/api/v1/sessions", {"station_id": "run", "member_id": "ada"}, 403, 201),
    ("GET", "/api/v1/sessions/nope", None, 404, 404),
    ("POST", "/api/v1/sessions/nope/end", {}, 404, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "kiosk_status", "operator_status"), ROUTES)
async def test_the_matrix_of_roles(
    box: "ApiBox",
    kiosk: "httpx.AsyncClient",
    operator: "httpx.AsyncClient",
    stranger: "httpx.AsyncClient",
    *,
    method: str,
    path: str,
    body: object,
    kiosk_status: int,
    operator_status: int | None,
) -> None:
    denied = await stranger.request(method, path, json=body)
    assert denied.status_code == 401
    assert denied.headers["www-authenticate"] == "Bearer"
    assert (await kiosk.request(method, path, json=body)).status_code == kiosk_status
    for session in box.sessions.active():
        await box.sessions.end(session.id)
    if operator_status is not None:
        assert (await operator.request(method, path, json=body)).status_code == operator_status


async def test_every_other_route_wants_a_token(box: "ApiBox", stranger: "httpx.AsyncClient") -> None:
    paths = (await stranger.get("/api/v1/openapi.json")).json()["paths"]
    checked = 0
    for path, methods in paths.items():
        if path in OPEN:
            continue
        for method in methods:
            if (method, path) == LOGIN:
                continue
            answer = await stranger.request(method, path.replace("{", "").replace("}", ""), json={})
            assert answer.status_code == 401, f"{method} {path}"
            checked += 1
    assert checked >= 12
    assert box.sessions.active() == ()


async def test_a_kiosk_sees_its_own_station_only(kiosk: "httpx.AsyncClient") -> None:
    listed = (await kiosk.get("/api/v1/stations")).json()["stations"]
    assert [each["id"] for each in listed] == ["mat"]


async def test_a_kiosk_cannot_tell_which_other_stations_there_are(kiosk: "httpx.AsyncClient") -> None:
    there, not_there = [await kiosk.get(f"/api/v1/stations/{name}") for name in ("run", "nowhere")]
    assert there.json() == not_there.json()


async def test_a_kiosk_cannot_reach_another_stations_session(
    kiosk: "httpx.AsyncClient", operator: "httpx.AsyncClient"
) -> None:
    body = {"station_id": "run", "member_id": "bob"}
    session_id = (await operator.post("/api/v1/sessions", json=body)).json()["id"]
    assert (await kiosk.get(f"/api/v1/sessions/{session_id}")).status_code == 403
    assert (await kiosk.post(f"/api/v1/sessions/{session_id}/end")).status_code == 403
    assert (await operator.get(f"/api/v1/sessions/{session_id}")).json()["status"] == "active"


async def test_a_revoked_token_is_refused_at_once(box: "ApiBox") -> None:
    made = await box.tokens.create("operator")
    async with box.client(made.token) as client:
        assert (await client.get("/api/v1/stations")).status_code == 200
        await box.tokens.revoke(made.info.id)
        assert (await client.get("/api/v1/stations")).status_code == 401


async def test_ten_wrong_tokens_in_a_minute_have_to_wait(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    right = operator.headers["Authorization"]
    async with box.client("gtk_wrong", address="192.0.2.66") as guesser:
        for _ in range(10):
            assert (await guesser.get("/api/v1/stations")).status_code == 401
        refused = await guesser.get("/api/v1/stations")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "60"
        late = await guesser.get("/api/v1/stations", headers={"Authorization": right})
        assert late.status_code == 429  # the eleventh guess is not even looked at
        assert (await operator.get("/api/v1/stations")).status_code == 200  # from elsewhere
        box.now_s += 60
        again = await guesser.get("/api/v1/stations", headers={"Authorization": right})
        assert again.status_code == 200


async def test_asking_without_a_token_is_no_guess(box: "ApiBox") -> None:
    async with box.client() as page:
        answers = {(await page.get("/api/v1/stations")).status_code for _ in range(20)}
    assert answers == {401}


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "gtk_x", "Bearer \udcff"])
async def test_headers_that_are_no_bearer(stranger: "httpx.AsyncClient", header: str) -> None:
    raw = {b"Authorization": header.encode(errors="surrogateescape")}
    assert (await stranger.get("/api/v1/stations", headers=raw)).status_code == 401


# The kiosk's own link and cookie.


async def test_the_kiosks_link_sets_a_cookie_and_disappears(
    box: "ApiBox", stranger: "httpx.AsyncClient"
) -> None:
    token = (await box.tokens.create("kiosk", "mat")).token
    answer = await stranger.get("/kiosk/mat", params={"token": token})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/kiosk/mat"
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"gymbox_token={token}; ")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age="))
    assert (await stranger.get("/api/v1/stations/mat")).status_code == 200


async def test_over_tls_the_cookie_is_secure(box: "ApiBox") -> None:
    token = (await box.tokens.create("kiosk", "mat")).token
    async with box.client(base_url="https://box.lan") as client:
        answer = await client.get("/kiosk/mat", params={"token": token})
    assert "Secure" in answer.headers["set-cookie"]


async def test_a_kiosks_link_takes_its_own_kiosk_token_only(
    box: "ApiBox", stranger: "httpx.AsyncClient"
) -> None:
    other = (await box.tokens.create("kiosk", "run")).token
    mighty = (await box.tokens.create("operator")).token
    for token, status in ((other, 403), (mighty, 403), ("gtk_wrong", 401)):
        answer = await stranger.get("/kiosk/mat", params={"token": token})
        assert answer.status_code == status
        assert "set-cookie" not in answer.headers


async def test_guessing_through_the_kiosks_link_is_throttled_too(stranger: "httpx.AsyncClient") -> None:
    statuses = [(await stranger.get("/kiosk/mat?token=gtk_x")).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://box.lan"}, 201),
        ({"Origin": "https://box.lan"}, 403),
        ({"Origin": "http://box.lan:81"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_cookie_works_from_the_boxs_own_page_only(
    box: "ApiBox", stranger: "httpx.AsyncClient", headers: dict[str, str], status: int
) -> None:
    token = (await box.tokens.create("kiosk", "mat")).token
    stranger.cookies.set("gymbox_token", token)
    body = {"station_id": "mat", "member_id": "ada"}
    assert (await stranger.post("/api/v1/sessions", json=body, headers=headers)).status_code == status
    assert (await stranger.get("/api/v1/stations/mat", headers=headers)).status_code == 200


async def test_a_bearer_is_no_browser_and_may_come_from_anywhere(kiosk: "httpx.AsyncClient") -> None:
    answer = await kiosk.post(
        "/api/v1/sessions",
        json={"station_id": "mat", "member_id": "ada"},
        headers={"Origin": "http://tools.example"},
    )
    assert answer.status_code == 201


# The demo, in which this machine is the operator.


@pytest.mark.parametrize(
    ("address", "base_url", "headers", "status"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080", {}, 200),
        ("127.0.0.1", "http://localhost:8080", {}, 200),
        ("::1", "http://[::1]:8080", {}, 200),
        ("192.0.2.7", "http://127.0.0.1:8080", {}, 401),
        ("127.0.0.1", "http://evil.example:8080", {}, 401),  # a foreign name that points here
        ("127.0.0.1", "http://127.0.0.1:8080", {"X-Forwarded-For": "192.0.2.7"}, 401),
        ("127.0.0.1", "http://127.0.0.1:8080", {"Forwarded": "for=192.0.2.7"}, 401),
    ],
)
async def test_in_the_demo_this_machine_is_the_operator(
    demo: "ApiBox", address: str, base_url: str, headers: dict[str, str], status: int
) -> None:
    async with demo.client(address=address, base_url=base_url) as client:
        assert (await client.get("/api/v1/cameras", headers=headers)).status_code == status


async def test_outside_of_the_demo_this_machine_is_nobody(box: "ApiBox") -> None:
    async with box.client(address="127.0.0.1", base_url="http://127.0.0.1:8080") as client:
        assert (await client.get("/api/v1/cameras")).status_code == 401


async def test_in_the_demo_another_sites_page_cannot_act_as_the_operator(demo: "ApiBox") -> None:
    async with demo.client(address="127.0.0.1", base_url="http://127.0.0.1:8080") as browser:
        body = {"station_id": "mat", "member_id": "ada"}
        lured = await browser.post("/api/v1/sessions", json=body, headers={"Origin": "http://evil.example"})
        assert lured.status_code == 403
        own = await browser.post("/api/v1/sessions", json=body, headers={"Origin": "http://127.0.0.1:8080"})
        assert own.status_code == 201


async def test_in_the_demo_an_old_cookie_does_no_harm_and_a_bearer_still_counts(demo: "ApiBox") -> None:
    kiosk = (await demo.tokens.create("kiosk", "mat")).token
    async with demo.client(address="127.0.0.1", base_url="http://127.0.0.1:8080") as browser:
        browser.cookies.set("gymbox_token", "gtk_from_before")
        assert (await browser.get("/api/v1/cameras")).status_code == 200
        as_kiosk = {"Authorization": f"Bearer {kiosk}"}
        assert (await browser.get("/api/v1/cameras", headers=as_kiosk)).status_code == 403


# The throttle by itself.


@settings(deadline=None)
@given(st.lists(st.floats(0, 30), max_size=80))
def test_never_more_than_ten_failures_in_any_minute(gaps_s: list[float]) -> None:
    throttle, now_s, allowed = FailureThrottle(limit=10), 0.0, []
    for gap_s in gaps_s:
        now_s += gap_s
        if throttle.wait_s("c", now_s) == 0.0:
            throttle.failed("c", now_s)
            allowed.append(now_s)
    for first, eleventh in zip(allowed, allowed[10:], strict=False):
        assert eleventh - first >= 60.0 - 1e-6


def test_a_flood_of_clients_is_remembered_in_bounds() -> None:
    throttle = FailureThrottle(limit=1, max_clients=100)
    for n in range(500):
        throttle.failed(str(n), 0.0)
    assert len(throttle) == 100
    assert throttle.wait_s("499", 1.0) == 59.0
    assert throttle.wait_s("0", 1.0) == 0.0
