"""What each route answers."""

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from gateway.api.probes import is_ready, worst
from gateway.health import PartState
from sync import outbox, refused, retention
from sync.record import new_record
from sync.retention import Budget
from vision.counting.reps import Rep
from vision.processes.messages import CameraStatus

if TYPE_CHECKING:
    import httpx

    from gateway.tokens import Role

    from .conftest import ApiBox

# Probes.


async def test_livez_looks_at_nothing_else(box: "ApiBox", stranger: "httpx.AsyncClient") -> None:
    box.health.set("store", "failed", "gone")
    answer = await stranger.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_readyz_tells_every_part_and_why(box: "ApiBox", stranger: "httpx.AsyncClient") -> None:
    box.health.set("store", "ok")
    box.health.set("camera:cam1", "failed", "no answer")
    box.health.set("camera:cam2", "ok")
    answer = await stranger.get("/readyz")
    assert answer.status_code == 200
    document = answer.json()
    assert (document["ready"], document["state"]) == (True, "failed")
    part = document["parts"]["camera:cam1"]
    assert (part["state"], part["reason"]) == ("failed", "no answer")
    box.health.set("store", "failed", "The disk is full.")
    answer = await stranger.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)


async def test_readyz_is_open_to_all_and_shows_no_folder(
    box: "ApiBox", stranger: "httpx.AsyncClient"
) -> None:
    box.health.set("vision", "failed", "no model in /home/gym/.local/models/x; run: gymbox models pull x")
    reason = (await stranger.get("/readyz")).json()["parts"]["vision"]["reason"]
    assert reason == "no model in x; run: gymbox models pull x"


@pytest.mark.parametrize(
    ("parts", "ready", "state"),
    [
        ({}, True, "ok"),
        ({"store": "ok", "vision": "degraded"}, True, "degraded"),
        ({"store": "failed"}, False, "failed"),
        ({"camera:1": "failed", "camera:2": "degraded"}, True, "failed"),
        ({"camera:1": "failed", "camera:2": "failed", "store": "ok"}, False, "failed"),
    ],
)
def test_ready_means_that_no_kind_of_part_is_gone_altogether(
    parts: dict[str, str], *, ready: bool, state: str
) -> None:
    health = {name: PartState(each) for name, each in parts.items()}  # type: ignore[arg-type]  # they are states
    assert (is_ready(health), worst(health)) == (ready, state)


async def test_metrics_are_told_to_this_machine_without_credentials(box: "ApiBox") -> None:
    async with box.client(address="127.0.0.1", base_url="http://127.0.0.1:8080") as scraper:
        answer = await scraper.get("/metrics")
        passed_on = await scraper.get("/metrics", headers={"X-Forwarded-For": "192.0.2.9"})
    assert answer.text == "gymbox_up 1\n"
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert passed_on.status_code == 401


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("kiosk", 403), ("fleet", 200), ("operator", 200)])
async def test_metrics_are_told_elsewhere_to_operators_and_the_fleet(
    box: "ApiBox", role: "Role | None", status: int
) -> None:
    """They tell which versions work here, which a guest in the gym's network need not know."""
    station = "mat" if role == "kiosk" else None
    token = None if role is None else (await box.tokens.create(role, station)).token
    async with box.client(token) as scraper:
        answer = await scraper.get("/metrics")
    assert (answer.status_code, answer.text == "gymbox_up 1\n") == (status, status == 200)


# Devices, cameras, sync.


