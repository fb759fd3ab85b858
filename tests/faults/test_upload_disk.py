"""The disk is full while the cloud acknowledges: nothing is lost, nothing is applied twice, and it heals."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlite_utils import Database

from gateway.cloud.sync import CloudSync
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.health import Health
from gateway.store.store import Store, StoreError, StoreSettings
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.record import Record, new_record
from sync.upload.answer import Reply
from tests.waiting import until


class HoldingCloud:
    """Takes everything, and counts how often."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    async def post(self, packed: bytes) -> Reply:
        lines = zstandard.ZstdDecompressor().decompress(packed).splitlines()
        ids = [json.loads(line)["id"] for line in lines]
        self.taken.update(ids)
        return Reply(200, {}, json.dumps({"acknowledged": ids, "refused": []}).encode())

    async def probe(self) -> Reply:
        return Reply(200, {}, b"")

    async def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
async def store(small_disk: Path) -> AsyncIterator[Store]:
    settings = StoreSettings(retry_s=0.1)
    store = Store(path=store_path(small_disk), migrations=MIGRATIONS, settings=settings)
    store.start()
    yield store
    store.stop()


def fill(disk: Path) -> Path:
    """Leave no block of the disk; returns what takes them."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 512):
            with suppress(OSError):
                while file.write(b"\0" * size):
                    pass
    return ballast


async def put(store: Store, *records: Record) -> None:
    for record in records:
        await store.write(partial(append, record=record))


def append(db: Database, record: Record) -> None:
    outbox.append(db.conn, record)


async def depth(store: Store) -> int:
    return await store.read(lambda db: outbox.depth(db.conn))


async def test_what_was_acknowledged_on_a_full_disk_is_let_go_when_there_is_room(
    store: Store, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.upload.thread._RETRY_S", 0.1)
    config = BoxConfig.model_validate({"cloud": {"url": "https://127.0.0.1:9"}})
    cloud: Any = HoldingCloud()
    sync = CloudSync(config=config, store=store, health=Health(), events=EventLog(store=store))
    sync._uploader._cloud = cloud
    kept = [new_record("health", {"n": number, "pad": "x" * 2000}) for number in range(40)]
    await put(store, *kept)
    ballast = fill(small_disk)
    with pytest.raises(StoreError, match="disk is full"):
        await put(store, *(new_record("health", {"pad": "y" * 200_000}) for _ in range(9)))
    sync.start()
    try:
        await until(lambda: max(cloud.taken.values(), default=0) > 1)
        assert await depth(store) == 40, "the disk had no room for letting go"
        ballast.unlink()
        await until(lambda: sync.counts.acknowledged)
        await until(lambda: sync.state.level == "ok")
        assert await depth(store) == 0
        assert set(cloud.taken) == {each.id for each in kept}
    finally:
        await asyncio.to_thread(sync.stop)
