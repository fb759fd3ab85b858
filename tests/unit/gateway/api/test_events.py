from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from .conftest import ApiBox


async def test_the_log_is_the_operators_and_comes_in_pages(
    box: "ApiBox", operator: httpx.AsyncClient, kiosk: httpx.AsyncClient
) -> None:
    assert (await kiosk.get("/api/v1/events")).status_code == 403
    for number in range(5):
        box.events.record("command", actor="kiosk t1", subject="belt", outcome="done", value=number)
    box.events.record("plan", actor="kiosk t1", subject="bike", outcome="changed")
    page = (await operator.get("/api/v1/events", params={"kind": "command", "limit": 2})).json()
    assert [each["detail"]["value"] for each in page["events"]] == [4, 3]
    more = {"kind": "command", "limit": 3, "cursor": page["next"]}
    rest = (await operator.get("/api/v1/events", params=more)).json()
    assert [each["detail"]["value"] for each in rest["events"]] == [2, 1, 0]
    assert rest["next"] is None


async def test_the_log_is_searched_by_time_in_any_zone(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    box.events.record("command", actor="a", subject="belt", outcome="done")  # 1000 s after nine o'clock
    for since, found in (("2026-03-01T10:16:39+01:00", 1), ("2026-03-01T10:16:41+01:00", 0)):
        page = (await operator.get("/api/v1/events", params={"since": since})).json()
        assert len(page["events"]) == found
    until = (await operator.get("/api/v1/events", params={"until": "2026-03-01T09:16:40Z"})).json()
    assert until["events"] == []


@pytest.mark.parametrize(
    "query", [{"limit": 0}, {"limit": 1001}, {"cursor": 0}, {"since": "yesterday"}, {"colour": "red"}]
)
async def test_a_question_without_sense_is_refused(
    operator: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await operator.get("/api/v1/events", params=query)).status_code == 422
