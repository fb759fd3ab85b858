"""Take the pictures of the documentation from a running demo."""  # noqa: INP001 - a script, not a package

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect, sync_playwright

from gateway.config.file import data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

LANDSCAPE: Final = (1920, 1080)
PORTRAIT: Final = (1080, 1920)
REQUEST_S: Final = 5.0
DEMO_END_S: Final = 15.0
PAUSE_S: Final = 0.5
# In the middle of a repetition: a ring that is filled, neither empty nor full.
DEPTH: Final = (45.0, 80.0)
ENOUGH_REPS: Final = 4


class NoPicture(Exception):  # noqa: N818 - named by what happened
    """The demo does not show what the picture is of."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes:
        kind: `camera` for the first station with one, `treadmill` for the first without, `free` for one at
            which nobody trains.
    """

    name: str
    kind: str
    size: tuple[int, int] = LANDSCAPE
    language: str = "en"


# The one that takes a session's end comes last.
SHOTS: Final = (
    Shot("kiosk-treadmill", "treadmill"),
    Shot("kiosk-portrait", "camera", PORTRAIT),
    Shot("kiosk-chinese", "camera", language="zh"),
    Shot("kiosk", "camera"),
    Shot("kiosk-welcome", "free"),
)


class Gym:
    """The demo behind its API; from this machine everyone is its operator."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Return the answer to a GET or, with a body, a POST."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        request = Request(f"{self.url}/api/v1{path}", data=data, headers=headers)  # noqa: S310 - http, see main
        with urlopen(request, timeout=REQUEST_S) as answer:  # noqa: S310 - likewise
            return json.load(answer)

    def wait(self, patience_s: float) -> None:
        """Wait until the gym answers and somebody trains in it.

        Raises:
            NoPicture: it does not in time.
        """
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            with suppress(URLError, TimeoutError, ConnectionError):
                if any(station["busy"] for station in self.ask("/stations")["stations"]):
                    return
            time.sleep(PAUSE_S)
        raise NoPicture(f"nobody trains at {self.url}: is `gymbox demo` running there?")

    def station(self, kind: str) -> str:
        """Return the id of the station that a picture is of; ends a session when none is free.

        Raises:
            NoPicture: the gym has no such station.
        """
        stations = self.ask("/stations")["stations"]
        for each in stations:
            if _fits(each, kind):
                return str(each["id"])
        if kind != "free":
            raise NoPicture(f"no station with a {kind}")
        last = str(stations[-1]["id"])
        session = self.ask(f"/stations/{last}")["session"]
        self.ask(f"/sessions/{session['id']}/end", {})
        return last


def _fits(station: dict[str, Any], kind: str) -> bool:
    if kind == "free":
        return not station["busy"]
    has_camera = station["camera"] is not None
    return has_camera if kind == "camera" else station["treadmill"] is not None and not has_camera


def take(browser: Browser, gym: Gym, shot: Shot, folder: Path, patience_s: float) -> Path:
    """Take one picture.

    Raises:
        NoPicture: what it is of did not happen in time.
    """
    station = gym.station(shot.kind)
    context = browser.new_context(viewport={"width": shot.size[0], "height": shot.size[1]})
    context.set_default_timeout(patience_s * 1000)
    try:
        page = context.new_page()
        page.goto(f"{gym.url}/kiosk/{station}?lang={shot.language}")
        _wait_for(page, shot.kind, patience_s)
        path = folder / f"{shot.name}.png"
        page.screenshot(path=path)
    except (AssertionError, BrowserError) as error:
        raise NoPicture(f"{shot.name}: {error}") from error
    finally:
        context.close()
    return path


def _wait_for(page: Page, kind: str, patience_s: float) -> None:
    """Wait for a moment that is worth a picture."""
    expect.set_options(timeout=patience_s * 1000)
    if kind == "free":
        expect(page.locator("#ready li").first).to_be_visible()
        return
    expect(page.locator("#bpm")).to_have_text(re.compile(r"\d"))
    if kind == "treadmill":
        expect(page.locator("#speed")).to_have_text(re.compile(r"[1-9]"))
        with suppress(
            AssertionError
        ):  # a heart takes a minute or two to follow; a picture without a zone is one too
            expect(page.locator("#heart")).to_have_attribute("data-zone", re.compile(r"[1-5]"))
        return
    deadline_s = time.monotonic() + patience_s
    while time.monotonic() < deadline_s:
        count = page.locator("#count").inner_text()
        seen = page.locator("#stage-note").inner_text() == ""
        if count.isdigit() and int(count) >= ENOUGH_REPS and seen and DEPTH[0] < _ring(page) < DEPTH[1]:
            return
        time.sleep(0.02)
    raise NoPicture("nobody is in the middle of a repetition")


def _ring(page: Page) -> float:
    """Return how much of the ring is filled, in percent."""
    offset = page.evaluate("document.querySelector('.ring-arc').style.strokeDashoffset")
    return 100.0 - float(offset or 100.0)


@contextmanager
def own_demo() -> Iterator[str]:
    """Run a demo on a free port, its sessions all new; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-c", "from gateway.cli import main; main()", "demo", "--port", str(port)]
    with tempfile.TemporaryDirectory() as folder:
        models = data_dir() / "models"
        models.mkdir(parents=True, exist_ok=True)
        (Path(folder) / "models").symlink_to(models)
        demo = subprocess.Popen([*command, "--data-dir", folder])  # noqa: S603 - our own program
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(DEMO_END_S)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take every picture; 0 when all are there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", help="where a demo runs [default: one of its own]")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "images", help="folder of the pictures"
    )
    parser.add_argument("--patience", type=float, default=90.0, help="seconds to wait for each picture")
    given = parser.parse_args(arguments)
    program = shutil.which("chromium")
    if program is None or not (given.url or "http").startswith("http"):
        parser.error("this needs chromium (apt-get install chromium) and an http address")
    given.out.mkdir(parents=True, exist_ok=True)
    flags = ["--disable-gpu", "--disable-background-networking", *([] if os.geteuid() else ["--no-sandbox"])]
    try:
        with nullcontext(given.url) if given.url else own_demo() as url, sync_playwright() as playwright:
            gym = Gym(url)
            gym.wait(given.patience)
            browser = playwright.chromium.launch(executable_path=program, args=flags)
            for shot in SHOTS:
                path = take(browser, gym, shot, given.out, given.patience)
                sys.stdout.write(f"{path}  {path.stat().st_size // 1024} kB\n")
            browser.close()
    except NoPicture as error:
        sys.stderr.write(f"screenshots: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
