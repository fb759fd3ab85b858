"""Pictures of kiosks: each waits for the moment that it is of."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

from playwright.sync_api import expect

from docs.screenshots.studio import NoPicture

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from docs.screenshots.studio import Gym, Studio

LANDSCAPE: Final = (1920, 1080)
PORTRAIT: Final = (1080, 1920)
MAT: Final = "mat"
TREADMILL: Final = "treadmill-1"
# In the middle of a repetition: a ring that is filled, neither empty nor full.
DEPTH: Final = (35.0, 90.0)
STILL: Final = (15.0, 99.0)
ENOUGH_REPS: Final = 4
MOST_PARTIALS: Final = 1
GLANCE_S: Final = 0.02
VISITOR: Final = "visitor"
PROFILE: Final = {"display_name": "Ana Roa", "birth_year": 1992, "goal": "strength", "level": "intermediate"}
# Picture, size, what the address asks for.
SETS: Final = (
    ("kiosk", LANDSCAPE, "lang=en&theme=dark"),
    ("kiosk-portrait", PORTRAIT, "lang=en&theme=dark"),
    ("kiosk-chinese", LANDSCAPE, "lang=zh&theme=dark"),
    ("kiosk-light", LANDSCAPE, "lang=en&theme=light"),
)


def training(studio: Studio, gym: Gym) -> None:
    """A run and sets of push-ups."""
    with studio.page(*LANDSCAPE) as page:
        page.goto(f"{gym.url}/kiosk/{TREADMILL}?lang=en&theme=dark")
        expect(page.locator("#speed")).to_have_text(re.compile(r"[1-9]"))
        expect(page.locator("#heart")).to_have_attribute("data-zone", re.compile(r"[1-5]"))
        studio.keep(page, "kiosk-treadmill")
    for name, size, query in SETS:
        with studio.page(*size) as page:
            page.goto(f"{gym.url}/kiosk/{MAT}?{query}")
            expect(page.locator("#bpm")).to_have_text(re.compile(r"\d"))
            _take_a_repetition(studio, gym, page, name)


def visit(studio: Studio, gym: Gym) -> None:
    """A visitor comes, gets a plan, trains and leaves."""
    with studio.page(*LANDSCAPE) as page:
        gym.empty(MAT)
        page.goto(f"{gym.url}/kiosk/{MAT}?lang=en&theme=dark")
        expect(page.locator("#ready li").first).to_be_visible()
        studio.keep(page, "kiosk-welcome")
        gym.ask(f"/members/{VISITOR}", PROFILE, method="PUT")
        gym.ask("/sessions", {"station_id": MAT, "member_id": VISITOR, "band_id": "band-4"})
        expect(page.locator("#blocks section").first).to_be_visible()
        studio.keep(page, "kiosk-plan")
        # The first repetition closes the plan too; then the button is hidden, and this starts what runs.
        page.locator("#plan-start").dispatch_event("click")
        expect(page.locator("#count")).to_have_text(re.compile(r"[4-9]|\d\d"))
        page.locator("#end").click()
        page.locator("#rpe").get_by_role("button", name="7", exact=True).click()
        expect(page.locator("#tomorrow")).to_be_visible()
        studio.keep(page, "kiosk-summary")


def _take_a_repetition(studio: Studio, gym: Gym, page: Page, name: str) -> None:
    """Take the middle of a good push-up, well within a set; it must be that before and after the picture."""
    deadline_s = time.monotonic() + studio.patience_s
    while time.monotonic() < deadline_s:
        mat = gym.ask(f"/stations/{MAT}")
        if mat["partials"] > MOST_PARTIALS:
            begin_anew(gym)
            continue
        good = mat["exercise"] == "pushup" and mat["form"] is not None and mat["form"]["verdict"] == "good"
        if good and mat["reps"] >= ENOUGH_REPS and _is_seen(page, DEPTH):
            picture = page.screenshot()
            if _is_seen(page, STILL):
                studio.write(picture, name)
                return
        time.sleep(GLANCE_S)
    raise NoPicture("nobody is in the middle of a good push-up")


def begin_anew(gym: Gym) -> None:
    """Have the person on the mat begin a session of its own."""
    gym.empty(MAT)
    gym.ask("/sessions", {"station_id": MAT, "member_id": "dana", "band_id": "band-4"})


def _is_seen(page: Page, depth: tuple[float, float]) -> bool:
    offset = page.evaluate("document.querySelector('.ring-arc').style.strokeDashoffset")
    seen = page.locator("#reps").is_visible() and page.locator("#stage-note").inner_text() == ""
    return seen and depth[0] < 100.0 - float(offset or 100.0) < depth[1]
