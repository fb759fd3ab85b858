"""What a member may take along, and what is left when they are erased."""

from typing import TYPE_CHECKING

import httpx

from gateway.members.members import TABLES
from sync import outbox

if TYPE_CHECKING:
    from .conftest import ApiBox

ADA = "/api/v1/members/ada"


async def everything_about_ada(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    profile = {"display_name": "Ada", "goal": "strength", "injuries": ["knee"], "resting_heart_rate_bpm": 52}
    assert (await operator.put(ADA, json=profile)).status_code == 200
    await operator.put(f"{ADA}/wellbeing/2026-03-01", json={"sleep_efficiency": 0.83})
    plan = (await operator.get(f"{ADA}/plan")).json()
    await operator.post(f"/api/v1/plans/{plan['id']}/feedback", json={"accepted": True, "note": "my note"})
    check_in = {"station_id": "mat", "member_id": "ada"}
    session = (await operator.post("/api/v1/sessions", json=check_in)).json()
    box.now_s += 600.0
    await operator.post(f"/api/v1/sessions/{session['id']}/end", json={"rpe": 6})


async def test_a_member_takes_everything_along(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    await everything_about_ada(box, operator)
    running = await operator.post("/api/v1/sessions", json={"station_id": "run", "member_id": "ada"})
    answer = await operator.get(f"{ADA}/export")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.headers["content-disposition"] == 'attachment; filename="member-ada.json"'
    copy = answer.json()
    assert copy.keys() == {"id", "exported_at", "member", *TABLES}
    assert (copy["member"]["goal"], copy["member"]["injuries"]) == ("strength", ["knee"])
    assert [each["sleep_efficiency"] for each in copy["wellbeing"]] == [0.83]
    ended, active = sorted(copy["session"], key=lambda each: str(each["started_at"]))
    assert (ended["report"]["rpe"], ended["report"]["plan"]["completion"]) == (6, 0.333)
    assert (active["id"], active["status"]) == (running.json()["id"], "active")
    (plan,) = copy["plan"]
    assert plan["document"]["sentences"]["en"].startswith("Because")
    assert plan["feedback"]["note"] == "my note"


async def test_others_get_nothing(
    box: "ApiBox", operator: httpx.AsyncClient, kiosk: httpx.AsyncClient
) -> None:
    await everything_about_ada(box, operator)
    assert (await kiosk.get(f"{ADA}/export")).status_code == 403
    nobody = await operator.get("/api/v1/members/nobody/export")
    assert (nobody.status_code, nobody.json()["type"]) == (404, "urn:gymbox:problem:member-unknown")
    await operator.put("/api/v1/members/bob", json={"display_name": "Bob"})
    bob = (await operator.get("/api/v1/members/bob/export")).json()
    assert [bob[table] for table in TABLES] == [[], [], [], []]


async def test_of_an_erased_member_nothing_is_left(box: "ApiBox", operator: httpx.AsyncClient) -> None:
    await everything_about_ada(box, operator)
    assert (await operator.delete(ADA)).status_code == 204
    assert (await operator.get(f"{ADA}/export")).status_code == 404
    assert (await operator.get(f"{ADA}/plan")).status_code == 404
    waiting = await box.store.read(lambda db: outbox.peek_batch(db.conn))
    assert [each.kind for each in waiting] == ["erase"], "no plan, no session goes out any more"
    box.store.stop()
    left = b"".join(each.read_bytes() for each in box.data_dir.iterdir() if each.is_file())
    for trace in (b"my note", b"strength", b"you slept 61"):
        assert trace not in left
