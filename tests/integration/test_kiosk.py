"""The kiosk page in Chromium on the real API, live board, sessions and store; only machines are played."""

from __future__ import annotations

import asyncio
import math
import re
import socket
import threading
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pytest
import uvicorn
from playwright.sync_api import expect

from devices.profile import load_profiles
from devices.reading import UNITS, Metric, Reading
from devices.registry import DeviceRegistry, KnownDevice
from gateway.api.create import create_api
from gateway.api.services import ApiSettings, BoxServices
from gateway.health import Health
from gateway.live.board import LiveBoard
from gateway.members.members import MemberProfile, Members
from gateway.sessions.service import CheckIn, SessionService
from gateway.stations import Station
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.tokens import Tokens
from sync.pseudonym import Pseudonymiser
from vision.counting.counter import CountStatus
from vision.counting.form import Form, Verdict
from vision.counting.reps import Rep
from vision.keypoints import Pose
from vision.processes.messages import CameraState, CameraStatus, StationView

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

T = TypeVar("T")
UNKNOWN = "\N{EN DASH}"
PANELS = ((1920, 1080), (1080, 1920), (390, 844), (3840, 2160), (1280, 720))
LOST = "Connection to the box lost"
PROFILES = load_profiles()
BELT, BAND = "aa:00:00:00:00:01", "aa:00:00:00:00:02"
STATIONS = {
    "rack": Station("rack", "Rack 1", treadmill="belt", camera="cam", exercises=("squat", "pushup")),
    "mat": Station("mat", "Mat 2", camera="cam", exercises=("pushup",)),
    "run": Station("run", "Treadmill 3", treadmill="belt"),
}


NOT_ASKED_FOR: Any = dict.fromkeys(("tuning", "replays", "models"))


