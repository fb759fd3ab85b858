"""The agent, with a cloud in memory, two real slots, and an installation that takes no time."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.clock import Clock, LocalDays
from gateway.config.sections.updates import UpdatesSection
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.health import Health
from gateway.software import agent as module
from gateway.software.agent import SUBJECT, SoftwareAgent
from gateway.software.place import Place
from gateway.software.readiness import Readiness
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from gateway.twin.link import CloudLink, LinkSettings
from gateway.updates.downloads import Downloads
from provisioning.software.archive import ARCHIVE
from provisioning.software.install import InstallFailed, InstallStopped
from provisioning.software.install_root import InstallRoot
from provisioning.software.slots import Release, Slot, Slots, begin_trial, confirm, give_up
from sync.releases.errors import CloudUnreachable, ReleaseError, ReleaseRefused
from sync.releases.release import Release as Signed
from sync.releases.release import ReleaseFile
from tests.unit.gateway.twin.cloud_in_memory import CloudInMemory
from tests.unit.gateway.updates.box import NoCloud
from tests.unit.provisioning.software.conftest import Root

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NEW = Release(version="2", sha256="2" * 64)
WISH = {
    "version": "2",
    "target": "software/gymbox/2/gymbox.tar",
    "sha256": "2" * 64,
    "purpose": "feature",
    "mode": "active",
    "rollout": "r1",
}


class Ready(Readiness):
    """What the box would say of itself."""

    parts: frozenset[str] | None = frozenset()

    async def failing(self) -> frozenset[str] | None:
        return self.parts


class Shop(Downloads):
    """Releases without a network."""

    def __init__(self, folder: Path) -> None:
        super().__init__(line=NoCloud(), root=lambda: None, folder=folder)
        self.trouble: ReleaseError | None = None
        self.purpose = "feature"

    def download(self, target: str, into: Path, **_: Any) -> Signed:
        if self.trouble is not None:
            raise self.trouble
        (into / ARCHIVE).write_bytes(b"archive")
        file = ReleaseFile(name=ARCHIVE, sha256="2" * 64, size=7)
        return Signed(target=target, files=(file,), custom={"purpose": self.purpose})


@dataclass
class Box:
    """One box; `start` is what the launcher would do."""

    root: Root
    events: EventLog
    cloud: CloudInMemory = field(default_factory=CloudInMemory)
    ready: Ready = field(default_factory=Ready)
    updates: UpdatesSection = field(default_factory=UpdatesSection)
    health: Health = field(default_factory=Health)
    training: bool = False
    left: int = 0
    now_s: float = 0.0

    def start(self, slot: Slot | None = "a") -> None:
        """Have the program of a slot run; None is one that no launcher has started."""
        root = None if slot is None else self.root.folder
        prefix = Path("/usr") if slot is None else self.root.slot(slot)
        self.link = CloudLink(self.cloud, settings=lambda: LinkSettings(poll_s=0.01, jitter=0.0))
        self.shop = Shop(self.root.folder)
        self.agent = SoftwareAgent(
            twin=self.link.twin("software"),
            downloads=self.shop,
            place=Place(root, prefix=prefix, version="1"),
            settings=lambda: self.updates,
            in_use=lambda: self.training,
            leave=self._leave,
            readiness=self.ready,
            events=self.events,
            health=self.health,
            days=LocalDays(ZoneInfo("UTC"), Clock(now_s=lambda: self.now_s, utc_now=lambda: NOON)),
        )

    async def turn(self) -> dict[str, Any]:
        """Look at the cloud and do what is due; returns what the cloud has heard then."""
        await self.link.turn()
        await self.agent.turn()
        return self.said

    @property
    def said(self) -> dict[str, Any]:
        said: Any = self.cloud.said("software").get(SUBJECT, {})
        return dict(said)

    def desire(self, **wishes: Any) -> None:
        self.cloud.desire("software", gymbox={**WISH, **wishes})

    async def recorded(self) -> list[str]:
        found = await self.events.read(EventFilter(), 50)
        return [each.outcome for each in found][::-1]

    def _leave(self) -> None:
        self.left += 1


@pytest.fixture
async def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Box]:
    root = Root(tmp_path / "root")
    root.folder.mkdir()
    root.keep(Slots())
    root.fill("a", "", version="1", proven=True)
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    box = Box(root, EventLog(store=store))
    box.start()

    def install(archive: Path, there: InstallRoot, release: Release, **_: Any) -> None:
        assert archive.read_bytes() == b"archive"
        shutil.rmtree(root.slot(there.slots().idle), ignore_errors=True)
        root.fill(there.slots().idle, "", version=release.version)

    monkeypatch.setattr(module, "install", install)
    yield box
    box.agent.close()
    store.stop()


async def test_a_version_is_installed_tried_and_kept(box: Box) -> None:
    box.desire()
    box.ready.parts = frozenset({"camera:dead"})
    said = await box.turn()
    assert (said["state"], said["rollout"], box.left) == ("installing", "r1", 1)
    assert box.root.slots() == begin_trial(Slots(), NEW, failing=["camera:dead"])

    box.start("b")
    await box.link.turn()
    box.ready.parts = frozenset({"camera:dead", "store"})
    assert await box.agent.is_on_trial()
    box.ready.parts = None
    assert await box.agent.is_on_trial()
    box.ready.parts = frozenset({"camera:dead"})
    assert not await box.agent.is_on_trial()
    assert box.root.slots() == confirm(begin_trial(Slots(), NEW))
    assert box.root.proven("b")
    assert (await box.turn())["state"] == "active"
    assert await box.recorded() == ["installing", "active"]


async def test_without_the_cloud_nothing_is_proven(box: Box) -> None:
    box.root.fill("b", "", version="2")
    box.root.keep(begin_trial(Slots(), NEW))
    box.start("b")
    box.cloud.away = True
    await box.link.turn()
    assert await box.agent.is_on_trial()
    box.cloud.away = False
    await box.link.turn()
    assert not await box.agent.is_on_trial()


async def test_what_the_launcher_gave_up_is_told_and_not_tried_again(box: Box) -> None:
    box.root.fill("b", "", version="2")
    box.root.keep(give_up(begin_trial(Slots(), NEW), "it sulked"))
    box.desire()
    said = await box.turn()
    assert (said["state"], said["reason"]) == ("rolled_back", "it sulked")
    assert await box.turn() == said
    part = box.health.get("software")
    assert part is not None
    assert (part.state, part.reason, box.left) == ("degraded", "2: it sulked", 0)
    assert await box.recorded() == ["rolled_back"]
    box.desire(version="1", sha256=None, rollout="r2")
    assert (await box.turn())["state"] == "active"
    part = box.health.get("software")
    assert part is not None
    assert part.state == "ok"


@pytest.mark.parametrize(
    ("trouble", "state", "kept"),
    [
        (ReleaseRefused("unsigned", "nobody signed it"), "failed", True),
        (CloudUnreachable("unreachable", "the cable was cut"), "installing", False),
    ],
)
async def test_what_cannot_be_had(box: Box, trouble: ReleaseError, state: str, kept: bool) -> None:  # noqa: FBT001
    box.desire()
    await box.link.turn()
    box.shop.trouble = trouble
    said = await box.turn()
    assert (said["state"], said["reason"]) == (state, str(trouble))
    assert (box.root.slots().verdict is not None) == kept
    box.shop.trouble = None
    assert await box.turn() == said
    box.now_s += 600
    await box.turn()
    assert box.left == (0 if kept else 1)  # tried again after a while, where that may help


@pytest.mark.parametrize(
    ("raised", "state"), [(InstallFailed("no wheel"), "failed"), (InstallStopped(), "installing")]
)
async def test_what_cannot_be_installed(
    box: Box, monkeypatch: pytest.MonkeyPatch, raised: Exception, state: str
) -> None:
    def install(*_: Any, **__: Any) -> None:
        raise raised

    monkeypatch.setattr(module, "install", install)
    box.desire()
    assert (await box.turn())["state"] == state
    assert not (box.root.folder / "incoming").exists()


async def test_the_purpose_is_what_was_signed(box: Box) -> None:
    box.desire(purpose="security")
    said = await box.turn()
    assert (said["state"], "another purpose" in said["reason"]) == ("failed", True)


async def test_another_release_than_was_named(box: Box) -> None:
    box.desire(target="software/gymbox/3/gymbox.tar")
    said = await box.turn()
    assert (said["state"], "no release of gymbox 2" in said["reason"]) == ("failed", True)


async def test_nobody_who_trains_is_interrupted(box: Box) -> None:
    box.training = True
    box.desire()
    said = await box.turn()
    assert (said["state"], said["reason"], box.left) == ("waiting", "waits until nobody trains", 0)
    assert box.root.release("b") == NEW
    box.training = False
    await box.turn()
    assert box.left == 1


async def test_the_gym_decides_when(box: Box) -> None:
    box.updates = UpdatesSection(automatic="security")
    box.desire()
    assert (await box.turn())["state"] == "waiting"
    assert box.root.release("b") is None
    box.desire(purpose="security")
    await box.link.turn()
    box.shop.purpose = "security"
    await box.turn()
    assert box.left == 1


async def test_a_box_without_slots_says_so(box: Box) -> None:
    box.start(None)
    box.desire()
    said = await box.turn()
    assert (said["state"], "launcher" in said["reason"]) == ("rejected", True)
    box.desire(version="1")
    assert (await box.turn())["state"] == "active"


async def test_the_way_back_is_open_when_a_rollout_is_halted(box: Box) -> None:
    box.root.fill("b", "", version="2", proven=True)
    box.root.keep(confirm(begin_trial(Slots(), NEW)))
    box.start("b")
    box.training, box.updates = True, UpdatesSection(automatic="nothing")
    box.cloud.desire("software", gymbox={"version": "original", "mode": "active", "rollout": "r1"})
    await box.turn()
    assert box.left == 1
    trial = box.root.slots().trial
    assert trial is not None
    assert (trial.slot, trial.release.version) == ("a", "1")


@pytest.mark.parametrize("wish", [{"version": 7}, "2", {}])
async def test_what_makes_no_sense_changes_nothing(box: Box, wish: Any) -> None:
    box.cloud.desire("software", gymbox=wish)
    assert await box.turn() == {}
    assert box.left == 0


async def test_it_runs_until_it_has_to_leave(box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TRIAL_LOOK_S", 0.01)
    box.root.fill("b", "", version="2")
    box.root.keep(begin_trial(Slots(), NEW))
    box.start("b")
    box.ready.parts = None
    box.desire()
    tasks = [asyncio.create_task(part.run()) for part in (box.link, box.agent)]
    for _ in range(3):
        await box.link.looked()
    assert box.root.slots().trial is not None
    box.ready.parts = frozenset()
    while box.said.get("state") != "active":
        await box.link.looked()
    box.desire(version="3", sha256="3" * 64, target="software/gymbox/3/gymbox.tar")
    while not box.left:
        await box.link.looked()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert box.root.slots().active == "b"
