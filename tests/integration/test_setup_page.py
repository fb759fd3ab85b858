"""From an empty data folder to the first counted repetition, by a phone and nothing else."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from devices.broker import remembered
from gateway.operators.setup_code import SetupCode
from vision.footage import clip_path

if TYPE_CHECKING:
    from playwright.sync_api import Page, ViewportSize

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(240)]

PASSWORD = "correct horse battery"  # noqa: S105 - of this test's own box
PHONE: "ViewportSize" = {"width": 390, "height": 844}
COUNTS_WITHIN_MS = 90_000


@pytest.fixture
def fresh_box(gymbox: Callable[..., Any], free_port: int, blazepose: Path, tmp_path: Path) -> Any:
    """A box out of its carton: no configuration, no account; the pose model was put in at the factory."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "models").symlink_to(blazepose.parent)
    box = gymbox("run", port=free_port, GYMBOX_HTTP__PORT=str(free_port))
    assert box.until("/api/v1/setup", bool, within_s=60) == {"claimed": False}
    return box


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Switch a treadmill and a band on, at the broker of the box."""
    running: list[subprocess.Popen[bytes]] = []

    def switch_on() -> None:
        login = remembered(tmp_path / "data" / "broker")
        assert login is not None
        url, username, password = login
        (tmp_path / "password").write_text(password)
        arguments = ["--url", url, "--username", username, "--password-file", str(tmp_path / "password")]
        command = [sys.executable, "-m", "devices.simulate", *arguments, "--treadmills", "1", "--bands", "1"]
        running.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))

    yield switch_on
    for each in running:
        each.terminate()
        each.wait(10)


def no_serious_fault(page: "Page") -> None:
    """What somebody who cannot see or point well would stumble over."""
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in {"serious", "critical"}] == []


def step(page: "Page", title: str) -> None:
    page.get_by_role("heading", name=title, level=1).wait_for()
    no_serious_fault(page)


def go_on(page: "Page", button: str = "Continue") -> None:
    page.get_by_role("button", name=button, exact=True).click()


def fill(page: "Page", **values: str) -> None:
    for label, value in values.items():
        page.get_by_role("textbox", name=label.replace("_", " "), exact=False).first.fill(value)


def test_a_gym_is_set_up_by_phone_and_the_first_repetition_counts(
    fresh_box: Any, machines: Callable[[], None], new_page: Callable[..., "Page"], tmp_path: Path
) -> None:
    page = new_page(viewport=PHONE, timezone_id="Europe/Berlin")
    code = SetupCode(tmp_path / "data").read()
    assert code in fresh_box.words()  # the box shows it to whoever stands there
    page.goto(f"{fresh_box.url}/setup#{code}")
    take_the_box(page)
    name_the_gym(page)
    choose_a_broker(page)
    add_a_camera(page, tmp_path / "nothing.mp4")

    page.goto(f"{fresh_box.url}/setup")  # whoever leaves comes back to where it goes on
    machines()
    adopt_a_treadmill(page)
    add_stations(page)
    link = make_a_link(page)
    step(page, "Cloud")
    go_on(page)
    step(page, "Ready")

    train(new_page(), fresh_box.url + "/" + link.split("/", 3)[3])
    come_back(new_page(locale="zh-CN", viewport=PHONE), fresh_box.url)
    assert fresh_box.words().count(PASSWORD) == 0


def take_the_box(page: "Page") -> None:
    step(page, "Welcome")
    fill(page, Your_name="Ana")
    page.get_by_label("Password", exact=False).nth(0).fill(PASSWORD)
    page.get_by_label("Password once more").fill(PASSWORD)
    go_on(page, "Take the box")


def name_the_gym(page: "Page") -> None:
    step(page, "Your gym")
    fill(page, Gym="Muscle Beach")
    go_on(page)


def choose_a_broker(page: "Page") -> None:
    """One that does not answer is told; then the box's own."""
    step(page, "Broker")
    page.get_by_text("Another one").click()
    fill(page, Address="mqtt://127.0.0.1:9")
    go_on(page)
    page.get_by_text("Connection refused").wait_for()
    page.get_by_role("alert").get_by_text("does not take the box yet").wait_for()
    page.get_by_text("The one in this box").click()
    go_on(page)


def add_a_camera(page: "Page", nothing: Path) -> None:
    """What it sees is shown before it can be saved."""
    step(page, "Cameras")
    fill(page, Address=str(nothing))
    go_on(page, "Show its picture")
    page.get_by_role("status").get_by_text(nothing.name).wait_for()
    assert page.get_by_role("button", name="Save this camera").count() == 0
    fill(page, Address=str(clip_path()))
    go_on(page, "Show its picture")
    page.get_by_role("img", name="What the camera sees now").wait_for()
    no_serious_fault(page)
    go_on(page, "Save this camera")
    page.get_by_role("listitem").get_by_text("camera-1").wait_for()


def adopt_a_treadmill(page: "Page") -> None:
    step(page, "Machines and bands")
    treadmill = page.get_by_role("listitem").filter(has_text="Treadmill")
    treadmill.get_by_role("button", name="Adopt").click()
    page.get_by_role("listitem").get_by_text("treadmill-1").wait_for()
    go_on(page)


def add_stations(page: "Page") -> None:
    """The page proposes the treadmill first, then the floor that the camera sees."""
    step(page, "Stations")
    for name in ("treadmill-1", "Mat 1"):
        expect(page.get_by_role("textbox", name="Name")).to_have_value(name)
        go_on(page, "Add this station")
        page.get_by_role("listitem").get_by_text(name).first.wait_for()
    go_on(page)


def make_a_link(page: "Page") -> str:
    step(page, "Screens")
    page.get_by_role("listitem").filter(has_text="Mat 1").get_by_role("button", name="Make a link").click()
    page.get_by_role("img", name="QR code of the link").wait_for()
    link = page.get_by_role("link").filter(has_text="/kiosk/mat-1").get_attribute("href")
    go_on(page)
    return str(link)


def train(screen: "Page", address: str) -> None:
    """Sign the screen in, check in, and train until something counts."""
    screen.goto(address)
    assert "token" not in screen.url
    screen.locator("#entry").wait_for()
    screen.locator("#entry").press_sequentially("7")
    screen.locator("#continue").click()
    screen.locator("#start").click()
    expect(screen.locator("#count")).to_have_text(re.compile("[1-9]"), timeout=COUNTS_WITHIN_MS)


def come_back(page: "Page", box_url: str) -> None:
    """Log in from another browser, in another language, at the second try."""
    page.goto(f"{box_url}/setup")
    page.wait_for_url("**/login?next=/setup")
    no_serious_fault(page)
    for elsewhere in (
        "//evil.example",
        "/\\evil.example",
        "/%09/evil.example",
        "https://evil.example",
        "",
        "//[",
    ):
        ask = "async (next) => (await import('/setup/static/login.js')).destination(`?next=${next}`)"
        assert page.evaluate(ask, elsewhere) == "/console"
    page.get_by_label("您的名字").fill("Ana")
    for password in ("wrong password", PASSWORD):
        page.get_by_label("密码").fill(password)
        go_on(page, "登录")
        if password != PASSWORD:
            page.get_by_text("用户名或密码错误。").wait_for()
    page.wait_for_url("**/setup#kiosks")
    page.get_by_role("heading", name="屏幕").wait_for()
