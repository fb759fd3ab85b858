"""Pictures of the console, each of a page of the demo."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from docs.screenshots.kiosk import MAT, begin_anew

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from docs.screenshots.studio import Gym, Studio

SIZE: Final = (1280, 800)
WIDE: Final = (1440, 900)
# Charts and icons are drawn a moment after the page is there.
SETTLE_MS: Final = 1500
TRAINED_MS: Final = 25_000
PAGES: Final = {
    "devices": "/devices",
    "members": "/members",
    "models": "/models",
    "sync": "/sync",
    "settings": "/settings?part=station&entry=mat",
}


def pages(studio: Studio, gym: Gym) -> None:
    """What an operator looks at."""
    with studio.page(*WIDE) as page:
        _go(page, gym, "")
        for number in page.locator(".station .number:visible b").all():
            expect(number).to_have_text(re.compile(r"\d"))
        studio.keep(page, "console-overview")
    with studio.page(*SIZE) as page:
        for name, path in PAGES.items():
            _go(page, gym, path)
            studio.keep(page, f"console-{name}")
        _go(page, gym, "/devices/treadmill-1")
        expect(page.locator("canvas").first).to_be_visible()
        studio.keep(page, "console-device")
        _member(studio, gym, page)
        _camera(studio, gym, page)
        _act(gym)
        _go(page, gym, "/events")
        expect(page.locator("tbody tr").nth(2)).to_be_visible()
        studio.keep(page, "console-events")


def _act(gym: Gym) -> None:
    """Do what somebody may have to answer for."""
    gym.ask("/tokens", {"role": "kiosk", "station_id": MAT})
    gym.ask("/config", {"storage": {"outbox_days": 21}}, method="PATCH")


def _member(studio: Studio, gym: Gym, page: Page) -> None:
    _go(page, gym, "/members/ada")
    make = page.get_by_role("button", name="Make the plan")
    if make.is_visible():  # nobody has asked for it yet today
        make.click()
    expect(page.locator(".sentence")).not_to_be_empty()
    expect(page.locator(".q-notification")).to_have_count(0)
    page.evaluate("scrollTo(0, 0)")
    studio.keep(page, "console-member")


def _camera(studio: Studio, gym: Gym, page: Page) -> None:
    """The floor is drawn over the picture; then other settings are tried on what was just done."""
    _go(page, gym, "/cameras/camera")
    page.get_by_role("button", name="Draw the floor of Mat").click()
    expect(page.locator(".corner").first).to_be_visible()
    page.wait_for_function("document.querySelector('.stage-box img').naturalWidth > 0")
    expect(page.locator(".stage-box line").first).to_be_attached()
    studio.keep(page, "console-camera")
    page.get_by_role("button", name="Leave it as it was").click()
    _tuning(studio, gym, page)


def _tuning(studio: Studio, gym: Gym, page: Page) -> None:
    dwell = page.get_by_role("slider", name="Dwell").locator("[tabindex]")
    for _ in range(6):
        dwell.press("ArrowRight")
    begin_anew(gym)  # what was done in half a minute is counted again soon, on any machine
    page.wait_for_timeout(TRAINED_MS)
    answer = page.locator(".compare")
    for _ in range(6):  # a machine that is too busy to answer in time says so
        page.get_by_role("button", name="What would it have counted?").click()
        expect(answer.or_(page.get_by_role("alert")).first).to_be_visible()
        if answer.is_visible():
            break
    expect(answer).to_be_visible()
    answer.scroll_into_view_if_needed()
    studio.keep(page, "console-tuning")


def _go(page: Page, gym: Gym, path: str) -> None:
    page.goto(f"{gym.url}/console{path}")
    expect(page.locator("h1").first).to_be_visible()
    page.wait_for_timeout(SETTLE_MS)
