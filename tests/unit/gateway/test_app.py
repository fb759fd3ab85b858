"""The whole box in this process: it starts and stops in order and leaves nothing of itself behind."""

import asyncio
import gc
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from gateway.app import Box
from gateway.config.model import BoxConfig
from gateway.sessions.admission import CheckIn
from gateway.store.store import StoreInUse

NOWHERE = {"mqtt": {"url": "mqtt://127.0.0.1:9"}}
# Threads that belong to the event loop and end with it.
_OF_THE_LOOP = ("asyncio_", "AnyIO worker")
UNWRITABLE = Path("/proc/gymbox/data")


def belongings() -> dict[str, Any]:
    """What this process has: threads, child processes, open descriptors, tasks."""
    gc.collect()
    return {
        "threads": sorted(
            each.name for each in threading.enumerate() if not each.name.startswith(_OF_THE_LOOP)
        ),
        "children": [each.name() for each in psutil.Process().children(recursive=True)],
        "descriptors": psutil.Process().num_fds(),
        "tasks": len(asyncio.all_tasks()),
    }


def names_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


@pytest.fixture(autouse=True)
def _no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.INFO):
        yield
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


@asynccontextmanager
async def leaving_nothing() -> AsyncIterator[None]:
    await asyncio.to_thread(time.monotonic)  # so that the loop's own thread and its descriptors are there
    before = belongings()
    yield
    assert belongings() == before


@asynccontextmanager
async def running(data_dir: Path, config: dict[str, Any]) -> AsyncIterator[Box]:
    box = Box(config=BoxConfig.model_validate(config), data_dir=data_dir)
    await box.start()
    try:
        yield box
    finally:
        began_s = time.monotonic()
        await box.stop()
        assert time.monotonic() - began_s < 20.0


async def ask(box: Box, path: str) -> httpx.Response:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(box.api), base_url="http://127.0.0.1"
    ) as client:
        return await client.get(path)


async def part(box: Box, name: str, state: str) -> str:
    """Wait for a part's state; returns its reason."""
    deadline_s = time.monotonic() + 15
    while (found := box.health.get(name)) is None or found.state != state:
        assert time.monotonic() < deadline_s, f"{name} is {found}"
        await asyncio.sleep(0.02)
    return found.reason


async def test_a_box_with_nothing_in_it_starts_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with leaving_nothing():
        async with running(tmp_path, NOWHERE) as box:
            assert (await ask(box, "/livez")).json() == {"status": "ok"}
            ready = (await ask(box, "/readyz")).json()["parts"]
            kinds = {"store", "mqtt", "recommender:effect", "recommender:intensity"}
            assert set(ready) == kinds, "no camera, no process"
            assert box.supervisor.pids() == {}
            told = (await ask(box, "/metrics")).text
            assert "gymbox_sessions_active 0.0" in told
            assert "gymbox_hearts_learned_total 0.0" in told
        assert names_in(tmp_path) == ["gymbox.sqlite3", "gymbox.sqlite3.lock"]


async def test_its_own_broker_ends_with_it(tmp_path: Path) -> None:
    async with leaving_nothing(), running(tmp_path, {}) as box:
        await part(box, "mqtt", "ok")
        assert len(box.supervisor.pids()) == 1


async def test_an_unwritable_folder_is_told_and_the_box_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (UNWRITABLE, tmp_path / "file" / "data"):
        async with leaving_nothing(), running(folder, {"station": [{"id": "mat"}]}) as box:
            assert await part(box, "store", "failed")
            await part(box, "broker", "failed")
            answer = await ask(box, "/readyz")
            assert answer.status_code == 503
            assert str(folder.parent) not in answer.text
            assert (await ask(box, "/livez")).status_code == 200
            assert "gymbox_metrics_failures_total 0.0" in (await ask(box, "/metrics")).text


async def test_a_second_box_on_the_folder_leaves_nothing_behind_when_it_refuses(tmp_path: Path) -> None:
    async with running(tmp_path, NOWHERE), leaving_nothing():
        second = Box(config=BoxConfig.model_validate(NOWHERE), data_dir=tmp_path)
        with pytest.raises(StoreInUse):
            await second.start()


async def test_a_session_outlives_the_box_ten_times_over(tmp_path: Path) -> None:
    config = {**NOWHERE, "station": [{"id": "mat"}]}
    async with running(tmp_path, config) as box:
        session = (await box.sessions.start(CheckIn("mat", "ada"))).id
    async with leaving_nothing():
        for _ in range(10):
            async with running(tmp_path, config) as box:
                assert [each.id for each in box.sessions.active()] == [session]


async def test_a_mistake_on_the_way_down_leaves_no_process_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mistaken() -> None:
        raise ZeroDivisionError

    async with leaving_nothing():
        box = Box(config=BoxConfig(), data_dir=tmp_path)
        await box.start()
        await part(box, "mqtt", "ok")
        monkeypatch.setattr(box.sessions, "close", mistaken)
        with pytest.raises(ZeroDivisionError):
            await box.stop()
