"""Real things that integration tests talk to: so far, a browser."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from .kiosk_box import Box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

KIOSK = Path(__file__).parents[2] / "gateway" / "kiosk"
OWN_HOSTS = {"127.0.0.1", "localhost", "kiosk.test", ""}
# What a browser says when a box is down or refuses: the page is built to live with it.
EXPECTED_CONSOLE = (
    "Failed to load resource",
    "Service Worker registration blocked",
    "Canvas2D: Multiple readback operations",  # a test looks at pixels
)
CHROMIUM_ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]
SETTINGS: dict[str, Any] = {
    "viewport": {"width": 1920, "height": 1080},
    "locale": "en-US",
    "service_workers": "block",  # a page that keeps itself would outlive its box
}
PATIENCE_MS = 30_000  # what never comes is noticed by it; it says nothing about speed


# Playwright's synchronous API keeps an event loop in this thread as long as it is open, which asynchronous
# tests cannot share: so a browser lives for one module, and such a module holds no asynchronous test.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window; the test is skipped where there is none."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium refuses root with a sandbox
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=[*CHROMIUM_ARGUMENTS, *sandbox])
        yield chromium
        chromium.close()


class PageWatch:
    """What a page did that no page of ours may do."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def follow(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._on_console)
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(EXPECTED_CONSOLE):
            self.faults.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).hostname not in OWN_HOSTS:
            self.faults.append(f"foreign request: {request.url}")


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages (keywords are Playwright's context options); none may throw, warn or ask a foreign host."""
    watch = PageWatch()
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{**SETTINGS, **options})
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watch.follow(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.faults == []


@pytest.fixture(scope="module")
def watched_page(browser: Browser) -> Iterator[tuple[Page, PageWatch]]:
    context = browser.new_context(**SETTINGS)
    context.set_default_timeout(PATIENCE_MS)
    page, watch = context.new_page(), PageWatch()
    watch.follow(page)
    yield page, watch
    context.close()


@pytest.fixture
def page(watched_page: tuple[Page, PageWatch]) -> Iterator[Page]:
    """One page on a 1080p panel that remembers nothing of the test before.

    Its process is the same for a whole module: a new one takes two seconds of a processor to show a kiosk. A
    test that leaves more behind than storage, cookies, routes and a size takes one of `new_page`.
    """
    page, watch = watched_page
    yield page
    if page.url.startswith("http"):
        page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.unroute_all()
    page.context.clear_cookies()
    page.goto("about:blank")
    page.set_viewport_size(SETTINGS["viewport"])
    page.emulate_media(color_scheme="null")
    faults, watch.faults[:] = list(watch.faults), []
    assert faults == []


def _from_disk(route: Route) -> None:
    path = KIOSK / Path(route.request.url).name
    if path.suffix == ".js":
        route.fulfill(content_type="text/javascript", body=path.read_bytes())
    else:
        route.fulfill(
            content_type="text/html", body="<!doctype html><title>no kiosk, only its modules</title>"
        )


@pytest.fixture(scope="module")
def js(browser: Browser) -> Iterator[Callable[..., Any]]:
    """Evaluate `(m, ...arguments) => ...` in a browser, m being one of the kiosk's modules."""
    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", _from_disk)
    page.goto("http://kiosk.test/")

    def evaluate(module: str, function: str, *arguments: object) -> Any:
        call = f"async (given) => ({function})(await import('/kiosk/static/{module}.js'), ...given)"
        return page.evaluate(call, list(arguments))

    yield evaluate
    context.close()


@pytest.fixture
def new_box(tmp_path: Path, free_port: int) -> Iterator[Callable[..., Box]]:
    """Start boxes, one after the other on one port and one data folder: each is the same box, restarted."""
    boxes: list[Box] = []

    def start(**settings: Any) -> Box:
        boxes.append(Box(tmp_path, free_port, **settings).start())
        return boxes[-1]

    yield start
    for each in boxes:
        each.stop()


@pytest.fixture
def box(new_box: Callable[..., Box]) -> Box:
    return new_box()
