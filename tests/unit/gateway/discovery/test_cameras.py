"""Asking a network for cameras: real datagrams to a camera that a test plays on this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.discovery.cameras import MOST, find_cameras

from .answers import BOMB, GSOAP, SHORT


class Camera(asyncio.DatagramProtocol):
    """Answers every question with these datagrams."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = answers
        self.asked: list[bytes] = []

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # it is one
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked.append(data)
        for each in self.answers:
            self.transport.sendto(each, addr)


@asynccontextmanager
async def network_with(*answers: bytes) -> AsyncIterator[tuple[Camera, tuple[str, int]]]:
    transport, camera = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Camera(*answers), local_addr=("127.0.0.1", 0)
    )
    try:
        yield camera, transport.get_extra_info("sockname")
    finally:
        transport.close()


async def test_cameras_that_answer_are_found_once_though_they_are_asked_twice() -> None:
    async with network_with(GSOAP, SHORT) as (camera, address):
        found = await find_cameras(wait_s=0.2, target=address)
    assert {each.service for each in found} == {
        "http://127.0.0.1/onvif/device_service",
        "http://127.0.0.1:8899",
    }
    assert len(camera.asked) == 2
    assert camera.asked[0] == camera.asked[1]


async def test_hostile_answers_hide_nobody() -> None:
    async with network_with(BOMB, b"\x00" * 60_000, b"", GSOAP) as (_, address):
        [found] = await find_cameras(wait_s=0.2, target=address)
    assert found.name == "Gym floor 1"


async def test_a_flood_of_cameras_is_cut_short() -> None:
    flood = [SHORT.replace(b":8899", b":%d" % (1000 + n)) for n in range(MOST + 20)]
    async with network_with(*flood) as (_, address):
        found = await find_cameras(wait_s=0.3, target=address)
    assert len(found) <= MOST


async def test_a_quiet_network_has_none() -> None:
    assert await find_cameras(wait_s=0.05, target=("127.0.0.1", 9)) == []
