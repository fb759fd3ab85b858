"""Self-reports over the API: by whom, of when."""

from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.members.members import MemberProfile

if TYPE_CHECKING:
    from .conftest import ApiBox

TODAY = "/api/v1/members/ada/wellbeing/2026-03-01"


@pytest.fixture(autouse=True)
async def ada(box: "ApiBox") -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada"))


async def test_a_day_is_told_and_read_back(operator: httpx.AsyncClient) -> None:
    empty = await operator.get(TODAY)
    assert (empty.status_code, empty.json()["type"]) == (404, "urn:gymbox:problem:wellbeing-unknown")
    told = {"sleep_efficiency": 0.9, "stress_index": 3.0}
    answer = await operator.put(TODAY, json=told)
    whole = {**told, "resting_heart_rate_bpm": None, "hrv_ms": None}
    assert (answer.status_code, answer.json()) == (200, whole)
    assert (await operator.get(TODAY)).json() == whole


async def test_a_kiosk_speaks_for_whoever_stands_there(kiosk: httpx.AsyncClient) -> None:
    assert (await kiosk.put(TODAY, json={"stress_index": 3})).status_code == 403
    await kiosk.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    assert (await kiosk.put(TODAY, json={"stress_index": 3})).status_code == 200
    assert (await kiosk.get(TODAY)).json()["stress_index"] == 3
    assert (await kiosk.get(TODAY.replace("ada", "bob"))).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status", "slug"),
    [
        (TODAY, {"stress_index": 11}, 422, "invalid-request"),
        (TODAY, {"mood": 1}, 422, "invalid-request"),
        (TODAY.replace("03-01", "13-01"), {}, 422, "invalid-request"),
        (TODAY.replace("03-01", "03-02"), {}, 422, "day-to-come"),
        (TODAY.replace("ada", "nobody"), {}, 404, "member-unknown"),
    ],
)
async def test_what_cannot_be_told(
    operator: httpx.AsyncClient, path: str, body: dict[str, float], status: int, slug: str
) -> None:
    answer = await operator.put(path, json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:gymbox:problem:{slug}")
