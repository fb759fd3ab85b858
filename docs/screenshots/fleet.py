"""Pictures of the fleet's console: the demo's own cloud, which four more boxes report to."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from playwright.sync_api import expect

from sync.cloud.database.database import Database
from sync.cloud.fleet.tags import Tags
from sync.cloud.gateways import Gateways, utc_now
from sync.cloud.settings import load
from sync.cloud.shadows.store import change

if TYPE_CHECKING:
    from pathlib import Path

    from docs.screenshots.studio import Gym, Studio

SIZE: Final = (1280, 800)
ACCOUNT: Final = "ana"
PASSWORD: Final = "of nobody's cloud"  # noqa: S105 - the service is gone when the pictures are there
COMMAND_S: Final = 60.0
GIB: Final = 2**30
WELL: Final[dict[str, Any]] = {"state": "ok", "reason": ""}
PARTS: Final = ("broker", "cloud", "fleet", "mqtt", "plans", "store", "vision")


@dataclass(frozen=True, slots=True)
class Reporting:
    """A box that tells how it does."""

    id: str
    gym: str
    tags: tuple[str, ...]
    free_gib: int = 41
    waits_s: float = 0.0
    parts: dict[str, dict[str, str]] = field(default_factory=dict)


BOXES: Final = (
    Reporting("east-1", "east", ("ring=early",)),
    Reporting("harbour-1", "harbour", ("ring=late", "spa"), free_gib=2),
    Reporting("harbour-2", "harbour", ("ring=late",)),
    Reporting(
        "north-1",
        "north",
        ("ring=early",),
        waits_s=30 * 3600,
        parts={"camera:mat": {"state": "failed", "reason": "nothing listens at 192.168.1.64:554"}},
    ),
)


def pages(studio: Studio, gym: Gym, settings: Path) -> None:
    """What somebody who looks after many boxes looks at; `settings` of the cloud, a cloud.toml."""
    _report(settings)
    command = [sys.executable, "-m", "gateway.cli", "cloud", "operators", "add", ACCOUNT]
    subprocess.run(  # noqa: S603 - our own program
        [*command, "--role", "admin", "--password", "--config", str(settings)],
        input=f"{PASSWORD}\n{PASSWORD}\n",
        text=True,
        check=True,
        capture_output=True,
        timeout=COMMAND_S,
    )
    url = gym.ask("/config")["values"]["cloud"]["url"]
    with studio.page(*SIZE, ignore_https_errors=True) as page:
        page.goto(f"{url}/console/")
        page.get_by_label("Name").fill(ACCOUNT)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("tbody tr")).to_have_count(len(BOXES) + 1)
        expect(page.locator("#badge-alerts")).to_have_text("2")
        expect(page.locator("tbody .badge")).to_have_count(2)
        page.mouse.move(0, 0)
        studio.keep(page, "fleet-boxes")
        page.get_by_role("link", name="north-1", exact=True).click()
        expect(page.get_by_text("nothing listens at 192.168.1.64:554").first).to_be_visible()
        studio.keep(page, "fleet-box")


def _report(settings: Path) -> None:
    """Let the boxes in, and have them say how they do."""
    database = Database(load(settings, folder=settings.parent, environ={}).database.address())
    try:
        gateways, tags = Gateways(database), Tags(database)
        for box in BOXES:
            gateways.by_token(gateways.add(box.id, gym_id=box.gym, tenant_id="demo"))
            tags.put(box.id, box.tags, by="operator ana", tenant_id=None)
            with database.write() as session:
                change(session, box.id, "health", "reported", _health(box), now=utc_now())
        gateways.note_seen()
    finally:
        database.close()


def _health(box: Reporting) -> dict[str, Any]:
    return {
        "parts": {**dict.fromkeys(PARTS, WELL), **box.parts},
        "versions": {"software": "0.9.0", "blazepose": "0.10.21"},
        "disk": {"free_bytes": box.free_gib * GIB, "total_bytes": 58 * GIB},
        "outbox": {"depth": 412 if box.waits_s else 0, "oldest_s": box.waits_s},
        "clock": {"off_s": 0.2, "synchronised": True},
    }
