"""Many pages open at once in one Chromium, each noting what it shows and when that was painted."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page, Route, ViewportSize

SIZE: ViewportSize = {"width": 1280, "height": 720}
OPENS_MS = 30_000
# A frame is on the screen once the task after its drawing has run.
NOTES = """
window.seen = [];
document.addEventListener("DOMContentLoaded", () => {
  const note = () => requestAnimationFrame(() => {
    const shown = Number(document.getElementById("bpm")?.textContent);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.seen.push([(performance.timeOrigin + performance.now()) / 1000, shown]);
    port2.postMessage(null);
  });
  const rate = document.getElementById("bpm");
  new MutationObserver(note).observe(rate, { childList: true, characterData: true });
});
"""
# The least that a page could do with the same events.
BARE = """<!doctype html><title>bare</title><p id="bpm">0</p><script>
  new EventSource("/api/v1/stations/%s/events").addEventListener("state", (event) => {
    document.getElementById("bpm").textContent = JSON.parse(event.data).heart_rate?.bpm ?? "";
  });
</script>"""


class NoBrowserError(RuntimeError):
    """There is no Chromium here."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What it takes to open one page.

    Attributes:
        files: requests, the page itself included.
        kb: over the wire, headers included, the event stream not.
        first_paint_ms: from the address to the first words on the screen.
    """

    files: int
    kb: float
    first_paint_ms: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium without a window.

    Raises:
        NoBrowserError: it is not installed.
    """
    program = shutil.which("chromium")
    if program is None:
        raise NoBrowserError("this needs chromium: apt-get install chromium")
    flags = ["--disable-gpu", "--disable-background-networking", *([] if os.geteuid() else ["--no-sandbox"])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def opening(browser: Browser, url: str, station: str, headers: dict[str, str]) -> Opening:
    """Open one kiosk with an empty cache."""
    context = browser.new_context(viewport=SIZE, extra_http_headers=headers, service_workers="block")
    page = context.new_page()
    page.goto(f"{url}kiosk/{station}")
    page.wait_for_selector("html:is([data-mode=live], [data-mode=plan])", timeout=OPENS_MS)
    told: dict[str, Any] = page.evaluate(
        """() => {
            const of = (type) => performance.getEntriesByType(type);
            const files = [...of("navigation"), ...of("resource")]
                .filter((file) => !file.name.includes("/api/"));
            const paint = performance.getEntriesByName("first-contentful-paint")[0];
            return { files: files.length, bytes: files.reduce((sum, file) => sum + file.transferSize, 0),
                paint: paint.startTime };
        }"""
    )
    context.close()
    return Opening(told["files"], told["bytes"] / 1000, told["paint"])


@contextmanager
def wall(
    browser: Browser, url: str, stations: Sequence[str], headers: dict[str, str], *, bare: bool
) -> Iterator[list[Page]]:
    """A page for each station, open and showing a heart rate; `bare` ones do nothing else.

    Each has connections of its own, as on a machine of its own: a browser opens no more than six to one box.
    """
    pages = []
    for station in stations:
        context = browser.new_context(viewport=SIZE, extra_http_headers=headers, service_workers="block")
        context.add_init_script(NOTES)
        page = context.new_page()
        if bare:
            page.route(f"**/kiosk/{station}", _bare(station))
        page.goto(f"{url}kiosk/{station}")
        pages.append(page)
    for page in pages:
        page.wait_for_selector("#bpm", state="attached", timeout=OPENS_MS)
    yield pages
    for page in pages:
        page.context.close()


def _bare(station: str) -> Any:
    def answer(route: Route) -> None:
        route.fulfill(content_type="text/html", body=BARE % station)

    return answer


def seen(page: Page) -> list[tuple[float, float | None]]:
    """What a page has shown: wall-clock seconds and the heart rate, null for none."""
    return [(at_s, shown) for at_s, shown in page.evaluate("seen.splice(0)")]
