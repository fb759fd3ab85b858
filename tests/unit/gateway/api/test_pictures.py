"""The blurred picture of who trains: where the gym wants it, for its own kiosk, as long as they train."""

import asyncio
import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest

from vision.processes.ring import Frame

if TYPE_CHECKING:
    import httpx

    from .conftest import ApiBox

PICTURES = "/api/v1/stations/mat/pictures"


@pytest.fixture(autouse=True)
def wanted(box: "ApiBox", monkeypatch: pytest.MonkeyPatch) -> None:
    """The gym wants blurred video at the mat; its camera sees noise, which no blurred picture can hold."""
    stations: Any = box.services.stations
    monkeypatch.setitem(stations, "mat", replace(stations["mat"], stage="blurred_video"))
    noise = np.random.default_rng(3).integers(0, 256, (540, 960, 3), dtype=np.uint8)
    box.cameras.pictures["cam1"] = Frame(1, 0.0, 1, noise)


async def check_in(kiosk: "httpx.AsyncClient") -> str:
    answer = await kiosk.post("/api/v1/sessions", json={"station_id": "mat", "member_id": "ada"})
    location: str = answer.headers["location"]
    return location


async def watched(box: "ApiBox", viewer: "httpx.AsyncClient", then: Any) -> "httpx.Response":
    """The whole stream of somebody who looks until what `then` does ends it."""

    async def end_it() -> None:
        while not box.services.blurred.viewers:  # noqa: ASYNC110 - a number has no event
            await asyncio.sleep(0.01)
        await then()
        box.cameras.pictures["cam1"] = replace(box.cameras.pictures["cam1"], seq=2)

    async with asyncio.timeout(10):
        answer, _ = await asyncio.gather(viewer.get(PICTURES), end_it())
    assert box.services.blurred.viewers == 0
    return answer


def pictures_of(answer: "httpx.Response") -> list[dict[str, Any]]:
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


async def test_the_stations_own_kiosk_sees_a_blur_until_the_session_ends(
    box: "ApiBox", kiosk: "httpx.AsyncClient"
) -> None:
    session = await check_in(kiosk)
    answer = await watched(box, kiosk, lambda: kiosk.post(f"{session}/end"))
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    (shown,) = pictures_of(answer)
    assert (shown["width"], shown["height"]) == (960, 540)
    read = cv2.imdecode(np.frombuffer(base64.b64decode(shown["jpeg"]), np.uint8), cv2.IMREAD_COLOR)
    assert read is not None
    assert read.shape[:2] == (36, 64)
    assert read.std() < 8, "of the noise nothing is left"


async def test_it_ends_with_the_screens_token(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    await check_in(kiosk)
    (token,) = await box.tokens.all()

    async def sign_out() -> None:
        await box.tokens.revoke(token.id)
        box.now_s += 10

    await watched(box, kiosk, sign_out)


async def test_it_ends_when_the_gym_wants_none_any_more(box: "ApiBox", kiosk: "httpx.AsyncClient") -> None:
    await check_in(kiosk)

    async def change() -> None:
        stations: Any = box.services.stations
        stations["mat"] = replace(stations["mat"], stage="skeleton")

    assert len(pictures_of(await watched(box, kiosk, change))) <= 1


async def test_nobody_else_sees_it_nor_more_than_a_gym_has_stations(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    await check_in(kiosk)
    assert (await stranger.get(PICTURES)).status_code == 401
    for role, station in (("kiosk", "run"), ("fleet", None)):
        token = await box.tokens.create(role, station)  # type: ignore[arg-type]  # they are roles
        async with box.client(token.token) as other:
            assert (await other.get(PICTURES)).status_code == 403
    box.services.blurred.viewers = 32
    answer = await kiosk.get(PICTURES)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gymbox:problem:too-many-watchers")


async def test_there_is_none_while_nobody_trains_nor_where_the_gym_does_not_want_it(
    box: "ApiBox", kiosk: "httpx.AsyncClient", operator: "httpx.AsyncClient"
) -> None:
    before = await kiosk.get(PICTURES)
    session = await check_in(kiosk)
    await kiosk.post(f"{session}/end")
    for answer in (before, await kiosk.get(PICTURES)):
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:gymbox:problem:nobody-trains")
    stations: Any = box.services.stations
    stations["mat"] = replace(stations["mat"], stage="skeleton")
    await check_in(kiosk)
    for answer in (await kiosk.get(PICTURES), await operator.get(PICTURES.replace("mat", "run"))):
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:gymbox:problem:no-pictures")
