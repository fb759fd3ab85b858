"""Pictures for an operator: fresh ones, for few, and not for longer than they may stay."""

import itertools
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

import numpy as np
import pytest

from gateway.live.board import TooManyWatchers
from gateway.previews import BLURRED, MAX_VIEWERS, Previews
from vision.processes.ring import Frame

JPEG = b"\xff\xd8\xff"


def a_frame(seq: int) -> Frame:
    return Frame(seq, 0.0, 1, np.full((54, 96, 3), seq % 255, np.uint8))


async def stays() -> bool:
    return True


async def goes() -> bool:
    return False


async def test_each_picture_is_newer_than_the_one_before() -> None:
    asked: list[int] = []
    numbers = itertools.count(1)

    def picture(camera: str, after: int) -> Frame:
        assert camera == "cam"
        asked.append(after)
        return a_frame(next(numbers))

    previews = Previews(picture, lambda: 0.0)
    async with aclosing(previews.watch("cam", stays)) as pictures:
        found = [await anext(pictures) for _ in range(3)]
    assert all(each.jpeg.startswith(JPEG) for each in found)
    assert len(set(found)) == 3
    assert asked == [0, 1, 2]


async def test_the_camera_is_told_while_somebody_watches() -> None:
    shown: list[str] = []

    @contextmanager
    def told(camera: str) -> Iterator[None]:
        shown.append(f"{camera} on")
        try:
            yield
        finally:
            shown.append(f"{camera} off")

    previews = Previews(lambda _camera, _after: a_frame(1), lambda: 0.0, shown=told)
    async with aclosing(previews.watch("cam", stays)) as pictures:
        await anext(pictures)
        assert shown == ["cam on"]
    previews.viewers = MAX_VIEWERS
    with pytest.raises(TooManyWatchers):
        await anext(previews.watch("cam", stays))
    assert shown == ["cam on", "cam off"]


async def test_who_leaves_makes_room() -> None:
    previews = Previews(lambda _camera, _after: a_frame(1), lambda: 0.0)
    watching = [previews.watch("cam", stays) for _ in range(MAX_VIEWERS)]
    for each in watching:
        await anext(each)
    with pytest.raises(TooManyWatchers, match="Close one of them"):
        previews.demand_room()
    with pytest.raises(TooManyWatchers):
        await anext(previews.watch("cam", stays))
    await watching[0].aclose()
    previews.demand_room()
    for each in watching[1:]:
        await each.aclose()
    assert previews.viewers == 0


async def test_it_ends_with_the_login() -> None:
    seconds = itertools.count(0.0, 2.0)
    previews = Previews(lambda _camera, after: a_frame(after + 1), lambda: next(seconds))
    pictures = [each async for each in previews.watch("cam", goes)]
    assert 0 < len(pictures) < 5
    assert previews.viewers == 0


async def test_a_blurred_one_is_small_and_tells_the_size_that_keypoints_refer_to() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), dtype=np.uint8)
    blurred = Previews(lambda _camera, _after: Frame(1, 0.0, 1, noise), lambda: 0.0, BLURRED)
    clear = Previews(lambda _camera, _after: Frame(1, 0.0, 1, noise), lambda: 0.0)
    sizes = []
    for previews in (clear, blurred):
        async with aclosing(previews.watch("cam", stays)) as pictures:
            shown = await anext(pictures)
        assert (shown.width, shown.height) == (1280, 720)
        sizes.append(len(shown.jpeg))
    assert sizes[0] > 100_000
    assert sizes[1] < 3_000
