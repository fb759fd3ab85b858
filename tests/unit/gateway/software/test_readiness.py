import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.software.readiness import Readiness


@asynccontextmanager
async def answering(status: str, body: bytes) -> AsyncIterator[Readiness]:
    """Ask somebody who answers everybody alike."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        readiness = Readiness()
        readiness.served_at("0.0.0.0", server.sockets[0].getsockname()[1])  # noqa: S104 - as boxes are told to
        yield readiness


PARTS = json.dumps({"parts": {"store": {"state": "ok"}, "camera:x": {"state": "failed"}}}).encode()


@pytest.mark.parametrize(
    ("status", "body", "failing"),
    [
        ("200 OK", PARTS, frozenset({"camera:x"})),
        ("503 Service Unavailable", PARTS, frozenset({"camera:x"})),
        ("200 OK", b'{"parts": {}}', frozenset()),
        ("500 Internal Server Error", PARTS, None),
        ("200 OK", b"hello", None),
        ("200 OK", b"[]", None),
        ("200 OK", b'{"parts": {"x": 1}}', None),
        ("nonsense", b"", None),
    ],
)
async def test_what_the_box_answers_itself(status: str, body: bytes, failing: frozenset[str] | None) -> None:
    async with answering(status, body) as readiness:
        assert await readiness.failing() == failing


async def test_nobody_is_asked_before_anybody_listens() -> None:
    assert await Readiness().failing() is None


async def test_nobody_answers() -> None:
    readiness = Readiness()
    readiness.served_at("127.0.0.1", 9)
    assert await readiness.failing() is None