class Box:
    """A box without processes: what machines and cameras would tell, a test tells. Runs on its own thread."""

    def __init__(self, folder: Path, port: int, *, loopback_operator: bool = True) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.health = Health()
        self.camera_state: CameraState = "ok"
        self.machines_on = True
        self.speaking = True
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._up = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))
        self.devices = DeviceRegistry(
            [KnownDevice("belt", "ble-treadmill", BELT), KnownDevice("band", "ble-heart-rate", BAND)]
        )
        self.store = Store(path=store_path(folder), migrations=MIGRATIONS)
        pseudonym = Pseudonymiser(bytes(32))
        self.members = Members(store=self.store, pseudonym=pseudonym)
        self.tokens = Tokens(store=self.store)
        self.board = LiveBoard(
            stations=STATIONS, devices=self.devices, health=self.health, started_at=datetime.now(UTC)
        )
        self.sessions = SessionService(
            store=self.store,
            stations=STATIONS,
            devices=self.devices,
            members=self.members,
            pseudonym=pseudonym,
        )
        self.sessions.add_listener(self.board)
        self._services = BoxServices(
            stations=STATIONS,
            store=self.store,
            board=self.board,
            sessions=self.sessions,
            members=self.members,
            tokens=self.tokens,
            health=self.health,
            devices=self.devices,
            cameras=SimpleNamespace(camera_status={}),
            metrics=SimpleNamespace(render=lambda: (b"", "text/plain")),
            **NOT_ASKED_FOR,
            settings=ApiSettings(loopback_operator=loopback_operator),
        )

    def start(self) -> Box:
        self.store.start()
        self._thread.start()
        assert self._up.wait(10)
        return self

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._die)
            self._thread.join(10)
            assert not self._thread.is_alive()
            self._loop.close()
            self.store.stop()

    def ask(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def check_in(self, station: str, *, band: str | None = None, exercise: str | None = None) -> None:
        self.ask(self.members.put("ana", MemberProfile(display_name="Ana", maximum_heart_rate_bpm=190)))
        self.ask(self.sessions.start(CheckIn(station, "ana", band, exercise)))

    def rep(self, station: str, *, partial: bool = False, verdict: Verdict | None = None) -> None:
        now_s = time.monotonic()
        rep = Rep("squat", now_s, now_s, now_s + 0.001, 0.9, partial, Form(verdict=verdict))

        async def count() -> None:
            self.sessions.on_rep(station, rep)
            self.board.on_rep(station, rep)

        self.ask(count())

    async def _serve(self) -> None:
        settings = uvicorn.Config(
            create_api(self._services),
            port=self._port,
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(settings)
        await self.sessions.resume()
        serving = asyncio.create_task(self._server.serve())
        self._playing = asyncio.create_task(self._play())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has a flag, no event
            await asyncio.sleep(0.01)
        self._up.set()
        await serving
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _die(self) -> None:
        self.board.close()
        self._server.should_exit = True

    async def _play(self) -> None:
        while True:
            if self.speaking:
                self._tell(time.monotonic())
                self.board.tick()
            await asyncio.sleep(0.1)

    def _tell(self, now_s: float) -> None:
        self.board.on_camera(CameraStatus(camera_id="cam", state=self.camera_state))
        if self.camera_state == "ok":
            for station in ("rack", "mat"):
                self.board.on_view(a_view(station, now_s))
        if self.machines_on:
            self._hear(BELT, now_s, speed_kmh=9.5, incline_percent=2.0, distance_m=1240.0)
            self._hear(BAND, now_s, heart_rate_bpm=142.0, contact=1.0)

    def _hear(self, address: str, now_s: float, **values: float) -> None:
        now = datetime.now(UTC)
        name = self.devices.resolve(address)
        readings = [a_reading(name, metric, value, now) for metric, value in values.items()]
        profile = PROFILES["ble-treadmill" if address == BELT else "ble-heart-rate"]
        self.devices.observe(address, profile, readings, now_s=now_s)


def a_reading(device: str, metric: str, value: float, now: datetime) -> Reading:
    known: Metric = next(each for each in UNITS if each == metric)
    return Reading(device, known, value, UNITS[known], now, now)


def a_view(station: str, now_s: float) -> StationView:
    depth = 0.5 - 0.5 * math.cos(now_s * 2)
    down_px = 60 * depth
    upper = [(480, 60)] * 5 + [(510, 150), (450, 150), (560, 200), (420, 200), (600, 190), (400, 190)]
    lower = [(500, 290), (460, 290), (520, 380), (450, 380), (510, 470), (455, 470)]
    points = [(x, y + down_px, 0.9) for x, y in upper] + [(x, y, 0.9) for x, y in lower]
    return StationView(
        station_id=station,
        camera_id="cam",
        captured_s=now_s,
        width=960,
        height=540,
        pose=Pose(np.array(points, dtype=np.float32), 0.9),
        status=CountStatus("pushup" if station == "mat" else "squat", "down", depth),
    )


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


@pytest.fixture
def new_box(tmp_path: Path, port: int) -> Iterator[Callable[..., Box]]:
    """Start boxes, one after the other on one port and one data folder: each is the same box, restarted."""
    boxes: list[Box] = []

    def start(**settings: bool) -> Box:
        boxes.append(Box(tmp_path, port, **settings).start())
        return boxes[-1]

    yield start
    for each in boxes:
        each.stop()


@pytest.fixture
def box(new_box: Callable[..., Box]) -> Box:
    return new_box()


def eventually(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    """Wait for what only a script can see; the page's policy forbids Playwright's way, which is `eval`."""
    deadline_s = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


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


def test_the_skeleton_moves_and_the_ring_follows_the_depth(box: Box, page: Page) -> None:
    box.check_in("rack")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#skeleton")).to_be_visible()
    picture = "document.getElementById('skeleton').toDataURL()"
    offset = "document.querySelector('.ring-arc').style.strokeDashoffset"
    eventually(lambda: 0 < float(page.evaluate(offset) or "100") < 60)
    first = page.evaluate(picture)
    eventually(lambda: page.evaluate(picture) != first)


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
    expect(page.locator("#alert")).to_contain_text("The camera does not answer.")
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
    expect(page.locator("#banner")).to_contain_text(LOST, timeout=5000)
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
    expect(page.locator("#banner")).to_contain_text(LOST, timeout=5000)
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


def test_memory_stays_flat_over_a_thousand_events(box: Box, page: Page) -> None:
    box.check_in("rack", band="band")
    page.goto(f"{box.url}/kiosk/rack")
    expect(page.locator("#bpm")).to_have_text("142")
    session = page.context.new_cdp_session(page)

    def live_nodes() -> int:
        session.send("HeapProfiler.collectGarbage")
        return int(session.send("Memory.getDOMCounters")["nodes"])

    before = live_nodes()
    for number in range(1000):
        box.rep("rack", partial=number % 10 == 0)
    expect(page.locator("#count")).to_have_text("900")
    assert live_nodes() < before + 50
