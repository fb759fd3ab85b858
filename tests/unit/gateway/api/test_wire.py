"""Errors in one form, headers on everything, bodies in bounds, files and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.api.wire import BodyLimit

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from starlette.types import Message, Receive, Scope, Send

    from .conftest import ApiBox

KIOSK = Path(__file__).parents[4] / "gateway" / "kiosk"


def is_problem(answer: "httpx.Response", status: int) -> dict[str, object]:
    document: dict[str, object] = answer.json()
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == status
    assert str(document["type"]).startswith("urn:gymbox:problem:")
    assert document["title"]
    return document


async def test_what_is_not_there(operator: "httpx.AsyncClient") -> None:
    is_problem(await operator.get("/api/v1/nothing"), 404)
    is_problem(await operator.get("/nothing"), 404)
    is_problem(await operator.get("/api/v1/stations/nowhere"), 404)
    is_problem(await operator.get("/kiosk/nowhere"), 404)
    is_problem(await operator.get("/kiosk/static/nothing.js"), 404)


async def test_a_method_that_is_not_there(operator: "httpx.AsyncClient") -> None:
    answer = await operator.delete("/api/v1/stations")
    is_problem(answer, 405)
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"station_id", "member_id"}),
        ({"station_id": "mat", "member_id": "a b"}, {"member_id"}),
        ({"station_id": "mat", "member_id": "../x"}, {"member_id"}),
        ({"station_id": "mat", "member_id": "a" * 65}, {"member_id"}),
        ({"station_id": "mat", "member_id": "ada", "weight": 70}, {"weight"}),
        ({"station_id": 3, "member_id": "ada"}, {"station_id"}),
    ],
)
async def test_a_request_at_fault_names_the_fields(
    operator: "httpx.AsyncClient", body: dict[str, object], fields: set[str]
) -> None:
    document = is_problem(await operator.post("/api/v1/sessions", json=body), 422)
    errors = document["errors"]
    assert isinstance(errors, list)
    assert {each["field"] for each in errors} == fields
    assert all(each["message"] for each in errors)


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[1,2", b'"text"', b"NaN"])
async def test_a_body_that_is_no_json(operator: "httpx.AsyncClient", content: bytes) -> None:
    answer = await operator.post(
        "/api/v1/sessions", content=content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}
    is_problem(answer, answer.status_code)


@pytest.mark.parametrize("rpe", [0, 11, 5.5, "hard", True])
async def test_a_rating_out_of_range(operator: "httpx.AsyncClient", rpe: object) -> None:
    is_problem(await operator.post("/api/v1/sessions/x/end", json={"rpe": rpe}), 422)


async def test_what_goes_wrong_inside_stays_inside(
    box: "ApiBox",
    operator: "httpx.AsyncClient",
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def explode(_station_id: str) -> None:
        raise RuntimeError("secret of /data/gymbox.sqlite3")

    monkeypatch.setattr(box.board, "snapshot", explode)
    answer = await operator.get("/api/v1/stations/mat")
    is_problem(answer, 500)
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert "secret of" in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/livez", "/", "/kiosk/mat", "/api/v1/stations", "/nothing", "/metrics"])
async def test_every_answer_defends_the_browser(stranger: "httpx.AsyncClient", path: str) -> None:
    headers = (await stranger.get(path)).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == ("no-cache" if path.startswith("/kiosk") else "no-store")
    assert "server" not in headers


# Bodies.


async def test_a_body_of_the_longest_size_is_read_and_one_byte_more_is_not(
    operator: "httpx.AsyncClient",
) -> None:
    fits = await operator.post("/api/v1/sessions", content=b" " * 65_536)
    assert fits.status_code == 422
    document = is_problem(await operator.post("/api/v1/sessions", content=b" " * 65_537), 413)
    assert "65536" in str(document["detail"])


async def test_a_body_that_does_not_say_how_long_it_is(operator: "httpx.AsyncClient") -> None:
    async def endless() -> "AsyncIterator[bytes]":
        for _ in range(200):
            yield b"x" * 1000

    is_problem(await operator.post("/api/v1/sessions", content=endless()), 413)


@pytest.mark.parametrize("length", ["-1", "ten", "1e3", "99999999999999999999"])
async def test_a_length_that_is_none(operator: "httpx.AsyncClient", length: str) -> None:
    is_problem(
        await operator.post("/api/v1/sessions", content=b"{}", headers={"Content-Length": length}), 413
    )


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
async def test_no_body_whatever_brings_the_box_down(operator: "httpx.AsyncClient", content: bytes) -> None:
    for path in ("/api/v1/sessions", "/api/v1/sessions/x/end"):
        answer = await operator.post(path, content=content, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500
        is_problem(answer, answer.status_code)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
async def test_no_path_whatever_brings_the_box_down(operator: "httpx.AsyncClient", text: str) -> None:
    for prefix in ("/api/v1/stations/", "/api/v1/members/", "/kiosk/", "/kiosk/static/"):
        answer = await operator.get(prefix + quote(text, safe="", errors="surrogatepass"))
        assert answer.status_code < 500


async def sent(headers: dict[str, str], *messages: "Message") -> tuple[list["Message"], list[int]]:
    """Send a request in pieces; returns what was answered, and how long a body the route got."""
    waiting, answered, taken = list(messages), list["Message"](), list[int]()

    async def route(_scope: "Scope", receive: "Receive", _send: "Send") -> None:
        taken.append(len((await receive())["body"]))

    async def receive() -> "Message":
        return waiting.pop(0)

    async def send(message: "Message") -> None:
        answered.append(message)

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": named}
    await BodyLimit(route, max_bytes=100)(scope, receive, send)
    return answered, taken


PART = {"type": "http.request", "body": b"x" * 40, "more_body": True}
LAST = {"type": "http.request", "body": b"x" * 5, "more_body": False}
GONE = {"type": "http.disconnect"}


async def test_a_body_in_pieces_arrives_whole() -> None:
    assert await sent({}, PART, PART, LAST) == ([], [85])


@pytest.mark.parametrize("pieces", [[GONE], [PART, GONE], [PART, PART, GONE]])
async def test_half_a_request_takes_no_effect(pieces: list["Message"]) -> None:
    assert await sent({"content-length": "90"}, *pieces) == ([], [])


@pytest.mark.parametrize("length", ["101", "9" * 18, "9" * 5000, "-1", "1e2", "٣", "", "+5"])
async def test_a_length_that_is_too_long_or_no_number_is_refused_unread(length: str) -> None:
    answered, taken = await sent({"content-length": length.encode().decode("latin-1")})
    assert (answered[0]["status"], taken) == (413, [])


async def test_more_than_was_said_is_refused_too() -> None:
    answered, taken = await sent({"content-length": "5"}, PART, PART, PART)
    assert (answered[0]["status"], taken) == (413, [])


# Files.


async def test_the_page_is_served_and_found_unchanged(stranger: "httpx.AsyncClient") -> None:
    first = await stranger.get("/kiosk/mat")
    assert first.status_code == 200
    assert first.headers["content-type"].startswith("text/html")
    again = await stranger.get("/kiosk/mat", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_every_file_of_the_page_is_served(stranger: "httpx.AsyncClient") -> None:
    files = [each for each in KIOSK.rglob("*") if each.suffix in {".js", ".css", ".svg", ".html"}]
    assert files
    for file in files:
        answer = await stranger.get(f"/kiosk/static/{file.relative_to(KIOSK).as_posix()}")
        assert answer.status_code == 200, file.name
        assert answer.headers["etag"]


@pytest.mark.parametrize(
    "path",
    [
        "__init__.py",
        "../api/auth.py",
        "%2e%2e/app.py",
        "..%2f..%2fpyproject.toml",
        "",
        ".",
        "/etc/passwd",
    ],
)
async def test_nothing_else_is(stranger: "httpx.AsyncClient", path: str) -> None:
    assert (await stranger.get(f"/kiosk/static/{path}")).status_code in {404, 405}


PUBLIC = {
    "/api/v1/login",
    "/api/v1/setup",
    "/api/v1/setup/operator",
    "/api/v1/handover",  # a ticket of the kiosk is what counts
    "/api/v1/handover/check-in",
}


async def test_the_description_is_whole(stranger: "httpx.AsyncClient") -> None:
    document = (await stranger.get("/api/v1/openapi.json")).json()
    assert document["info"] == {
        "title": "Gymbox",
        "version": "1",
        "description": document["info"]["description"],
    }
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], f"{method} {path}"
            if path.startswith("/api/"):
                assert "application/problem+json" in operation["responses"]["default"]["content"]
                assert operation.get("security") or path in PUBLIC, f"{method} {path}"
    is_problem(await stranger.get("/docs"), 404)
    is_problem(await stranger.get("/redoc"), 404)
