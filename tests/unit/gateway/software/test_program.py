import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.health import Health, PartState
from gateway.software.program import EVENT, PART, ProgramCheck
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from provisioning.software.integrity import installed
from tests.unit.provisioning.software.test_integrity import install


@pytest.fixture
async def events(tmp_path: Path) -> AsyncIterator[EventLog]:
    store = Store(path=store_path(tmp_path / "data"), migrations=MIGRATIONS)
    store.start()
    yield EventLog(store=store)
    store.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(5):
        install(tmp_path, f"gym{number}", {f"gym{number}.py": b"1\n"})
    return tmp_path


class Watched:
    """A check of this folder, and what it tells."""

    def __init__(self, folder: Path, events: EventLog) -> None:
        self.health = Health()
        self.looked = asyncio.Event()
        loop = asyncio.get_running_loop()

        def packages() -> list[Path]:
            loop.call_soon_threadsafe(self.looked.set)
            return list(installed([str(folder)]))

        self.check = ProgramCheck(health=self.health, events=events, packages=packages, first_s=0.0)

    def part(self) -> PartState | None:
        return self.health.get(PART)


async def test_what_is_as_installed_is_well_and_no_event(folder: Path, events: EventLog) -> None:
    watched = Watched(folder, events)
    await watched.check.look()
    assert watched.part() == PartState("ok")
    assert await events.read(EventFilter(kind=EVENT), 10) == []


async def test_changed_files_are_told_once_and_well_again_when_they_are(
    folder: Path, events: EventLog
) -> None:
    watched = Watched(folder, events)
    for number in range(5):
        (folder / f"gym{number}.py").write_bytes(b"2\n")
    for _ in range(2):
        await watched.check.look()
    reason = (
        "not as installed: gym0.py, gym1.py, gym2.py and 2 more; "
        "install this version again, and find out who changed it"
    )
    assert watched.part() == PartState("degraded", reason)
    (told,) = await events.read(EventFilter(kind=EVENT), 10)
    assert (told.actor, told.outcome) == ("box", "changed")
    assert told.detail["files"] == [f"gym{number}.py" for number in range(5)]
    for number in range(5):
        (folder / f"gym{number}.py").write_bytes(b"1\n")
    await watched.check.look()
    assert watched.part() == PartState("ok")


async def test_a_developers_box_says_that_it_is_not_checked(folder: Path, events: EventLog) -> None:
    install(folder, "dev", {"dev.pth": b"/src"}, direct_url={"dir_info": {"editable": True}})
    watched = Watched(folder, events)
    await watched.check.look()
    reason = "not checked, as installed in place or without a list: dev"
    assert watched.part() == PartState("ok", reason)


async def test_it_looks_by_itself_and_ends_when_it_is_told(folder: Path, events: EventLog) -> None:
    watched = Watched(folder, events)
    running = asyncio.create_task(watched.check.run())
    async with asyncio.timeout(20):
        await watched.looked.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await watched.check.look()  # gives up at the first file
    assert watched.looked.is_set()