async def test_cameras_without_their_addresses(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    assert (await operator.get("/api/v1/cameras")).json() == {"cameras": []}
    box.cameras.camera_status["cam1"] = CameraStatus(
        camera_id="cam1", state="ok", fps=24.96, frames=100, dropped=3, width=960, height=540
    )
    assert (await operator.get("/api/v1/cameras")).json() == {
        "cameras": [
            {
                "id": "cam1",
                "state": "ok",
                "reason": "",
                "fps": 25.0,
                "frames": 100,
                "dropped": 3,
                "width": 960,
                "height": 540,
                "stations": ["mat"],
            }
        ]
    }


async def test_sync_tells_what_waits(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    empty: dict[str, Any] = {
        "outbox_depth": 0,
        "outbox_bytes": 0,
        "oldest_age_s": None,
        "last_success_at": None,
        "state": "off",
        "reason": "",
        "clock_ahead_s": None,
        "dropped": [],
        "refused": {"kept": 0, "counts": {}, "reason": None, "refused_at": None},
    }
    assert (await operator.get("/api/v1/sync")).json() == empty
    report = await operator.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    await operator.post(f"/api/v1/sessions/{report.json()['id']}/end")
    box.now_s += 90
    document = (await operator.get("/api/v1/sync")).json()
    assert (document["outbox_depth"], document["oldest_age_s"]) == (1, 90.0)
    assert document["outbox_bytes"] > 100


async def test_sync_tells_what_never_arrived_and_offers_it_once_more(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    now, no_room = box.board._clock.utc_now(), Budget(0, timedelta(days=1))
    bad, gone = new_record("health", {}, created_at=now), new_record("device", {}, created_at=now)
    await box.store.write(lambda db: outbox.append(db.conn, gone))
    await box.store.write(lambda db: retention.enforce(db.conn, no_room, now=now))
    await box.store.write(lambda db: outbox.append(db.conn, bad))
    await box.store.write(lambda db: refused.set_aside(db.conn, {bad.id: "too old"}, now=now))
    document = (await operator.get("/api/v1/sync")).json()
    (dropped,) = document["dropped"]
    assert (dropped["kind"], dropped["reason"], dropped["count"]) == ("device", "bytes", 1)
    kept = document["refused"]
    assert (kept["kept"], kept["counts"], kept["reason"]) == (1, {"health": 1}, "too old")
    assert dropped["last_at"] == kept["refused_at"]
    assert document["outbox_depth"] == 0
    assert (await operator.post("/api/v1/sync/refused/retry")).json() == {"records": 1}
    document = (await operator.get("/api/v1/sync")).json()
    assert (document["outbox_depth"], document["refused"]["kept"]) == (1, 0)
    await box.store.write(lambda db: refused.set_aside(db.conn, {bad.id: "still too old"}, now=now))
    assert (await operator.delete("/api/v1/sync/refused")).json() == {"records": 1}
    document = (await operator.get("/api/v1/sync")).json()
    assert document["refused"]["kept"] == 0
    assert ("health", "refused") in {(each["kind"], each["reason"]) for each in document["dropped"]}


async def test_only_an_operator_decides_on_refused_records(kiosk: "httpx.AsyncClient") -> None:
    assert (await kiosk.post("/api/v1/sync/refused/retry")).status_code == 403
    assert (await kiosk.delete("/api/v1/sync/refused")).status_code == 403


# Members.


async def test_a_members_life(operator: "httpx.AsyncClient") -> None:
    profile = {"display_name": "Ada", "birth_year": 1990, "maximum_heart_rate_bpm": None, "language": "de"}
    made = await operator.put("/api/v1/members/ada", json=profile)
    assert made.status_code == 200
    assert {key: made.json()[key] for key in profile} == profile
    assert (await operator.get("/api/v1/members/ada")).json() == made.json()
    gone = await operator.delete("/api/v1/members/ada")
    assert (gone.status_code, gone.content) == (204, b"")
    missing = await operator.get("/api/v1/members/ada")
    assert (missing.status_code, missing.json()["type"]) == (404, "urn:gymbox:problem:member-unknown")


async def test_a_training_member_is_not_erased(operator: "httpx.AsyncClient") -> None:
    await operator.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    answer = await operator.delete("/api/v1/members/ada")
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:gymbox:problem:member-training")


# Sessions.


async def test_check_in_train_check_out(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    body = {"station_id": "mat", "member_id": "ada", "band_id": "band1", "exercise": "squat"}
    started = await kiosk.post("/api/v1/sessions", json=body)
    assert started.status_code == 201
    session_id = started.json()["id"]
    assert started.headers["location"] == f"/api/v1/sessions/{session_id}"
    assert (await kiosk.get("/api/v1/stations")).json()["stations"][0]["busy"] is True
    box.now_s += 3
    rep = Rep("squat", box.now_s - 2, box.now_s - 1, box.now_s, 0.8, partial=False)
    assert box.sessions.on_rep("mat", rep)
    box.board.on_rep("mat", rep)
    snapshot = (await kiosk.get("/api/v1/stations/mat")).json()
    assert (snapshot["reps"], snapshot["session"]["id"]) == (1, session_id)
    running = (await kiosk.get(started.headers["location"])).json()
    assert (running["status"], running["sets"][0]["reps"]) == ("active", 1)
    ended = await kiosk.post(f"/api/v1/sessions/{session_id}/end", json={"rpe": 6})
    document = ended.json()
    assert (ended.status_code, document["status"], document["rpe"]) == (200, "ended", 6)
    assert document["started_at"].endswith("Z")
    assert set(document) == {
        "id", "station_id", "member_id", "band_id", "exercise", "status", "started_at", "ended_at", "rpe",
        "sets", "heart_rate", "treadmill", "models", "plan",
    }  # fmt: skip
    assert (await kiosk.post(f"/api/v1/sessions/{session_id}/end", json={})).json() == document
    assert (await kiosk.get(f"/api/v1/sessions/{session_id}")).json() == document


@pytest.mark.parametrize("content", [b"", b"{}", b"null"])
async def test_a_check_out_needs_no_rating(kiosk: "httpx.AsyncClient", content: bytes) -> None:
    started = await kiosk.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    url = f"{started.headers['location']}/end"
    ended = await kiosk.post(url, content=content, headers={"Content-Type": "application/json"})
    assert (ended.status_code, ended.json()["rpe"]) == (200, None)


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"station_id": "pool", "member_id": "ada"}, 404, "station-unknown"),
        ({"station_id": "mat", "member_id": "ada", "exercise": "curl"}, 422, "exercise-not-offered"),
        ({"station_id": "mat", "member_id": "ada", "band_id": "nope"}, 422, "band-unknown"),
        ({"station_id": "run", "member_id": "ada"}, 409, "station-busy"),
        ({"station_id": "mat", "member_id": "ada", "band_id": "band1"}, 409, "band-in-use"),
    ],
)
async def test_check_ins_that_cannot_be(
    operator: "httpx.AsyncClient", body: dict[str, str], status: int, slug: str
) -> None:
    await operator.post(
        "/api/v1/sessions", json={"station_id": "run", "member_id": "bob", "band_id": "band1"}
    )
    answer = await operator.post("/api/v1/sessions", json=body)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:gymbox:problem:{slug}")
    assert answer.json()["detail"]


