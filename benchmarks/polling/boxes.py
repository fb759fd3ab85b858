"""Boxes that ask whether anything is new, each on a connection of its own, whether or not the answer came.

    python boxes.py PORT FOLDER BOXES INTERVAL_S SECONDS

Prints {"connected_s"}, waits for a line, and prints {"waited_ms": [...], "news", "broken"} at the end.

A request is due at its time; how long it took counts from then, so a service that falls behind does not look
better for it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

AT_ONCE = 20
ANSWER_S = 30.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_TAG = re.compile(rb'etag: *("[^"]*")', re.IGNORECASE)


@dataclass(slots=True)
class Seen:
    """What all boxes have seen."""

    waited_ms: list[float] = field(default_factory=list)
    news: int = 0
    broken: int = 0


@dataclass(slots=True)
class Box:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tag: bytes = b""

    async def ask(self) -> int:
        """Ask once; returns the status."""
        condition = b"If-None-Match: " + self.tag + b"\r\n" if self.tag else b""
        self.writer.write(b"GET /api/v1/shadows HTTP/1.1\r\nHost: localhost\r\n" + condition + b"\r\n")
        head = await self.reader.readuntil(b"\r\n\r\n")
        if found := _LENGTH.search(head):
            await self.reader.readexactly(int(found[1]))
        if found := _TAG.search(head):
            self.tag = found[1]
        return int(head.split(b" ", 2)[1])


async def connect(port: int, folder: Path, number: int) -> Box:
    """Show the box's certificate, and ask for the first time."""
    context = ssl.create_default_context(cafile=str(folder / "ca" / "root.pem"))
    context.load_cert_chain(folder / "boxes" / f"box-{number}.pem")
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", port, ssl=context, server_hostname="localhost"
    )
    box = Box(reader, writer)
    status = await box.ask()
    if status != 200:
        raise SystemExit(f"box-{number} was answered {status}")
    return box


async def poll(box: Box, seen: Seen, interval_s: float, until_s: float) -> None:
    """Ask again and again, from a time by chance on."""
    due_s = time.perf_counter() + random.random() * interval_s  # noqa: S311 - spreads load
    while due_s < until_s:
        await asyncio.sleep(max(0.0, due_s - time.perf_counter()))
        try:
            status = await asyncio.wait_for(box.ask(), ANSWER_S)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            seen.broken += 1
            return
        seen.waited_ms.append(1000 * (time.perf_counter() - due_s))
        seen.news += status == 200
        seen.broken += status not in {200, 304}
        due_s += interval_s


async def main(port: int, folder: Path, boxes: int, interval_s: float, seconds: float) -> None:
    """Connect all, say so, poll when told to, print what was seen."""
    begun_s, gate = time.perf_counter(), asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Box:
        async with gate:
            return await connect(port, folder, number)

    async def still(number: int, box: Box) -> Box:
        """A service closes what was silent for long; connecting all may take longer."""
        return await one(number) if box.reader.at_eof() else box

    connected = await asyncio.gather(*(one(number) for number in range(boxes)))
    print(json.dumps({"connected_s": time.perf_counter() - begun_s}), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    connected = await asyncio.gather(*(still(*each) for each in enumerate(connected)))
    seen, until_s = Seen(), time.perf_counter() + seconds
    await asyncio.gather(*(poll(box, seen, interval_s, until_s) for box in connected))
    print(json.dumps({"waited_ms": seen.waited_ms, "news": seen.news, "broken": seen.broken}), flush=True)


if __name__ == "__main__":
    asyncio.run(
        main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
    )
