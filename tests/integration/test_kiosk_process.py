"""The kiosk of a real box, as it stands on the wall: a set; then the box is killed and comes back."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

STARTS_WITHIN_S = 60.0
SEEN_WITHIN_MS = 5_000


def count_on(page: "Page") -> int:
    return int(page.text_content("#count") or 0)


def count_above(page: "Page", before: int) -> int:
    """Look until the count on the page has risen; returns it."""
    deadline_s = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline_s:
        if (now := count_on(page)) > before:
            return now
        page.wait_for_timeout(100)
    pytest.fail(f"the count stayed at {before}")


def test_the_count_rises_over_a_blurred_picture_the_box_dies_and_the_page_recovers_untouched(
    gymbox: Callable[..., Any], free_port: int, blazepose: Path, tmp_path: Path, page: "Page"
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(blazepose.parent)

    def start() -> Any:
        return gymbox("demo", "--port", str(free_port), port=free_port)

    box = start()
    box.until("/livez", bool, within_s=30)
    page.goto(f"{box.url}/kiosk/mat")
    page.evaluate("window.neverReloaded = true")
    counted = count_above(page, count_above(page, 0))

    blurred = {"station": {"mat": {"stage": "blurred_video"}}}
    httpx.patch(f"{box.url}/api/v1/config", json=blurred).raise_for_status()
    page.wait_for_selector("#stage[data-picture]", timeout=STARTS_WITHIN_S * 1000)  # while the set goes on

    page.wait_for_timeout(1000)  # a repetition is written down moments after it is shown
    os.kill(box.process.pid, signal.SIGKILL)
    box.process.wait(5)
    page.wait_for_selector("#banner:not([hidden])", timeout=SEEN_WITHIN_MS)

    start()
    page.wait_for_selector("#banner", state="hidden", timeout=STARTS_WITHIN_S * 1000)
    resumed = count_on(page)
    assert resumed >= counted
    count_above(page, resumed)
    assert page.evaluate("window.neverReloaded")
