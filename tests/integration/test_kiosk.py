"""The kiosk page in Chromium on the real API, live board, sessions and store; only machines are played."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from .kiosk_box import Box

pytestmark = pytest.mark.browser

UNKNOWN = "\N{EN DASH}"
PANELS = ((1920, 1080), (1080, 1920), (390, 844), (3840, 2160), (1280, 720))
LOST = "Connection to the box lost"


def test_counts_a_set_in_front_of_the_camera(box: Box, page: Page) -> None:
    box.check_in("rack", band="band")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#name")).to_have_text("Ana")
    expect(page.locator("#count")).to_have_text("0")
    for number in (1, 2, 3):
        box.rep("rack")
        expect(page.locator("#count")).to_have_text(str(number))
    box.rep("rack", partial=True, verdict="shallow")
    expect(page.locator("#partials")).to_contain_text("1 partial")
    expect(page.locator("#form")).to_have_text("Shallow: use the full range")
    expect(page.locator("#reps-name")).to_have_text("Squats")
    expect(page.locator("#spoken")).to_have_text("3 Squats")
    expect(page.locator("#spoken")).to_have_attribute("aria-live", "polite")
    expect(page.locator("#bpm")).to_have_text("142")
    expect(page.locator("#heart .zone")).to_contain_text("Zone 3")
    expect(page.locator("#speed")).to_have_text("9.5")
    expect(page.locator("#incline")).to_have_text("2.0")


def test_says_why_nothing_is_counted_until_something_is(box: Box, page: Page) -> None:
    box.check_in("rack")
    page.goto(f"{box.url}/kiosk/rack?lang=zh")
    expect(page.locator("#count")).to_have_text("0")
    box.refused = 2
    expect(page.locator("#form")).to_contain_text("看起来是别的动作")
    box.rep("rack", verdict="good")
    expect(page.locator("#form")).to_have_text("动作标准")


def test_the_skeleton_moves_and_the_ring_follows_the_depth(box: Box, page: Page) -> None:
    box.check_in("rack")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#skeleton")).to_be_visible()
    picture = "document.getElementById('skeleton').toDataURL()"
    offset = "document.querySelector('.ring-arc').style.strokeDashoffset"
    wait_until(lambda: 0 < float(page.evaluate(offset) or "100") < 60)
    first = page.evaluate(picture)
    wait_until(lambda: page.evaluate(picture) != first)


@pytest.mark.parametrize(
    ("station", "tiles"),
    [("rack", {"reps", "stage", "belt"}), ("mat", {"reps", "stage"}), ("run", {"belt"})],
)
def test_shows_the_tiles_that_the_station_has(box: Box, page: Page, station: str, tiles: set[str]) -> None:
    box.check_in(station)
    page.goto(f"{box.url}/kiosk/{station}")
    expect(page.locator("#name")).to_have_text("Ana")
    visible = page.locator("#live > article:visible").evaluate_all("nodes => nodes.map(n => n.id)")
    assert set(visible) == tiles


@pytest.mark.parametrize("station", ["rack", "mat", "run"])
def test_nothing_is_cut_off_on_any_panel(box: Box, page: Page, station: str) -> None:
    box.check_in(station, band="band")
    box.rep(station, verdict="uneven_right")
    box.health.set("store", "degraded", "The disk is nearly full: old telemetry is being removed.")
    page.goto(f"{box.url}/kiosk/{station}")
    expect(page.locator("#bpm")).to_have_text("142")
    for width, height in PANELS:
        page.set_viewport_size({"width": width, "height": height})
        assert cut_off(page) == [], (width, height)


def cut_off(page: Page) -> list[str]:
    names: list[str] = page.evaluate(
        """[...document.querySelectorAll('.live :is(p, h2, dd, .big, .tile), .top *, .alert')]
            .filter((node) => node.checkVisibility() && !node.closest('.sr, [hidden]'))
            .filter((node) => { const box = node.getBoundingClientRect();
                return box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.left < -1; })
            .map((node) => node.id || node.className)"""
    )
    return names


# What is not live is not shown as live.


def test_a_silent_machine_is_unknown_and_comes_back(box: Box, page: Page) -> None:
    box.check_in("rack", band="band")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#speed")).to_have_text("9.5")
    box.machines_on = False
    for name in ("speed", "incline", "bpm"):
        expect(page.locator(f"#{name}")).to_have_text(UNKNOWN)
    expect(page.locator("#belt-note")).to_have_text("No signal")
    expect(page.locator("#heart")).to_have_attribute("data-zone", "")
    box.rep("rack")
    expect(page.locator("#count")).to_have_text("1")  # the camera counts on
    box.machines_on = True
    expect(page.locator("#speed")).to_have_text("9.5")


def test_a_lost_camera_is_told_with_its_reason_and_heals(box: Box, page: Page) -> None:
    box.check_in("rack", band="band")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#stage-note")).to_have_text("")
    box.camera_state = "unreachable"
    box.health.set("camera:cam", "failed", "The camera does not answer.")
    expect(page.locator("#alert")).to_contain_text("No picture. The rest goes on.")
    expect(page.locator("#stage-note")).to_have_text("Camera cannot be reached")
    expect(page.locator("#count-note")).to_have_text("Counting paused")
    expect(page.locator("#bpm")).to_have_text("142")  # everything else goes on
    box.camera_state = "ok"
    box.health.set("camera:cam", "ok")
    expect(page.locator("#alert")).to_be_hidden()
    expect(page.locator("#count-note")).to_have_text("")


def test_a_box_that_falls_silent_is_noticed_within_five_seconds(box: Box, page: Page) -> None:
    box.check_in("rack", band="band")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#bpm")).to_have_text("142")
    box.speaking = False  # the connection stays open: only the silence tells
    ticks = page.evaluate(  # of a clock as quick as the page's own watch, and as late on a busy machine
        """() => new Promise((done) => {
            const banner = document.getElementById("banner");
            let ticks = 0;
            setInterval(() => ++ticks && (!banner.hidden || ticks === 100) && done(ticks), 250);
        })"""
    )
    assert ticks <= 20
    expect(page.locator("#banner")).to_contain_text(LOST)
    expect(page.locator("#bpm")).to_have_text(UNKNOWN)
    expect(page.locator("#speed")).to_have_text(UNKNOWN)
    expect(page.locator("#count-note")).to_have_text("last known count")
    expect(page.locator("html")).to_have_attribute("data-stale", "true")
    expect(page.locator("#end")).to_be_disabled()
    box.speaking = True
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#bpm")).to_have_text("142")


def test_survives_a_restart_of_the_box_untouched(new_box: Callable[..., Box], page: Page) -> None:
    before = new_box()
    before.check_in("rack")
    page.goto(f"{before.url}/kiosk/rack")
    before.rep("rack")
    expect(page.locator("#count")).to_have_text("1")
    page.evaluate("window.untouched = true")
    before.stop()
    expect(page.locator("#banner")).to_contain_text(LOST)
    after = new_box()
    expect(page.locator("#banner")).to_be_hidden(timeout=5000)
    expect(page.locator("#count")).to_have_text("1")  # the session goes on
    after.rep("rack")
    expect(page.locator("#count")).to_have_text("2")
    assert page.evaluate("window.untouched"), "the very same page"


def type_member(page: Page, keys: str) -> None:
    for key in keys:
        page.locator("#keys").get_by_role("button", name=key, exact=True).click()


def test_checks_in_and_out_by_touch(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#ready")).to_contain_text("Treadmill ready")
    type_member(page, "42")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Squats").click()
    page.get_by_role("button", name="band", exact=True).click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#name")).to_have_text("42")
    expect(page.locator("#bpm")).to_have_text("142")
    box.rep("rack")
    box.rep("rack")
    expect(page.locator("#count")).to_have_text("2")
    page.get_by_role("button", name="End", exact=True).click()
    session = box.sessions.active_at("rack")
    assert session is not None
    page.locator("#rpe").get_by_role("button", name="7", exact=True).click()
    expect(page.locator("#summary-facts")).to_contain_text("Squats")
    report = box.ask(box.sessions.get(session.id))
    assert (report.status, report.rpe, report.band_id, report.exercise) == ("ended", 7, "band", "squat")
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#entry")).to_have_value("")


def test_keeps_training_when_the_end_was_a_slip(box: Box, page: Page) -> None:
    box.check_in("run")
    page.goto(f"{box.url}/kiosk/run")
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="Keep training").click()
    expect(page.locator("#finish")).to_be_hidden()
    assert box.sessions.active_at("run") is not None
    page.get_by_role("button", name="End", exact=True).click()
    page.get_by_role("button", name="End without rating").click()
    expect(page.locator("#summary")).to_be_visible()
    assert box.sessions.active_at("run") is None


def test_a_card_reader_types_without_a_touch(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/mat")
    expect(page.locator("#welcome")).to_be_visible()
    page.keyboard.type("card-77")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#name")).to_have_text("card-77")


def test_a_number_that_is_none_is_told_where_it_was_typed(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/mat")
    page.locator("#entry").fill("%%%")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("#member-error")).to_have_text("This is not a member number.")
    expect(page.locator("#entry")).to_have_value("%%%")


def test_a_check_in_from_elsewhere_takes_the_screen(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/mat")
    type_member(page, "9")
    box.check_in("mat")
    expect(page.locator("#name")).to_have_text("Ana")
    session = box.sessions.active_at("mat")
    assert session is not None
    box.ask(box.sessions.end(session.id))
    expect(page.locator("#welcome")).to_be_visible()
    expect(page.locator("#entry")).to_have_value("")


def test_a_screen_that_is_not_signed_in_says_how_to(new_box: Callable[..., Box], page: Page) -> None:
    box = new_box(loopback_operator=False)
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#message")).to_contain_text("This screen is not signed in")
    expect(page.locator("#message-code")).to_contain_text("gymbox token create --role kiosk --station rack")
    expect(page.locator("#banner")).to_be_hidden()
    token = box.ask(box.tokens.create("kiosk", "rack")).token
    page.goto(f"{box.url}/kiosk/rack?token={token}")
    expect(page.locator("#welcome")).to_be_visible()
    assert token not in page.url
    assert token not in page.evaluate("document.cookie")


def test_speaks_chinese_and_changes_by_touch(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/rack?lang=zh")
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator(".greeting-title")).not_to_have_text(re.compile("[a-z]"))
    page.locator("#language").click()
    expect(page.locator(".greeting-title")).to_have_text("Ready when you are")


def test_every_button_has_a_name_and_a_size_for_fingers(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#welcome")).to_be_visible()
    small = page.locator("button:visible").evaluate_all(
        """nodes => nodes.filter((node) => { const box = node.getBoundingClientRect();
            return box.width < 44 || box.height < 44 || !(node.ariaLabel || node.textContent.trim()); })
            .map((node) => node.outerHTML)"""
    )
    assert small == []
