"""The console from the login to its end, on a real box that trusts nobody for being near."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from playwright.sync_api import expect

from gateway.app import Box
from gateway.config.model import BoxConfig
from gateway.operators.accounts import Account
from gateway.server import Server, bind

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(180)]

WAIT_S: Final = 60
PASSWORD: Final = "correct horse battery"  # noqa: S105 - of this test's own box


class Closed:
    """A box with one operator, served on a thread of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.url = ""
        self._data_dir = data_dir
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def start(self) -> "Closed":
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def log_in(self) -> str:
        """Return the word of a new login, as a browser's cookie has it."""

        async def open_login() -> str:
            account = await self.box.operators.verify("anna", PASSWORD)
            assert isinstance(account, Account)
            return self.box.logins.open(account)

        return asyncio.run_coroutine_threadsafe(open_login(), self._loop).result(WAIT_S)

    def end(self, word: str) -> None:
        async def close() -> None:
            principal = await self.box.logins.use(word)
            assert principal is not None
            assert principal.login_id is not None
            self.box.logins.close(principal.login_id)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(WAIT_S)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        config = BoxConfig.model_validate({"mqtt": {"url": "mqtt://127.0.0.1:9"}})
        self.box = Box(config=config, data_dir=self._data_dir)
        await self.box.start()
        await self.box.operators.create("anna", PASSWORD)
        self._server = Server(self.box.api, on_exit=self.box.board.close)
        listener = bind("127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self._ready.set()
        await self._server.serve([listener])
        await self.box.stop()


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Closed]:
    box = Closed(tmp_path).start()
    yield box
    box.stop()


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page of which nobody minds that it complains when its websocket is refused."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(WAIT_S * 1000)
    yield context.new_page()
    context.close()


def test_a_page_opens_with_a_login_and_goes_with_it(closed: Closed, page: "Page") -> None:
    page.goto(f"{closed.url}/console/devices")
    assert page.url == f"{closed.url}/login?next=/console/devices"
    word = closed.log_in()
    page.context.add_cookies([{"name": "gymbox_login", "value": word, "url": closed.url}])
    page.goto(f"{closed.url}/console/devices")
    expect(page.locator("h1")).to_have_text("Devices", timeout=WAIT_S * 1000)
    closed.end(word)
    page.wait_for_url(f"{closed.url}/login?next=%2Fconsole%2Fdevices")
