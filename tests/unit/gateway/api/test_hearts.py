"""Hearts over the API: who sees whose, what is expected today, and that nothing of it leaves the box."""

import asyncio
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.hearts.learner import Lesson
from gateway.members.members import MemberProfile
from sync import outbox

from ..hearts.conftest import ADA, run_of  # noqa: TID252 - test folders are no packages

if TYPE_CHECKING:
    from .conftest import ApiBox

HEART = "/api/v1/members/ada/heart"


@pytest.fixture(autouse=True)
async def ada(box: "ApiBox") -> None:
    await box.members.put("ada", MemberProfile(display_name="Ada", maximum_heart_rate_bpm=186))


async def learn(box: "ApiBox", session_id: str) -> None:
    """Have the box learn of a session what it might have shown."""
    learning = asyncio.create_task(box.hearts.learner.run())
    box.hearts.learner.take(Lesson(session_id, "ada", "km/h", (await box.hearts.of("ada")).day, run_of(ADA)))
    deadline_s = time.monotonic() + 10.0
    while not box.hearts.learner.learned:
        assert time.monotonic() < deadline_s
        await asyncio.sleep(0.005)
    learning.cancel()


async def check_in(client: httpx.AsyncClient, station_id: str = "mat", band_id: str | None = None) -> str:
    wish = {"station_id": station_id, "member_id": "ada", "band_id": band_id}
    answer = await client.post("/api/v1/sessions", json=wish)
    session_id: str = answer.json()["id"]
    return session_id


async def test_what_is_expected_of_todays_plan(operator: httpx.AsyncClient) -> None:
    before = (await operator.get(HEART)).json()
    assert before["machines"][0]["planned"] == [], "asking for the heart makes no plan"
    assert (await operator.get("/api/v1/members/ada/plan")).status_code == 200
    answer = await operator.get(HEART)
    heart = answer.json()
    assert (answer.status_code, heart["day"], heart["maximum_bpm"]) == (200, "2026-03-01", 186.0)
    (treadmill,) = heart["machines"]
    assert (treadmill["machine"], treadmill["sessions"], treadmill["fitness"]) == ("treadmill", 0, None)
    assert [[step["duration_s"] for step in turn] for turn in treadmill["planned"]] == [
        [300.0, 600.0, 600.0, 300.0]
    ]
    assert treadmill["planned"][0][1]["load"] == 9.0
    assert [zone["zone"] for zone in treadmill["zones"]] == [1, 2, 3, 4, 5]


async def test_a_kiosk_sees_the_heart_of_whoever_stands_there(
    kiosk: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    assert (await stranger.get(HEART)).status_code == 401
    assert (await kiosk.get(HEART)).status_code == 403
    session_id = await check_in(kiosk)
    assert (await kiosk.get(HEART)).status_code == 200
    assert (await kiosk.get("/api/v1/members/bob/heart")).status_code == 403
    await kiosk.post(f"/api/v1/sessions/{session_id}/end")
    assert (await kiosk.get(HEART)).status_code == 403


async def test_of_strangers_nothing_is_known(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/api/v1/members/nobody/heart")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:gymbox:problem:member-unknown")


async def test_what_was_learned_is_exported_erased_and_never_sent(
    box: "ApiBox", operator: httpx.AsyncClient
) -> None:
    session_id = await check_in(operator, "run", "band1")
    await operator.post(f"/api/v1/sessions/{session_id}/end")
    waiting = await box.store.read(lambda db: outbox.depth(db.conn))
    await learn(box, session_id)
    assert await box.store.read(lambda db: outbox.depth(db.conn)) == waiting
    assert (await operator.get(HEART)).json()["machines"][0]["sessions"] == 1
    (row,) = (await operator.get("/api/v1/members/ada/export")).json()["heart"]
    assert (row["unit"], row["week"], row["known"]["sessions"]) == ("km/h", "2026-02-23", 1)
    assert (await operator.delete("/api/v1/members/ada")).status_code == 204
    assert (await operator.get(HEART)).status_code == 404
    assert await box.store.read(lambda db: db.execute("SELECT count(*) FROM heart").fetchone()) == (0,)
