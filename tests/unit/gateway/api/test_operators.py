"""Accounts over HTTP."""

from typing import TYPE_CHECKING

import httpx

from gateway.events.rows import EventFilter

if TYPE_CHECKING:
    from .conftest import ApiBox

GOOD = "correct horse battery"


async def test_an_operator_makes_and_removes_others(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    for name in ("Bo", "Ana"):
        made = await operator.post("/api/v1/operators", json={"name": name, "password": GOOD})
        assert (made.status_code, made.json()["name"], made.json()["last_login_at"]) == (201, name, None)
    listed = (await operator.get("/api/v1/operators")).json()["operators"]
    assert [each["name"] for each in listed] == ["Ana", "Bo"]
    assert (await operator.delete("/api/v1/operators/bo")).status_code == 204
    assert (await operator.delete("/api/v1/operators/Bo")).status_code == 404
    last = await operator.delete("/api/v1/operators/Ana")
    assert (last.status_code, last.json()["type"]) == (409, "urn:gymbox:problem:last-operator")
    told = await box.events.read(EventFilter(kind="operator"), 10)
    assert [(each.subject, each.outcome) for each in reversed(told)] == [
        ("Bo", "created"),
        ("Ana", "created"),
        ("bo", "removed"),
    ]


async def test_what_cannot_be_an_account_is_none(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    await box.operators.create("Bo", GOOD)
    for body, status in [
        ({"name": "Ana", "password": "short"}, 422),
        ({"name": "a/b", "password": GOOD}, 422),
        ({"name": "Ana"}, 422),
        ({"name": "Ana", "password": GOOD, "role": "root"}, 422),
        ({"name": "Bo", "password": GOOD}, 409),
    ]:
        answer = await operator.post("/api/v1/operators", json=body)
        assert answer.status_code == status
        assert GOOD not in answer.text
    assert [each.name for each in await box.operators.all()] == ["Bo"]


async def test_nobody_else_may_see_or_make_accounts(kiosk: httpx.AsyncClient) -> None:
    body = {"name": "Eve", "password": GOOD}
    assert (await kiosk.get("/api/v1/operators")).status_code == 403
    assert (await kiosk.post("/api/v1/operators", json=body)).status_code == 403
    assert (await kiosk.delete("/api/v1/operators/Ana")).status_code == 403
