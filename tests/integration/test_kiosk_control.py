"""A person's word at the kiosk, in Chromium on the real commands: what the plan asks, why the box yields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from playwright.sync_api import expect

from devices.codecs.machine_status import StatusOp
from devices.control.facts import Hold
from gateway.commands.plans import PlanStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route

    from .kiosk_box import Box

    Js = Callable[..., Any]

pytestmark = pytest.mark.browser

PANELS = ((1920, 1080), (1080, 1920), (390, 844), (1280, 720))
STEP = PlanStep(duration_s=600, speed_kmh=11.0, incline_percent=2.5)


def hold_of_belt(box: Box) -> str | None:
    return box.commands.machines[0].control.facts.hold


def test_a_person_says_at_the_kiosk_that_they_are_ready(new_box: Callable[..., Box], page: Page) -> None:
    box = new_box(loopback_operator=False, control=True)
    token = box.ask(box.tokens.create("kiosk", "rack")).token
    box.check_in("rack", band="band")
    page.goto(f"{box.url}/kiosk/rack?token={token}")
    confirm = page.get_by_role("button", name="I am ready")
    expect(page.locator("#hold")).to_contain_text("The treadmill waits for you.")
    confirm.click()
    expect(page.locator("#hold")).to_be_hidden()
    assert hold_of_belt(box) is None

    box.follow("rack", STEP)
    expect(page.locator("#hold-why")).to_have_text("The plan has changed.")
    expect(page.locator("#speed-target")).to_have_text("→ 11.0")
    expect(page.locator("#incline-target")).to_have_text("→ 2.5")
    expect(page.locator("#step-left")).to_have_text("10:00 left")
    confirm.click()
    expect(page.locator("#hold")).to_be_hidden()
    expect(page.locator("#step-left")).to_have_text("9:58 left")

    box.belt_says(StatusOp.STOPPED_BY_USER, 1.0)
    expect(page.locator("#hold-why")).to_have_text("Somebody stopped the treadmill.")
    box.belt_says(StatusOp.STOPPED_BY_SAFETY_KEY)
    expect(page.locator("#hold-why")).to_have_text("The safety key was pulled.")
    expect(page.locator("#hold-hint")).to_have_text("To go on, press START on the treadmill.")
    expect(confirm).to_be_hidden()
    box.belt_says(StatusOp.STARTED_BY_USER)
    expect(page.locator("#hold")).to_be_hidden()


def test_the_button_rests_while_it_is_asked_and_tells_an_error_in_words(
    new_box: Callable[..., Box], page: Page
) -> None:
    box = new_box(control=True)
    box.check_in("run")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/confirm", hold)
    page.goto(f"{box.url}/kiosk/run?lang=zh")
    confirm = page.locator("#confirm")
    expect(confirm).to_have_text("我准备好了")
    confirm.click()
    expect(confirm).to_be_disabled()
    expect(confirm).to_have_text("请稍候…")
    held.pop().fulfill(status=409, json={"type": "urn:gymbox:problem:not-ready", "detail": "x"})
    expect(confirm).to_be_enabled()
    expect(page.locator("#confirm-error")).to_contain_text("安全钥匙已插好")
    assert hold_of_belt(box) == "unheard"
    page.unroute("**/confirm")
    confirm.click()
    expect(page.locator("#hold")).to_be_hidden()


def test_nothing_of_it_where_the_box_may_not_drive_but_a_plan_is_still_an_offer(box: Box, page: Page) -> None:
    box.check_in("run")
    page.goto(f"{box.url}/kiosk/run")
    expect(page.locator("#speed")).to_have_text("9.5")
    assert hold_of_belt(box) == "unheard"
    expect(page.locator("#hold")).to_be_hidden()
    expect(page.locator("#speed-target")).to_be_empty()
    expect(page.locator("#step-left")).to_be_empty()
    box.follow("run", PlanStep(duration_s=60, heart_rate_zone=2))
    expect(page.locator("#speed-target")).to_have_text("→ Zone 2")
    expect(page.locator("#hold-hint")).to_be_empty()
    page.locator("#confirm").click()  # from here on the step's time passes
    expect(page.locator("#step-left")).to_have_text("0:58 left")


@pytest.mark.parametrize("station", ["rack", "run"])
def test_target_and_button_fit_every_panel_and_every_finger(
    new_box: Callable[..., Box], page: Page, station: str
) -> None:
    box = new_box(control=True)
    box.check_in(station, band="band")
    box.follow(station, STEP)
    page.goto(f"{box.url}/kiosk/{station}")
    expect(page.locator("#speed-target")).to_have_text("→ 11.0")
    for width, height in PANELS:
        page.set_viewport_size({"width": width, "height": height})
        assert misplaced(page) == [], (width, height)
        button = page.locator("#confirm").bounding_box()
        assert button is not None
        assert button["height"] >= 48, (width, height)


def misplaced(page: Page) -> list[str]:
    """What is cut off by the panel or its tile, or lies over the time left."""
    names: list[str] = page.evaluate(
        """[...document.querySelectorAll('.hold, .hold *, .belt :is(.big, .unit, .target, .step-left, dd)')]
            .filter((node) => node.checkVisibility())
            .filter((node) => { const box = node.getBoundingClientRect();
                const around = node.closest('.tile')?.getBoundingClientRect();
                const note = document.getElementById('step-left').getBoundingClientRect();
                const covers = node.matches('.target, .unit') && box.right > note.left
                    && box.left < note.right && box.bottom > note.top && box.top < note.bottom;
                return covers || box.right > innerWidth + 1 || box.bottom > innerHeight + 1
                    || (around && (box.right > around.right + 1 || box.bottom > around.bottom + 1)); })
            .map((node) => node.id || node.className)"""
    )
    return names


def test_every_reason_to_yield_is_said_in_every_language(js: Js) -> None:
    languages = js("strings", "(m) => m.LANGUAGES")
    for words in languages.values():
        assert {f"hold.{hold}" for hold in get_args(Hold)} <= set(words)


def test_a_reason_from_a_later_version_is_still_told(js: Js) -> None:
    code = """async (m, control) => {
        const { translator } = await import('/kiosk/static/strings.js');
        return m.holdOf(control, translator('en'));
    }"""
    control = {"drives": True, "hold": "comet", "confirmable": True, "step": None}
    assert js("control", code, control)["why"] == "The treadmill waits."
    assert js("control", code, {**control, "hold": None}) is None
    assert js("control", code, None) is None
