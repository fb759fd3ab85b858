"""Every state of the kiosk, reached through one real box, on a wall, on a pillar and on a phone."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from gateway.commands.plans import PlanStep
from gateway.members.members import MemberProfile
from gateway.sessions.admission import CheckIn

from .kiosk_box import Box

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cv2.typing import MatLike
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PANELS = ((1920, 1080), (1080, 1920), (390, 844))
FAMILY_NAME = "García"
MEMBER = MemberProfile(
    display_name=f"Ana {FAMILY_NAME}", birth_year=1990, maximum_heart_rate_bpm=190, goal="strength"
)
STEPS = (
    PlanStep(duration_s=300, speed_kmh=6),
    PlanStep(duration_s=120, speed_kmh=11, incline_percent=2),
    PlanStep(duration_s=300, heart_rate_zone=2),
)


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = Box(tmp_path_factory.mktemp("box"), port, plans=True).start()
    running.ask(running.members.put("42", MEMBER))
    running.ask(running.members.put("77", MemberProfile(display_name="王小明", language="zh-CN")))
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def at_rest(box: Box) -> Iterator[None]:
    yield
    box.moving = box.seen = box.machines_on = box.speaking = True
    box.camera_state, box.speed_kmh, box.bpm = "ok", 9.5, 142.0
    for part in ("camera:cam", "store"):
        box.health.set(part, "ok")
    for session in box.sessions.active():
        box.ask(box.sessions.end(session.id))


def check_in(box: Box, station: str, member: str = "42", band: str | None = "band") -> None:
    box.ask(box.sessions.start(CheckIn(station, member, band)))


def is_fit_for_people(page: Page, name: str, tmp_path: Path) -> None:
    """Nothing is cut off on any panel, a picture of each is kept; nothing serious for axe in either theme."""
    for width, height in PANELS:
        page.set_viewport_size({"width": width, "height": height})
        assert cut_off(page) == [], (name, width)
        assert page.screenshot(path=tmp_path / f"{name}-{width}.png")
    for theme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.evaluate(f"document.documentElement.dataset.theme = '{theme}'")
        found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        serious = [each for each in found if each["impact"] in {"serious", "critical"}]
        where = [(each["id"], [node["html"] for node in each["nodes"]]) for each in serious]
        assert where == [], (name, theme)
    page.set_viewport_size({"width": 1920, "height": 1080})


def cut_off(page: Page) -> list[str]:
    names: list[str] = page.evaluate(
        """async () => { for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
        return [...document.querySelectorAll('body *')]
            .filter((node) => node.checkVisibility() && !node.closest('.sr, svg, canvas')
                && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
            .filter((node) => { const box = node.getBoundingClientRect();
                const around = node.closest('.tile, .block, dialog')?.getBoundingClientRect();
                const outside = (frame) => box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
                return outside({ right: innerWidth, bottom: innerHeight }) || box.left < -1 || box.top < -1
                    || (around && outside(around)); })
            .map((node) => node.id || node.className || node.textContent); }"""
    )
    return names


def test_the_plan_is_shown_adjusted_and_taken_then_a_set_its_rest_and_its_end(
    box: Box, page: Page, tmp_path: Path
) -> None:
    box.moving = False
    check_in(box, "mat")
    page.goto(f"{box.url}/kiosk/mat")
    expect(page.locator("#plan-why")).to_contain_text("training guidelines")
    expect(page.locator("#name")).to_have_text("Ana G.")
    expect(page.locator(".block h3 span:first-child")).to_have_text(["Warm-up", "Main part", "Cool-down"])
    is_fit_for_people(page, "plan", tmp_path)
    before = int((page.text_content("#plan-minutes") or "").split()[0])
    page.get_by_role("button", name="Shorter").click()
    expect(page.locator("#plan-why")).to_contain_text("you asked for less today")
    assert int((page.text_content("#plan-minutes") or "").split()[0]) < before
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#count")).to_be_visible()
    plan = box.ask(box.planner.today("42"))
    assert plan.version == 2
    assert plan.feedback is not None
    assert plan.feedback.accepted

    box.moving = True
    for number in range(1, 4):
        box.rep("mat", exercise="pushup", took_s=2.0, verdict="good", partial=number == 3)
    expect(page.locator("#count")).to_have_text("2")
    expect(page.locator("#partials")).to_contain_text("1 partial")
    expect(page.locator("#form")).to_have_text("Good rep")
    expect(page.locator("#tempo")).to_have_text("2.0 s")
    assert page.evaluate("document.querySelector('#tempo-bar i').style.width") == "24%"
    is_fit_for_people(page, "set", tmp_path)

    box.moving = False
    expect(page.locator("#rest-time")).to_be_visible(timeout=12_000)
    expect(page.locator("#rest-time")).to_have_text(re.compile(r"0:(0[89]|1\d)"))
    expect(page.locator("#reps-name")).to_have_text("2 Push-ups")
    is_fit_for_people(page, "rest", tmp_path)
    box.rep("mat", exercise="pushup", took_s=2.0)
    expect(page.locator("#rest")).to_be_hidden()

    page.get_by_role("button", name="End", exact=True).click()
    is_fit_for_people(page, "rpe", tmp_path)
    page.locator("#rpe").get_by_role("button", name="9", exact=True).click()
    expect(page.locator("#summary-title")).to_have_text("Well done, Ana G.")
    expect(page.locator("#tomorrow-change")).to_contain_text("shorter than today")
    is_fit_for_people(page, "summary", tmp_path)
    page.get_by_role("button", name="Done").click()
    expect(page.locator("#welcome")).to_be_visible()


def test_who_does_not_want_the_plan_trains_without_and_who_begins_needs_no_word(box: Box, page: Page) -> None:
    box.moving = False
    check_in(box, "mat", "without")
    page.goto(f"{box.url}/kiosk/mat")
    page.get_by_role("button", name="Train without it").click()
    expect(page.locator("#count")).to_be_visible()
    feedback = box.ask(box.planner.today("without")).feedback
    assert feedback is not None
    assert not feedback.accepted
    check_in(box, "rack", "begins", None)
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#speed")).to_have_text("9.5")
    expect(page.locator("#plan")).to_be_hidden()


def test_a_run_shows_its_steps_its_zone_and_what_comes_next(box: Box, page: Page, tmp_path: Path) -> None:
    check_in(box, "run")
    page.goto(f"{box.url}/kiosk/run")
    box.follow("run", *STEPS)
    expect(page.locator("#course-title")).to_have_text("Step 1 of 3 · 5:00 left")
    expect(page.locator("#course-next")).to_have_text("Next: 11.0 km/h · 2.0 %")
    expect(page.locator("#course-left")).to_have_text("12:00 to go")
    assert page.locator("#course-bars i").evaluate_all("bars => bars.map((bar) => bar.dataset.when)") == [
        "now",
        "ahead",
        "ahead",
    ]
    expect(page.locator("#speed-target")).to_have_text("→ 6.0")
    is_fit_for_people(page, "cardio-waits", tmp_path)
    page.locator("#confirm").click()
    expect(page.locator("#hold")).to_be_hidden()
    expect(page.locator("#heart .zone")).to_contain_text("Zone 3")
    box.bpm = 160.0
    expect(page.locator("#heart")).to_have_attribute("data-zone", "4")
    expect(page.locator("#course-done")).to_have_text(re.compile(r"done 0:0[1-9]"))
    is_fit_for_people(page, "cardio", tmp_path)
    box.follow("run", STEPS[2])
    expect(page.locator("#course-next")).to_have_text("Last step")
    wanted = "marks => marks.findIndex((mark) => 'wanted' in mark.dataset) + 1"
    assert page.locator("#zones i").evaluate_all(wanted) == 2


def test_at_rest_it_attracts_and_wakes_at_a_touch_a_card_or_a_person(
    box: Box, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = new_page()
    page.clock.install()
    page.goto(f"{box.url}/kiosk/run")
    expect(page.locator("#welcome")).to_be_visible()
    is_fit_for_people(page, "welcome", tmp_path)
    page.locator("#language").click()
    expect(page.locator("#greeting")).to_have_text("准备好就开始")
    page.clock.fast_forward(45_000)
    expect(page.locator("#attract")).to_be_visible()
    expect(page.locator(".attract-title")).to_have_text("Your training starts here")  # who chose is gone
    is_fit_for_people(page, "attract", tmp_path)
    page.mouse.click(500, 500)
    expect(page.locator("#welcome")).to_be_visible()
    page.clock.fast_forward(45_000)
    expect(page.locator("#attract")).to_be_visible()
    page.keyboard.type("card-9")
    expect(page.locator("#entry")).to_have_value("card-9")


def test_a_name_is_tapped_a_pin_is_said_and_no_family_name_is_on_the_wall(
    box: Box, page: Page, tmp_path: Path
) -> None:
    box.ask(box.pins.put("42", "1234"))
    check_in(box, "rack")
    session = box.sessions.active_at("rack")
    assert session is not None
    box.ask(box.sessions.end(session.id))
    page.goto(f"{box.url}/kiosk/rack")
    page.get_by_role("button", name="Ana G.").click()
    is_fit_for_people(page, "pin", tmp_path)
    for key in "1111":
        page.locator("#keys").get_by_role("button", name=key, exact=True).click()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator("#choices")).to_be_visible()
    is_fit_for_people(page, "choices", tmp_path)
    page.get_by_role("button", name="The nearest band").is_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#member-error")).to_have_text("That was not the PIN.")
    page.locator("#entry").fill("1234")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("#name")).to_have_text("Ana G.")
    assert FAMILY_NAME not in page.inner_text("body")
    box.ask(box.pins.remove("42"))


def read_by_a_phone(screen: bytes) -> str:
    """What a phone's camera makes of the code: a second of pictures from a hand that moves."""
    picture = cv2.imdecode(np.frombuffer(screen, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    hand = np.random.default_rng(8)
    reader = cv2.QRCodeDetector()
    read = (str(reader.detectAndDecode(taken_by_hand(picture, hand))[0]) for _ in range(30))
    return next(filter(None, read), "")


def taken_by_hand(picture: MatLike, hand: np.random.Generator) -> MatLike:
    """One picture: held askew, a little out of focus, in the light of a gym."""
    height, width = picture.shape[:2]
    straight = np.array([[0, 0], [1, 0], [1, 1], [0, 1]])
    askew = np.array([[0.10, 0.04], [0.93, 0.10], [0.97, 0.90], [0.03, 0.97]])
    askew += hand.uniform(-0.02, 0.02, askew.shape)
    source, target = ((each * (width, height)).astype(np.float32) for each in (straight, askew))
    turn = cv2.getPerspectiveTransform(source, target)
    blurred = cv2.GaussianBlur(cv2.warpPerspective(picture, turn, (width, height)), (0, 0), 1.0)
    noise = hand.normal(0, 6, blurred.shape)
    return (0.8 * blurred + 25 + noise).clip(0, 255).astype(np.uint8)


def test_a_phone_scans_the_code_and_goes_on_where_the_kiosk_stood(
    box: Box, page: Page, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    box.ask(box.pins.put("42", "1234"))
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.get_by_role("img", name="QR code: check in with your phone")).to_be_visible()
    scanned = urlsplit(read_by_a_phone(page.screenshot()))
    assert scanned.path == "/phone"
    phone = new_page(viewport={"width": 390, "height": 844})
    phone.goto(f"{box.url}/phone#{scanned.fragment}")
    expect(phone.locator("#title")).to_have_text("Check in at Rack 1")
    phone.get_by_label("Member number").fill("42")
    phone.get_by_role("button", name="Squats").click()
    phone.get_by_role("button", name="Check in").click()
    expect(phone.locator("#error")).to_have_text("This number needs a PIN.")
    is_fit_for_people(phone, "phone", tmp_path)
    phone.get_by_label("Enter your PIN.").fill("1234")
    phone.get_by_role("button", name="Check in").click()
    expect(phone.locator("#title")).to_have_text("You are checked in")
    expect(page.locator("#name")).to_have_text("Ana G.")
    session = box.sessions.active_at("rack")
    assert session is not None
    assert (session.member_id, session.exercise) == ("42", "squat")
    phone.reload()
    expect(phone.locator("#text")).to_contain_text("Scan the code on the screen again")
    box.ask(box.pins.remove("42"))


def test_a_blurred_picture_lies_under_the_skeleton_until_somebody_hides_it(
    box: Box, page: Page, tmp_path: Path
) -> None:
    check_in(box, "floor", "shown")
    page.goto(f"{box.url}/kiosk/floor")
    page.get_by_role("button", name="Train without it").click()
    hide = page.get_by_role("button", name="Hide the picture")
    expect(page.locator("#stage")).to_have_attribute("data-picture", "true")
    # Between the hips of `a_view` the picture is light, and dark an arm's length beside them.
    lit = """async (wanted) => { const canvas = document.getElementById('skeleton');
        for (let frame = 0; ; frame++) { // drawn with the next picture: ten seconds for it
            const { width, height } = canvas;
            const row = canvas.getContext('2d').getImageData(0, Math.round(height / 2), width, 1).data;
            const light = Array.from({ length: width }, (_, x) => row[4 * x] * row[4 * x + 3] / 255);
            const edge = light[Math.round(width * 0.1)];
            if (edge > 0 === wanted || frame === 600)
                return [Math.max(...light.slice(width * 0.4, width * 0.6)), edge];
            await new Promise(requestAnimationFrame);
        } }"""
    middle, edge = page.evaluate(lit, True)  # noqa: FBT003 - an argument of the script
    assert middle > edge + 30
    assert edge > 0, "the picture fills the stage"
    is_fit_for_people(page, "blurred", tmp_path)
    hide.click()
    expect(page.locator("#stage")).not_to_have_attribute("data-picture", "true")
    expect(page.get_by_role("button", name="Show the picture, blurred")).to_be_visible()
    assert page.evaluate(lit, False)[1] == 0  # noqa: FBT003


def test_out_of_order_says_why_in_plain_words_of_both_languages(box: Box, page: Page, tmp_path: Path) -> None:
    page.goto(f"{box.url}/kiosk/mat")
    expect(page.locator("#welcome")).to_be_visible()
    box.camera_state = "stalled"
    box.health.set("camera:cam", "failed", "[Errno 110] rtsp")
    expect(page.locator("#out-why")).to_have_text("The camera of this station shows nothing now.")
    is_fit_for_people(page, "out", tmp_path)
    page.locator("#language").click()
    expect(page.locator("#out-why")).to_have_text("本工位的摄像头现在没有画面。")
    assert "Errno" not in page.inner_text("body")
    box.camera_state = "ok"
    box.health.set("camera:cam", "ok")
    expect(page.locator("#welcome")).to_be_visible()
    box.health.set("store", "failed", "disk")
    expect(page.locator("#out-why")).to_have_text("主机现在无法保存训练。")


def test_the_members_own_language_is_spoken_as_long_as_they_train(box: Box, page: Page) -> None:
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#greeting")).to_have_text("Ready when you are")
    check_in(box, "rack", "77", None)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("#name")).to_have_text("小明")
    box.health.set("camera:cam", "failed", "no route")
    box.camera_state = "unreachable"
    expect(page.locator("#alert")).to_contain_text("没有画面")
    session = box.sessions.active_at("rack")
    assert session is not None
    box.ask(box.sessions.end(session.id))
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_theme_and_sound_are_kept_and_sounds_are_off_at_first(
    box: Box, new_page: Callable[..., Page]
) -> None:
    page = new_page()
    page.add_init_script(
        """window.tones = 0;
        const start = OscillatorNode.prototype.start;
        OscillatorNode.prototype.start = function (at) { window.tones += 1; return start.call(this, at); };"""
    )
    page.goto(f"{box.url}/kiosk/rack")
    check_in(box, "rack", "sound", None)
    box.rep("rack")
    expect(page.locator("#count")).to_have_text("1")
    assert page.evaluate("tones") == 0
    page.get_by_role("button", name="Turn sounds on").click()
    assert page.evaluate("tones") == 1
    box.rep("rack")
    expect(page.locator("#count")).to_have_text("2")
    assert page.evaluate("tones") == 2
    session = box.sessions.active_at("rack")
    assert session is not None
    box.ask(box.sessions.end(session.id))
    page.get_by_role("button", name="Light screen").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.get_by_role("button", name="Turn sounds off")).to_be_visible()


def test_nobody_there_is_asked_hides_the_numbers_and_a_touch_goes_on(
    new_box: Callable[..., Box], page: Page, tmp_path: Path
) -> None:
    box = new_box(absence_s=62.0)
    box.machines_on = box.seen = False
    check_in(box, "mat", "42", None)
    page.goto(f"{box.url}/kiosk/mat")
    expect(page.locator("#absent")).to_contain_text("Otherwise your session ends in")
    is_fit_for_people(page, "absent", tmp_path)
    page.get_by_role("button", name="I am here").click()
    expect(page.locator("#absent")).to_be_hidden()
    expect(page.locator("#count")).to_be_visible()


def test_who_stays_away_is_checked_out(new_box: Callable[..., Box], page: Page) -> None:
    box = new_box(absence_s=1.0)
    box.machines_on = box.seen = False
    check_in(box, "mat", "42", None)
    page.goto(f"{box.url}/kiosk/mat")
    expect(page.locator("#welcome")).to_be_visible()
    assert box.sessions.active_at("mat") is None


# It recovers alone.


def test_after_a_sleep_nothing_of_before_is_shown_as_live(box: Box, page: Page) -> None:
    check_in(box, "rack", "sleeper")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#bpm")).to_have_text("142")
    ticks = page.evaluate(  # of a clock as quick as the page's own watch, and as late on a busy machine
        """() => new Promise((done) => {
            const real = Date.now, html = document.documentElement;
            let ticks = 0;
            Date.now = () => real() + 3_600_000; // the wall's clock went on while the page's stood still
            setInterval(() => ++ticks === 100 && done("never"), 250);
            new MutationObserver(() => html.dataset.stale && done(ticks)).observe(html, { attributes: true });
        })"""
    )
    assert ticks in range(4)
    expect(page.locator("html")).not_to_have_attribute("data-stale", "true")
    expect(page.locator("#bpm")).to_have_text("142")


def test_a_cut_network_is_told_and_heals(box: Box, new_page: Callable[..., Page]) -> None:
    page = new_page()
    check_in(box, "rack", "cut")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#bpm")).to_have_text("142")
    page.context.set_offline(True)
    box.speaking = False  # what is open stays open: an unplugged cable closes nothing
    expect(page.locator("#banner")).to_be_visible()
    shown = page.locator("#bpm:visible")  # today's plan may stand before it
    expect(shown.filter(has_text="142")).to_have_count(0)
    page.context.set_offline(False)
    box.speaking = True
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#bpm")).to_have_text("142")


def test_a_thousand_events_leave_no_node_no_listener_and_no_heap_behind(box: Box, page: Page) -> None:
    check_in(box, "rack", "burst")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#bpm")).to_have_text("142")
    devtools = page.context.new_cdp_session(page)

    def measured() -> dict[str, Any]:
        devtools.send("HeapProfiler.collectGarbage")
        counters: dict[str, Any] = devtools.send("Memory.getDOMCounters")
        return counters | {"heap": devtools.send("Runtime.getHeapUsage")["usedSize"]}

    def burst(until: int) -> None:
        for _ in range(500):
            box.rep("rack")
        expect(page.locator("#count")).to_have_text(str(until))

    burst(500)
    before = measured()
    burst(1000)
    after = measured()
    assert after["nodes"] < before["nodes"] + 50
    assert after["jsEventListeners"] <= before["jsEventListeners"] + 5
    assert after["heap"] < before["heap"] * 1.25 + 500_000


def test_opened_while_the_box_is_down_the_page_still_comes_up(
    new_box: Callable[..., Box], new_page: Callable[..., Page]
) -> None:
    running = new_box()
    page = new_page(service_workers="allow")
    page.goto(f"{running.url}/kiosk/mat")
    expect(page.locator("#welcome")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    running.stop()
    time.sleep(0.2)
    page.goto(f"{running.url}/kiosk/mat")
    expect(page.locator("#message-title")).to_have_text("Connecting to the box…")
    expect(page.locator("#banner")).to_contain_text("Connection to the box lost")
    new_box()
    expect(page.locator("#welcome")).to_be_visible()
