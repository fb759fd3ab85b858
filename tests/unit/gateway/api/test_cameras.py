"""What a camera sees, for an operator; never for anybody else, and never kept."""

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from gateway.previews import MAX_VIEWERS
from vision.processes.messages import CameraStatus
from vision.processes.ring import Frame

if TYPE_CHECKING:
    import httpx

    from .conftest import ApiBox

PREVIEW = "/api/v1/cameras/cam1/preview.mjpg"


def show(box: "ApiBox") -> None:
    box.cameras.camera_status["cam1"] = CameraStatus(camera_id="cam1", state="ok")
    box.cameras.pictures["cam1"] = Frame(1, 0.0, 1, np.zeros((54, 96, 3), np.uint8))


async def test_an_operator_gets_pictures_until_the_token_ends(
    box: "ApiBox", operator: "httpx.AsyncClient"
) -> None:
    show(box)
    (token,) = await box.tokens.all()

    async def end_it() -> None:
        while not box.previews.viewers:  # noqa: ASYNC110 - a number has no event
            await asyncio.sleep(0.01)
        await box.tokens.revoke(token.id)
        box.now_s += 10

    async with asyncio.timeout(10):
        answer, _ = await asyncio.gather(operator.get(PREVIEW), end_it())
    assert answer.headers["content-type"] == "multipart/x-mixed-replace; boundary=picture"
    head, _, picture = answer.content.partition(b"\r\n\r\n")
    assert head.startswith(b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: ")
    assert picture.startswith(b"\xff\xd8\xff")
    assert box.previews.viewers == 0


async def test_a_kiosk_and_a_stranger_see_nothing(
    box: "ApiBox", kiosk: "httpx.AsyncClient", stranger: "httpx.AsyncClient"
) -> None:
    show(box)
    assert (await kiosk.get(PREVIEW)).status_code == 403
    assert (await stranger.get(PREVIEW)).status_code == 401


async def test_no_such_camera(operator: "httpx.AsyncClient") -> None:
    answer = await operator.get("/api/v1/cameras/nobody/preview.mjpg")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:gymbox:problem:camera-unknown")


async def test_few_may_look_at_a_time(box: "ApiBox", operator: "httpx.AsyncClient") -> None:
    show(box)
    box.previews.viewers = MAX_VIEWERS
    answer = await operator.get(PREVIEW)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gymbox:problem:too-many-watchers")
