"""An evening in a full hall: every device speaks four times a second, pages are open at some stations.

A distance is told once only and a heart rate not again for half a minute, so that each value on a page names
the message that it came from. The time until it is there includes the broker, the box and the way to the
page, and the work of this process, which sends the messages and reads the pages.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.machines.broker import Publisher, publish_packet
from benchmarks.machines.counters import counters
from benchmarks.machines.hall import FASTEST_BPM, SLOWEST_BPM, Hall, opened
from benchmarks.machines.page import Page
from benchmarks.speed.family import usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

RATE_HZ = 4.0
SETTLE_S = 5.0
TICK_S = 0.002
NEVER_S = 2.0
"""What is not on the page by then never will be: the value after it is."""


@dataclass(frozen=True, slots=True)
class Evening:
    """How a box did.

    Attributes:
        devices: how many spoke, each four times a second.
        pages: how many pages were open.
        seconds: how long.
        messages: sent.
        lost: of them, not through.
        unseen: of those for the pages, never shown.
        p50_ms, p99_ms, max_ms: from publishing to the page.
        idle_cpu_percent: of one core before anybody spoke.
        cpu_percent: of one core meanwhile, the broker and the pages apart.
        start_mb, end_mb: memory after the first seconds, and at the end.
    """

    devices: int
    pages: int
    seconds: float
    messages: int
    lost: int
    unseen: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    idle_cpu_percent: float
    cpu_percent: float
    start_mb: float
    end_mb: float


def measure(devices: int, pages: int, seconds: float) -> Evening:
    """Let them speak.

    Raises:
        NoBrokerError: no mosquitto here, or it does not do its part.
        BoxFailedError: the box does not come up, or answers no more.
    """
    hall = Hall(max(1, devices // 2))
    watched = hall.names[:pages]
    with opened(hall) as (box, port), Publisher(port) as publisher:
        opening = [Page(box, station) for station in watched]
        for page in opening:
            page.start()
        idle = usage(box.pid)
        time.sleep(SETTLE_S)
        idle_percent = usage(box.pid).cpu_percent_since(idle)
        first = speak(publisher, hall, 0, SETTLE_S)  # until memory and tables have their size
        time.sleep(NEVER_S)
        before, start = counters(box), usage(box.pid)
        sent = speak(publisher, hall, max(map(len, first)), seconds)
        end = usage(box.pid)
        time.sleep(NEVER_S)
        after = counters(box)
        for page in opening:
            page.stop()
    delays, unseen = [], 0
    for number, page in enumerate(opening):
        for said, column in ((sent[2 * number], 1), (sent[2 * number + 1], 2)):
            found = delays_s(said, [(seen[0], seen[column]) for seen in page.seen])
            delays += found
            unseen += len(said) - len(found)
    messages = sum(map(len, sent))
    cuts = statistics.quantiles(delays, n=100) if len(delays) > 1 else [float("nan")] * 99
    return Evening(
        devices=hall.devices,
        pages=len(watched),
        seconds=end.at_s - start.at_s,
        messages=messages,
        lost=messages - (after.done - before.done),
        unseen=unseen,
        p50_ms=1000 * cuts[49],
        p99_ms=1000 * cuts[98],
        max_ms=1000 * max(delays, default=float("nan")),
        idle_cpu_percent=idle_percent,
        cpu_percent=end.cpu_percent_since(start),
        start_mb=start.own_mb,
        end_mb=end.own_mb,
    )


def speak(publisher: Publisher, hall: Hall, first: int, seconds: float) -> list[list[tuple[float, float]]]:
    """Every device in turn, evenly over each quarter of a second; of each, when it said what."""
    sent: list[list[tuple[float, float]]] = [[] for _ in range(hall.devices)]
    step_s = 1 / (RATE_HZ * hall.devices)
    total, done, begun_s = int(seconds / step_s), 0, time.monotonic()
    while done < total:
        due = min(total, int((time.monotonic() - begun_s) / step_s) + 1)
        for number in range(done, due):
            device, count = number % hall.devices, first + number // hall.devices
            packet = publish_packet(*hall.message(device, count))
            sent[device].append((time.monotonic(), value(device, count)))
            publisher.send(packet)
        done = due
        time.sleep(TICK_S)
    return sent


def value(device: int, count: int) -> float:
    """What the page shows of a message: a distance of a treadmill, the rate of a band."""
    return float(SLOWEST_BPM + count % (FASTEST_BPM - SLOWEST_BPM + 1) if device % 2 else count)


def delays_s(sent: Sequence[tuple[float, float]], seen: Sequence[tuple[float, float | None]]) -> list[float]:
    """From sending a value to seeing it, for each that was seen; both in order of time."""
    found = []
    at = 0
    for sent_s, said in sent:
        while at < len(seen) and seen[at][0] < sent_s:
            at += 1
        for seen_s, shown in seen[at:]:
            if seen_s - sent_s > NEVER_S:
                break
            if shown == said:
                found.append(seen_s - sent_s)
                break
    return found


def table(it: Evening) -> Iterator[str]:
    """For people."""
    yield f"{it.devices} devices x {RATE_HZ:g} Hz for {it.seconds:.0f} s, {it.pages} pages open"
    yield f"  messages      {it.messages}, {it.lost} lost, {it.unseen} not shown on a page"
    yield f"  to the page   p50 {it.p50_ms:.0f} ms, p99 {it.p99_ms:.0f} ms, max {it.max_ms:.0f} ms"
    yield f"  processor     {it.cpu_percent:.1f} % of one core, {it.idle_cpu_percent:.1f} % idle"
    yield f"  memory        {it.start_mb:.1f} MB, at the end {it.end_mb:.1f} MB"
