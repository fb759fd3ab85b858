"""Plans over the API: who sees whose, what they say, and what leaves the box."""

import asyncio
import json
from datetime import date
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.members.members import MemberProfile
from gateway.members.wellbeing import SelfReport
from sync import outbox

if TYPE_CHECKING:
    from .conftest import ApiBox

PLAN = "/api/v1/members/ada/plan"
PRIVATE_WORDS = ("sleep", "slept", "stress", "hrv", "night", "睡", "resting", "so tired")


@pytest.fixture(autouse=True)
async def ada(box: "ApiBox") -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada", birth_year=1990, language="zh-CN"))


async def check_in(client: httpx.AsyncClient, member_id: str = "ada", station_id: str = "mat") -> str:
    body = {"station_id": station_id, "member_id": member_id}
    session_id: str = (await client.post("/api/v1/sessions", json=body)).json()["id"]
    return session_id


async def test_a_plan_is_told_whole_in_the_members_language(operator: httpx.AsyncClient) -> None:
    answer = await operator.get(PLAN)
    plan = answer.json()
    assert (answer.status_code, plan["member_id"], plan["version"], plan["day"]) == (
        200,
        "ada",
        1,
        "2026-03-01",
    )
    assert (plan["language"], plan["sentence"]) == ("zh", plan["sentences"]["zh"])
    assert (plan["duration_minutes"], plan["intensity_score"], plan["type"]) == (30.0, 3.2, "steady")
    assert [block["kind"] for block in plan["blocks"]] == ["warm_up", "main", "cool_down"]
    assert plan["names"].keys() == {"treadmill_walk", "treadmill_run"}
    assert plan["rules"] == [{"name": "short_nights", "detail": "you slept 61 % of the night"}]
    assert (plan["source"], plan["model_versions"]) == ("model", {"intensity": "1.0", "effect": "1.1"})
    assert (len(plan["features"]), plan["feedback"]) == (10, None)
    assert (await operator.get(PLAN)).json() == plan


