"""From a heart rate that a band publishes to the pixel that shows it, on many pages at once."""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.machines.broker import Publisher, publish_packet
from benchmarks.machines.hall import Hall, opened
from benchmarks.machines.steady import delays_s, value
from benchmarks.pages.wall import Opening, chromium, opening, seen, wall
from benchmarks.speed.family import usage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

    from benchmarks.speed.running_box import RunningBox

SETTLE_S = 5.0
RATE_HZ = 1.0
NEVER_S = 2.0


@dataclass(frozen=True, slots=True)
class Wall:
    """One kind of page, so many of them open.

    Attributes:
        seen: heart rates that were painted, of those that were sent.
        browser_cpu_percent: of one core, for all pages together.
        box_cpu_percent: likewise, of the box.
    """

    sent: int
    seen: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    browser_cpu_percent: float
    box_cpu_percent: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A kiosk, and beside it the least that a page could do."""

    pages: int
    cores: int
    opening: Opening
    kiosk: Wall
    bare: Wall

    def figures(self) -> dict[str, Any]:
        """As JSON takes it."""
        return asdict(self)


def measure(pages: int, seconds: float) -> Measured:
    """Open them, let the bands speak once a second each.

    Raises:
        NoBrokerError: no mosquitto here, or it does not do its part.
        NoBrowserError: no Chromium here.
        BoxFailedError: the box does not come up, or answers no more.
    """
    hall = Hall(pages)
    with opened(hall) as (box, port), Publisher(port) as publisher, chromium() as browser:
        url, headers = str(box.http.base_url), {"Authorization": box.http.headers["Authorization"]}
        _speak(publisher, hall, 0, 2.0)
        first = opening(browser, url, hall.names[0], headers)
        walls = {
            bare: _look(browser, box, hall, publisher, url, headers, seconds, bare=bare)
            for bare in (False, True)
        }
    return Measured(pages, os.cpu_count() or 1, first, kiosk=walls[False], bare=walls[True])


def _look(  # noqa: PLR0917 - one measurement is all of them
    browser: Browser,
    box: RunningBox,
    hall: Hall,
    publisher: Publisher,
    url: str,
    headers: dict[str, str],
    seconds: float,
    *,
    bare: bool,
) -> Wall:
    with wall(browser, url, hall.names, headers, bare=bare) as pages:
        _speak(publisher, hall, 0, SETTLE_S)
        for page in pages:
            seen(page)
        ours, boxes = usage(os.getpid()), usage(box.pid)
        sent = _speak(publisher, hall, int(SETTLE_S * RATE_HZ) + 1, seconds)
        ours_after, boxes_after = usage(os.getpid()), usage(box.pid)
        time.sleep(NEVER_S)
        delays = [
            delay for said, page in zip(sent, pages, strict=True) for delay in delays_s(said, seen(page))
        ]
    cuts = statistics.quantiles(delays, n=100) if len(delays) > 1 else [float("nan")] * 99
    box_percent = boxes_after.cpu_percent_since(boxes)
    return Wall(
        sent=sum(map(len, sent)),
        seen=len(delays),
        p50_ms=1000 * cuts[49],
        p95_ms=1000 * cuts[94],
        p99_ms=1000 * cuts[98],
        browser_cpu_percent=ours_after.cpu_percent_since(ours) - box_percent,
        box_cpu_percent=box_percent,
    )


def _speak(publisher: Publisher, hall: Hall, first: int, seconds: float) -> list[list[tuple[float, float]]]:
    """Every station in turn, evenly over each second: its belt, which moves, and its band.

    Returns:
        Of each band, when (wall clock, s) it said what.
    """
    sent: list[list[tuple[float, float]]] = [[] for _ in range(hall.stations)]
    step_s = 1 / (RATE_HZ * hall.stations)
    begun_s = time.monotonic()
    for number in range(int(seconds / step_s)):
        time.sleep(max(0.0, begun_s + number * step_s - time.monotonic()))
        station, count = number % hall.stations, first + number // hall.stations
        belt, band = 2 * station, 2 * station + 1
        publisher.send(publish_packet(*hall.message(belt, count)))
        sent[station].append((time.time(), value(band, count)))
        publisher.send(publish_packet(*hall.message(band, count)))
    return sent


def table(it: Measured) -> Iterator[str]:
    """For people."""
    page = it.opening
    yield f"one kiosk opened: {page.files} files, {page.kb:.0f} kB, first paint {page.first_paint_ms:.0f} ms"
    yield f"{it.pages} pages open, {it.cores} cores; a heart rate a second on each, from band to pixel"
    for name, many in (("kiosk", it.kiosk), ("bare page", it.bare)):
        yield f"  {name:<10} p50 {many.p50_ms:.0f} ms, p95 {many.p95_ms:.0f} ms, p99 {many.p99_ms:.0f} ms"
        yield f"             {many.seen} of {many.sent} seen"
        browser, box = many.browser_cpu_percent, many.box_cpu_percent
        yield f"             of a core: browser {browser:.0f} %, box {box:.0f} %"