async def test_a_full_disk_is_507_and_the_session_goes_on(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    started = await kiosk.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    for n in range(100):
        box.now_s += 2
        box.sessions.on_rep(
            "mat", Rep("squat", box.now_s - 1, box.now_s - 0.5, box.now_s, 0.8, partial=n == 0)
        )
    await box.store.write(lambda db: db.execute("PRAGMA max_page_count=1").fetchall())
    refused = await kiosk.post(f"{started.headers['location']}/end", json={"rpe": 6})
    assert (refused.status_code, refused.json()["type"]) == (507, "urn:gymbox:problem:store-full")
    assert "Free some space" in refused.json()["detail"]
    assert (await kiosk.get(started.headers["location"])).json()["sets"][0]["reps"] == 99
    await box.store.write(lambda db: db.execute("PRAGMA max_page_count=100000").fetchall())
    ended = await kiosk.post(f"{started.headers['location']}/end", json={"rpe": 6})
    assert (ended.status_code, ended.json()["sets"][0]["reps"]) == (200, 99)


async def test_a_closed_store_is_503(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    box.store.stop()
    answer = await operator.get("/api/v1/stations")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gymbox:problem:store-unavailable")
    box.store.start()


# The stream, as far as it can be seen without a server.


async def test_too_many_watchers_are_told(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    watchers = [box.board.subscribe("mat") for _ in range(32)]
    answer = await kiosk.get("/api/v1/stations/mat/events")
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gymbox:problem:too-many-watchers")
    assert answer.headers["retry-after"] == "2"
    for watcher in watchers:
        box.board.unsubscribe("mat", watcher)


async def test_a_stream_ends_with_the_board_and_leaves_nobody_behind(
    box: "ApiBox", kiosk: "httpx.AsyncClient"
) -> None:
    request = asyncio.create_task(kiosk.get("/api/v1/stations/mat/events"))
    async with asyncio.timeout(5):
        while not box.board.watchers:  # noqa: ASYNC110 - nothing tells of a new watcher
            await asyncio.sleep(0.01)
    box.board.on_rep("mat", Rep("squat", 0, 1, 2, 1, partial=False))
    await asyncio.sleep(0.05)
    box.board.close()
    answer = await asyncio.wait_for(request, 5)
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [
        dict(line.split(": ", 1) for line in block.splitlines())
        for block in answer.text.split("\r\n\r\n")
        if block
    ]
    assert [event["event"] for event in events] == ["state", "rep"]
    assert [event["retry"] for event in events] == ["1000", "1000"]
    assert int(events[0]["id"]) < int(events[1]["id"])
    assert json.loads(events[0]["data"])["station"]["id"] == "mat"
    assert box.board.watchers == 0
