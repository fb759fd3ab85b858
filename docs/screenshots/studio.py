"""A browser that takes pictures, and the boxes that they are taken of."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.request import Request, urlopen

from playwright.sync_api import Error as BrowserError
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

REQUEST_S: Final = 5.0
END_S: Final = 15.0
PAUSE_S: Final = 0.5
SHRINK_S: Final = 30.0
# Pixels, as wide as pages that show them; and no more colours than a drawing of flat tiles needs.
MOST: Final = 1280
COLOURS: Final = 160
MOST_KB: Final = 180
_COMMAND: Final = (sys.executable, "-c", "from gateway.cli import main; main()")


class NoPicture(Exception):  # noqa: N818 - named by what happened
    """What the picture is of did not happen in time."""


class Studio:
    """Takes pictures of pages.

    Attributes:
        patience_s: how long to wait for what a picture is of.
    """

    def __init__(self, browser: Browser, folder: Path, *, patience_s: float) -> None:
        self.patience_s = patience_s
        self._browser = browser
        self._folder = folder
        expect.set_options(timeout=patience_s * 1000)

    @contextmanager
    def page(self, width: int, height: int, **more: Any) -> Iterator[Page]:
        """Open a page of this size.

        Raises:
            NoPicture: what is waited for on it does not come.
        """
        context = self._browser.new_context(viewport={"width": width, "height": height}, locale="en", **more)
        context.set_default_timeout(self.patience_s * 1000)
        try:
            yield context.new_page()
        except (AssertionError, BrowserError) as error:
            raise NoPicture(str(error)) from error
        finally:
            context.close()

    def keep(self, page: Page, name: str, *, whole: bool = False) -> None:
        """Take the picture; `whole`: also what is below.

        Raises:
            NoPicture: it is too large for a repository.
        """
        self.write(page.screenshot(full_page=whole, animations="disabled"), name)

    def write(self, picture: bytes, name: str) -> None:
        """Keep a picture that was taken.

        Raises:
            NoPicture: it is too large for a repository.
        """
        path = self._folder / f"{name}.png"
        path.write_bytes(_small(picture))
        size_kb = path.stat().st_size // 1024
        sys.stdout.write(f"{path.name}  {size_kb} kB\n")
        sys.stdout.flush()
        if size_kb > MOST_KB:
            raise NoPicture(f"{path} has {size_kb} kB, more than {MOST_KB}")


def _small(picture: bytes) -> bytes:
    """A PNG with a palette, no wider than it is shown."""
    shrink = (
        f"scale='min({MOST},iw)':'min({MOST},ih)':force_original_aspect_ratio=decrease:flags=lanczos,"
        "split[a][b];"
        f"[a]palettegen=max_colors={COLOURS}[p];[b][p]paletteuse=dither=none"
    )
    command = ["ffmpeg", "-v", "error", "-f", "png_pipe", "-i", "-", "-vf", shrink]
    done = subprocess.run(  # noqa: S603 - our own command line
        [*command, "-compression_level", "100", "-pred", "mixed", "-c:v", "png", "-f", "image2pipe", "-"],
        input=picture,
        stdout=subprocess.PIPE,
        check=True,
        timeout=SHRINK_S,
    )
    return done.stdout


class Gym:
    """A box behind its API; from this machine everyone is the operator of a demo."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str, body: dict[str, Any] | None = None, *, method: str | None = None) -> Any:
        """Return the answer to a GET or, with a body, a POST or another method."""
        data = None if body is None else json.dumps(body).encode()
        headers = {} if data is None else {"Content-Type": "application/json"}
        request = Request(f"{self.url}/api/v1{path}", data=data, headers=headers, method=method)  # noqa: S310 - http, see `box`
        with urlopen(request, timeout=REQUEST_S) as answer:  # noqa: S310 - likewise
            return json.load(answer)

    def wait(self, path: str, patience_s: float) -> None:
        """Wait until the box answers.

        Raises:
            NoPicture: it does not in time.
        """
        deadline_s = time.monotonic() + patience_s
        while time.monotonic() < deadline_s:
            with suppress(URLError, TimeoutError, ConnectionError):
                self.ask(path)
                return
            time.sleep(PAUSE_S)
        raise NoPicture(f"no answer from {self.url} within {patience_s:.0f} s")

    def empty(self, station: str) -> None:
        """End the session that runs at a station, if one does."""
        session = self.ask(f"/stations/{station}")["session"]
        if session is not None:
            self.ask(f"/sessions/{session['id']}/end", {})


@contextmanager
def box(command: str, *options: str, models: Path, folder: Path, patience_s: float) -> Iterator[Gym]:
    """Run `gymbox command` on a free port, with a data folder of its own and the models of another.

    Raises:
        NoPicture: it does not answer in time.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    models.mkdir(parents=True, exist_ok=True)
    (folder / "models").symlink_to(models)
    running = subprocess.Popen(  # noqa: S603 - our own program
        [*_COMMAND, command, *options, "--data-dir", str(folder)],
        env={**os.environ, "GYMBOX_HTTP__PORT": str(port)},
        cwd=folder,
    )
    try:
        gym = Gym(f"http://127.0.0.1:{port}")
        gym.wait("/setup", patience_s)
        yield gym
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(END_S)