async def test_a_kiosk_sees_the_plan_of_whoever_stands_there(
    box: "ApiBox", kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert (await stranger.get(PLAN)).status_code == 401
    refused = await kiosk.get(PLAN)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gymbox:problem:forbidden")
    assert "not checked in at this kiosk" in refused.json()["detail"]
    assert box.coach.asked == []
    session_id = await check_in(kiosk)
    plan = (await kiosk.get(PLAN)).json()
    assert (await kiosk.get("/api/v1/members/bob/plan")).status_code == 403
    address = f"/api/v1/plans/{plan['id']}/feedback"
    assert (await kiosk.post(address, json={"accepted": True})).json()["feedback"]["accepted"] is True
    assert (await kiosk.post(PLAN)).status_code == 403, "made anew by the operator only"
    await kiosk.post(f"/api/v1/sessions/{session_id}/end")
    assert (await kiosk.get(PLAN)).status_code == 403
    assert (await kiosk.post(address, json={"accepted": False})).status_code == 403


async def test_a_plan_is_made_anew(operator: httpx.AsyncClient) -> None:
    first = (await operator.get(PLAN)).json()
    made = await operator.post(PLAN)
    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert made.json()["id"] != first["id"]
    assert (await operator.get(PLAN)).json() == made.json()


async def test_many_who_ask_at_once_get_one_plan(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(operator.get(PLAN) for _ in range(8)))
    assert len({each.json()["id"] for each in answers}) == len(box.coach.asked) == 1


async def test_feedback_is_kept(operator: httpx.AsyncClient) -> None:
    address = f"/api/v1/plans/{(await operator.get(PLAN)).json()['id']}/feedback"
    told = await operator.post(address, json={"accepted": False, "rpe": 9, "note": "my knee"})
    feedback = told.json()["feedback"]
    assert (told.status_code, feedback["accepted"], feedback["rpe"], feedback["note"]) == (
        200,
        False,
        9,
        "my knee",
    )
    assert feedback["told_at"].endswith("Z")
    assert (await operator.get(PLAN)).json()["feedback"] == feedback


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "accepted"),
        ({"accepted": "perhaps"}, "accepted"),
        ({"accepted": True, "rpe": 11}, "rpe"),
        ({"accepted": True, "rpe": 6.5}, "rpe"),
        ({"accepted": True, "note": "a" * 501}, "note"),
        ({"accepted": True, "mood": 1}, "mood"),
    ],
)
async def test_half_a_feedback_is_none(operator: httpx.AsyncClient, body: dict[str, Any], field: str) -> None:
    address = f"/api/v1/plans/{(await operator.get(PLAN)).json()['id']}/feedback"
    answer = await operator.post(address, json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert (await operator.get(PLAN)).json()["feedback"] is None


async def test_what_is_not_there_is_told_apart(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    for method, path, status, slug in (
        ("GET", "/api/v1/members/nobody/plan", 404, "member-unknown"),
        ("POST", "/api/v1/members/nobody/plan", 404, "member-unknown"),
        ("POST", "/api/v1/plans/none/feedback", 404, "plan-unknown"),
        ("GET", "/api/v1/members/no%20body/plan", 422, "invalid-request"),
    ):
        answer = await operator.request(method, path, json={"accepted": True})
        assert (answer.status_code, answer.json()["type"]) == (status, f"urn:gymbox:problem:{slug}")
    box.coach.error = RuntimeError("secret detail")
    failed = await operator.get(PLAN)
    assert (failed.status_code, failed.json()["type"]) == (503, "urn:gymbox:problem:plan-failed")
    assert "secret" not in failed.text


async def test_nothing_private_leaves_the_box(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    await box.wellbeing.put(
        "ada", date(2026, 3, 1), SelfReport(sleep_efficiency=0.61, stress_index=9, hrv_ms=31.25)
    )
    plan = (await operator.get(PLAN)).json()
    session_id = await check_in(operator)
    box.now_s += 900.0
    ended = (await operator.post(f"/api/v1/sessions/{session_id}/end", json={"rpe": 8})).json()
    assert (ended["plan"]["id"], ended["plan"]["completion"], ended["plan"]["accepted"]) == (
        plan["id"],
        0.5,
        None,
    )
    body = {"accepted": True, "rpe": 8, "note": "so tired"}
    await operator.post(f"/api/v1/plans/{plan['id']}/feedback", json=body)
    waiting = await box.store.read(lambda db: outbox.peek_batch(db.conn))
    assert [each.kind for each in waiting] == ["session", "plan"]
    for record in waiting:
        told = record.payload.lower()
        assert [word for word in PRIVATE_WORDS if word in told] == [], record.kind
        assert "0.61" not in told
        assert "31.25" not in told
    session, plan_record = (json.loads(each.payload)["body"] for each in waiting)
    assert session["plan"]["features"] == plan_record["features"]
    assert len(plan_record["features"]) == 8
    assert session["plan"]["model_versions"] == {"intensity": "1.0", "effect": "1.1"}
    assert (session["plan"]["duration_minutes"], session["plan"]["performed_minutes"]) == (30.0, 15.0)
    assert (plan_record["accepted"], plan_record["rpe"]) == (True, 8)


async def test_a_kiosk_asks_for_less_and_then_what_tomorrow_brings(
    kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    session_id = await check_in(kiosk)
    plan = (await kiosk.get(PLAN, params={"language": "en"})).json()
    assert (plan["language"], plan["sentence"]) == ("en", plan["sentences"]["en"])
    adjust = f"/api/v1/plans/{plan['id']}/adjust"
    assert (await stranger.post(adjust, json={"wish": "easier"})).status_code == 401
    assert (await kiosk.post(adjust, json={"wish": "longer"})).status_code == 422
    answer = await kiosk.post(adjust, params={"language": "en"}, json={"wish": "easier"})
    assert (answer.status_code, answer.json()["version"], answer.json()["language"]) == (201, 2, "en")
    here = f"/api/v1/sessions/{session_id}/here"
    assert (await kiosk.post(here)).status_code == 204
    await kiosk.post(f"/api/v1/sessions/{session_id}/end", json={"rpe": 7})
    gone = await kiosk.post(here)
    assert (gone.status_code, gone.json()["type"]) == (404, "urn:gymbox:problem:session-unknown")
    told = (await kiosk.get(f"/api/v1/sessions/{session_id}/tomorrow")).json()
    assert (told["day"], told["duration_minutes"], told["minutes_change"]) == ("2026-03-02", 30.0, 0.0)
    assert (await stranger.get(f"/api/v1/sessions/{session_id}/tomorrow")).status_code == 401
    assert (await kiosk.post(adjust, json={"wish": "easier"})).status_code == 403, "nobody stands there now"
