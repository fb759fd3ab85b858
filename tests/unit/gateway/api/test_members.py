"""What a member may take along, and what is left when they are erased."""

from typing import TYPE_CHECKING

import httpx

from gateway.events.rows import EventFilter
from gateway.members.members import TABLES
from gateway.members.pins import PINS_A_MINUTE
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
    assert copy.keys() == {"id", "pseudonym", "exported_at", "member", *TABLES}
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
    assert [bob[table] for table in TABLES] == [[]] * len(TABLES)


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


async def test_members_are_found_by_a_part_of_their_name(
    operator: "httpx.AsyncClient", kiosk: "httpx.AsyncClient"
) -> None:
    for member_id, name in (("m1", "Ana Sola"), ("m2", "Bo")):
        await operator.put(f"/api/v1/members/{member_id}", json={"display_name": name})
    found = (await operator.get("/api/v1/members", params={"q": "sol"})).json()
    assert found == {"members": [{"id": "m1", "display_name": "Ana Sola", "last_trained_at": None}]}
    assert len((await operator.get("/api/v1/members", params={"limit": 1})).json()["members"]) == 1
    assert (await kiosk.get("/api/v1/members")).status_code == 403


async def test_who_has_a_pin_says_it_at_a_kiosk_and_an_operator_need_not(
    box: "ApiBox", operator: httpx.AsyncClient, kiosk: httpx.AsyncClient
) -> None:
    await operator.put(ADA, json={"display_name": "Ada Lovelace"})
    assert (await operator.put(f"{ADA}/pin", json={"pin": "12"})).status_code == 422
    assert (await kiosk.put(f"{ADA}/pin", json={"pin": "1234"})).status_code == 403
    assert (await operator.put(f"{ADA}/pin", json={"pin": "1234"})).status_code == 204

    async def check_in(client: httpx.AsyncClient, **more: str) -> tuple[int | str, str]:
        body = {"station_id": "mat", "member_id": "ada", **more}
        answer = (await client.post("/api/v1/sessions", json=body)).json()
        return answer.get("status"), str(answer.get("type", answer.get("id"))).rsplit(":", maxsplit=1)[-1]

    assert await check_in(kiosk) == (403, "pin-needed")
    for _ in range(PINS_A_MINUTE):
        assert await check_in(kiosk, pin="4321") == (403, "pin-wrong")
    assert await check_in(kiosk, pin="1234") == (429, "too-many-failures")
    status, session_id = await check_in(operator)
    assert status == "active"
    await operator.post(f"/api/v1/sessions/{session_id}/end")
    regulars = (await kiosk.get("/api/v1/stations/mat/regulars")).json()
    assert regulars == {"regulars": [{"id": "ada", "name": "Ada L."}]}
    assert (await operator.get(f"{ADA}/export")).json()["member_pin"] == [{}]
    assert (await operator.delete(f"{ADA}/pin")).status_code == 204
    assert (await kiosk.get("/api/v1/stations/mat/regulars")).json() == {"regulars": []}
    assert box.sessions.active_at("mat") is None


async def test_a_running_box_has_nothing_of_an_erased_member_on_its_disk(
    box: "ApiBox", operator: httpx.AsyncClient
) -> None:
    """Read from the disk: the file with its free pages, and the write-ahead log."""
    member, marks = "/api/v1/members/ada-4711", (b"ada-4711", b"Lovelace", b"my very own note", b"0.8125")
    await operator.put(member, json={"display_name": "Lovelace", "goal": "strength", "injuries": ["knee"]})
    await operator.put(f"{member}/wellbeing/2026-03-01", json={"sleep_efficiency": 0.8125})
    await operator.put(f"{member}/consent", json={"version": "1"})
    await operator.put(f"{member}/pin", json={"pin": "4711"})
    plan = (await operator.get(f"{member}/plan")).json()
    told = {"accepted": True, "note": "my very own note"}
    await operator.post(f"/api/v1/plans/{plan['id']}/feedback", json=told)
    check_in = {"station_id": "mat", "member_id": "ada-4711", "band_id": "band1"}
    session = (await operator.post("/api/v1/sessions", json=check_in)).json()
    box.now_s += 600.0
    await operator.post(f"/api/v1/sessions/{session['id']}/end", json={"rpe": 6})
    pseudonym = (await operator.get(f"{member}/export")).json()["pseudonym"]
    await box.events.close()
    assert any(mark in _on_disk(box) for mark in marks)
    assert (await operator.delete(member)).status_code == 204
    await box.events.close()
    left = _on_disk(box)
    for mark in (*marks, session["id"].encode(), plan["id"].encode()):
        assert mark not in left
    events = await box.events.read(EventFilter(), 100)
    assert [(each.kind, each.subject) for each in events if each.kind in {"erase", "export"}] == [
        ("erase", pseudonym),
        ("export", pseudonym),
    ]


def _on_disk(box: "ApiBox") -> bytes:
    return b"".join(each.read_bytes() for each in sorted(box.data_dir.rglob("*")) if each.is_file())
