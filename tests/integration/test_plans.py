"""Plans in a whole box with the real coach: made ahead, followed, recorded, there again after a restart."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.api import ApiSettings
from gateway.app import Box
from gateway.config.model import BoxConfig
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from tests.waiting import until

GYM: dict[str, Any] = {
    "mqtt": {"url": "mqtt://127.0.0.1:9"},
    "gym": {"equipment": [], "plans_hour": 0},
    "station": [{"id": "run", "treadmill": "belt"}],
    "device": [
        {
            "id": "belt",
            "profile": "ble-treadmill",
            "address": "aa:00:00:00:00:01",
            "control": True,
            "limits": {"speed_kmh": 8, "incline_percent": 5},
        }
    ],
}
ADA = {"display_name": "Ada", "birth_year": 1990, "goal": "endurance", "height_cm": 170, "weight_kg": 65}


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Box, httpx.AsyncClient]]:
    box = Box(
        config=BoxConfig.model_validate(GYM), data_dir=folder, settings=ApiSettings(loopback_operator=True)
    )
    await box.start()
    transport = httpx.ASGITransport(box.api, client=("127.0.0.1", 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1/api/v1") as client:
        try:
            yield box, client
        finally:
            await box.stop()


def edit(folder: Path, statement: str, *values: float) -> None:
    """Change the store of a box that is off."""
    store = Store(path=store_path(folder), migrations=MIGRATIONS)
    store.start()
    store.submit(lambda db: db.execute(statement, values).rowcount).result(5.0)
    store.stop()


async def test_a_plan_is_followed_over_a_restart_and_recorded_without_what_is_private(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        await client.put("/members/ada", json=ADA)
        today = box.planner._days.today().isoformat()
        told = {"sleep_efficiency": 0.5, "stress_index": 9.5, "hrv_ms": 21.5}
        assert (await client.put(f"/members/ada/wellbeing/{today}", json=told)).status_code == 200
        plan = (await client.get("/members/ada/plan")).json()
        speeds = [step["speed_kmh"] for step in steps_in(plan) if step["speed_kmh"] is not None]
        assert speeds
        assert max(speeds) <= 8.0, "the operator's limit"
        session = (await client.post("/sessions", json={"station_id": "run", "member_id": "ada"})).json()
        await until(lambda: box.sessions.active()[0].followed)
        first = box.plans.progress(session["id"])
        assert [each.duration_s for each in first.steps] == [each["duration_s"] for each in steps_in(plan)]
    edit(tmp_path, "UPDATE session SET steps_done_s = ?", first.steps[0].duration_s + 1.0)
    async with running(tmp_path) as (box, client):
        progress = (await client.get(f"/sessions/{session['id']}/steps")).json()
        assert (len(progress["steps"]), progress["current"]) == (len(first.steps), 1)
        assert "confirm" in progress["waits_for"] or "ready" in progress["waits_for"]
        assert (await client.get("/members/ada/plan")).json() == plan, "the same all day"
        report = (await client.post(f"/sessions/{session['id']}/end", json={"rpe": 6})).json()
        assert report["plan"]["id"] == plan["id"]
        waiting = await box.store.read(lambda db: outbox.peek_batch(db.conn))
        assert [each.kind for each in waiting] == ["session", "plan"]
        for record in waiting:
            body = json.loads(record.payload)["body"]
            features = body["plan"]["features"] if record.kind == "session" else body["features"]
            assert len(features) == 8
            for word in ("sleep", "stress", "hrv", "sentence", "21.5"):
                assert word not in record.payload


async def test_a_box_that_was_off_at_night_makes_the_plans_when_it_starts(tmp_path: Path) -> None:
    async with running(tmp_path) as (box, client):
        await until(lambda: box._nightly.runs == 1)
        session = (await client.post("/sessions", json={"station_id": "run", "member_id": "guest"})).json()
        await client.post(f"/sessions/{session['id']}/end")
        assert await box.planner.kept("guest") is None
    async with running(tmp_path) as (box, client):
        await until(lambda: box.planner.made == 1)
        await until(lambda: box._nightly.runs == 1)
        plan = await box.planner.kept("guest")
        assert plan is not None
        assert plan.document.goal == "fat_loss"


def steps_in(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The steps of the first visit to the treadmill."""
    found: list[dict[str, Any]] = []
    for item in (item for block in plan["blocks"] for item in block["items"]):
        if item["kind"] == "machine" and item["machine"] == "treadmill":
            found += item["steps"]
        elif found:
            break
    return found
