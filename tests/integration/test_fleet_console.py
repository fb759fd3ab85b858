"""The fleet console in Chromium on the whole service: what an operator sees and does."""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from sync.cloud.rollout.kinds.software import note_release
from sync.cloud.shadows.store import change
from tests.unit.sync.cloud.desk import NORTH, PASSWORD, SOUTH, Desk, desk_on_sqlite
from tests.unit.sync.cloud.simulated_fleet import empty_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
VIEWS = ("boxes", "box/a", "alerts", "rollouts", "enrolments", "audit", "people")


class Service:
    """The service behind a port, with a box that is unwell and one that waits."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.cloud = desk, desk.cloud
        self.cloud.operators.accounts.add(
            "ana", role="admin", tenant_id=None, by="operator test", password=PASSWORD
        )
        self.cloud.gateways.by_token(desk.box_tokens["a"])
        self.cloud.gateways.note_seen()
        parts = {"cameras": {"state": "failed", "reason": "<img src=x onerror=alert(1)>"}}
        self.report("a", {"parts": parts, "disk": {"free_bytes": 1, "total_bytes": 100}})
        self.cloud.fleet.alerts.look()
        self.sign("0.2.0")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        config = uvicorn.Config(self.cloud.api, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self._listener.close()

    def sign(self, version: str) -> None:
        """A release of the program, as if somebody had signed it."""
        with self.cloud.database.write() as session:
            note_release(
                session,
                version=version,
                purpose="security",
                target=f"software/gymbox/{version}/gymbox.tar",
                sha256="ab" * 32,
                by="service",
                now=self.cloud.gateways._clock(),
            )

    def report(self, box: str, health: dict[str, Any]) -> None:
        with self.cloud.database.write() as session:
            change(session, box, "health", "reported", health, now=self.cloud.gateways._clock())


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("fleet")
    template = folder / "template.sqlite"
    template.write_bytes(empty_database())
    with desk_on_sqlite(template, folder) as desk:
        made = Service(desk)
        made.start()
        yield made
        made.stop()


def log_in(page: Page, service: Service, name: str = "ana", password: str = PASSWORD) -> None:
    page.goto(f"{service.url}/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_nobody_sees_anything_before_logging_in(service: Service, page: Page) -> None:
    page.goto(f"{service.url}/console/#box/a")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    expect(page.locator("#bar")).to_be_hidden()
    page.get_by_label("Name").fill("ana")
    page.get_by_label("Password").fill("wrong, wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")


@pytest.mark.slow
def test_an_admin_walks_through_and_acts(service: Service, page: Page) -> None:
    log_in(page, service)
    row = page.get_by_role("row").filter(has_text="online")
    expect(row).to_contain_text("cameras")
    expect(page.locator("#badge-alerts")).to_have_text("1")
    row.get_by_role("link").click()
    # What a box says is text, whatever it says.
    expect(page.get_by_text("<img src=x onerror=alert(1)>", exact=True)).to_be_visible()

    page.locator("[data-key=tags]").click()
    page.get_by_label("Tags, with spaces between").fill("ring=early spa")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".tag")).to_have_text(["ring=early", "spa"])

    page.get_by_role("button", name="New job").click()
    page.get_by_label("What").select_option("reprobe_cameras")
    page.get_by_role("button", name="Ask the box").click()
    expect(page.get_by_role("row").filter(has_text="QUEUED")).to_contain_text("Look at the cameras again")

    page.locator("[data-key=config]").click()
    page.get_by_label("Values of this box").fill('{"box": {"language": "zh"}}')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    desired = service.cloud.fleet.twins.documents("a")["config"].shadow.desired
    assert desired["box"]["values"] == {"box": {"language": "zh"}}  # type: ignore[index]

    page.get_by_role("link", name="Alerts").click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#badge-alerts")).to_be_hidden()
    expect(page.get_by_role("row").filter(has_text="of its disk is free")).to_contain_text("operator ana")

    page.get_by_role("link", name="Enrolments").click()
    tenant = page.get_by_role("row").filter(has_text=SOUTH)
    tenant.get_by_role("button", name="Disable").click()
    page.get_by_role("dialog").get_by_role("button", name="Disable").click()
    expect(tenant).to_contain_text("kept outside")
    tenant.get_by_role("button", name="Enable").click()
    expect(tenant).to_contain_text("let in")

    page.get_by_role("link", name="Rollouts").click()
    release = page.get_by_role("row").filter(has_text="0.2.0")
    release.get_by_role("button", name="Withdraw").click()
    page.get_by_label("Reason").fill("it forgets the time")
    page.get_by_role("dialog").get_by_role("button", name="Withdraw").click()
    expect(release).to_contain_text("it forgets the time")

    page.get_by_role("link", name="Audit").click()
    expect(page.get_by_role("row").filter(has_text="alert.acknowledge")).to_contain_text("operator ana")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    assert '"action": "gateway.tags"' in download.value.path().read_text(encoding="utf-8")

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_new_operator_chooses_a_password_and_sees_their_own_boxes_alone(
    service: Service, new_page: Callable[..., Page]
) -> None:
    name = f"nora-{secrets.token_hex(2)}"  # tried twice, the first one is there already
    code = service.cloud.operators.accounts.add(name, role="viewer", tenant_id=NORTH, by="operator test")
    page = new_page(locale="zh-CN")
    page.goto(f"{service.url}/console/?lang=en#setup/{code}")
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("Again").fill(PASSWORD)
    page.get_by_role("button", name="Save password").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.get_by_role("link", name="Operators")).to_have_count(0)
    page.get_by_role("link", name="a", exact=True).click()
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    expect(page.get_by_role("button", name="Revoke")).to_have_count(0)
    page.goto(f"{service.url}/console/?lang=en#box/c")
    expect(page.locator("#trouble")).to_have_text("There is no gateway c.")


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "views"), [("dark", VIEWS), ("light", VIEWS[:2])])
def test_every_view_is_readable_by_all(
    service: Service, new_page: Callable[..., Page], scheme: str, views: tuple[str, ...]
) -> None:
    page = new_page(color_scheme=scheme)
    log_in(page, service)
    expect(page.locator(".rows")).to_be_visible()
    for view in views:
        page.goto(f"{service.url}/console/#{view}")
        expect(page.locator("main h1")).to_be_visible()
        page.set_viewport_size({"width": 390, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{view} is {wide} wide"
        page.set_viewport_size({"width": 1440, "height": 900})
        faults = (
            Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}).response["violations"]
        )
        serious = [
            (each["id"], each["nodes"][0]["html"])
            for each in faults
            if each["impact"] in {"serious", "critical"}
        ]
        assert serious == [], view
