"""What a box makes of its cloud: who is told, and how it ends."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.cloud.sync import CLOUD, CloudSync
from gateway.cloud_metrics import of_cloud
from gateway.config.change import between
from gateway.config.model import BoxConfig
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.health import Health
from gateway.metrics import Metrics
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox, refused
from sync.record import new_record


class Parts:
    """A cloud sync and those it tells."""

    def __init__(self, folder: Path, cloud: dict[str, Any], **storage: int) -> None:
        config = BoxConfig.model_validate({"cloud": cloud, "storage": storage})
        self.store = Store(path=store_path(folder), migrations=MIGRATIONS)
        self.health = Health()
        self.events = EventLog(store=self.store)
        self.cloud = CloudSync(config=config, store=self.store, health=self.health, events=self.events)

    async def until(self, true: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + 60
        while not true():
            assert time.monotonic() < deadline_s
            await asyncio.sleep(0.01)

    def reason_on_the_board(self) -> str:
        part = self.health.get(CLOUD)
        return "" if part is None else part.reason

    def metrics(self) -> str:
        metrics = Metrics()
        metrics.add(*of_cloud(self.cloud, self.store))
        return metrics.render()[0].decode()


@asynccontextmanager
async def running(folder: Path, cloud: dict[str, Any], **storage: int) -> AsyncIterator[Parts]:
    parts = Parts(folder, cloud, **storage)
    parts.store.start()
    parts.cloud.start()
    try:
        yield parts
    finally:
        began_s = time.monotonic()
        await asyncio.to_thread(parts.cloud.stop)
        assert time.monotonic() - began_s < 15
        parts.store.stop()


async def test_without_a_cloud_nobody_is_told_of_one(tmp_path: Path) -> None:
    async with running(tmp_path, {}) as parts:
        await asyncio.sleep(0.05)
        assert parts.cloud.state.level == "off"
        assert parts.health.get(CLOUD) is None


async def test_a_cloud_that_is_not_there_is_told_on_the_board_and_counted(tmp_path: Path) -> None:
    async with running(tmp_path, {"url": "https://127.0.0.1:9"}) as parts:
        await parts.until(lambda: "cannot be reached" in parts.reason_on_the_board())
        part = parts.health.get(CLOUD)
        assert part is not None
        assert part.state == "degraded"
        assert 'gymbox_cloud_exchanges_total{outcome="unreachable"} 1.0' in parts.metrics()
        assert "\ngymbox_cloud_last_success_timestamp_seconds " not in parts.metrics()


async def test_identity_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    cloud = {"url": "https://127.0.0.1:9", "token_file": str(tmp_path / "none")}
    async with running(tmp_path, cloud) as parts:
        await parts.until(lambda: "token_file" in parts.cloud.state.reason)
        assert parts.cloud.state.problem == "credentials"


async def test_what_is_dropped_is_in_the_log_and_in_the_metrics(tmp_path: Path) -> None:
    parts = Parts(tmp_path, {}, budget_mb=64)
    parts.store.start()
    pad = "x" * 250_000
    for _ in range(129):  # half of 64 MB, and a little more
        parts.store.submit(lambda db: outbox.append(db.conn, new_record("health", {"pad": pad}))).result(10)
    parts.store.stop()
    async with running(tmp_path, {}, budget_mb=64) as parts:
        await parts.until(lambda: parts.cloud.counts.dropped)
        depth = await parts.store.read(lambda db: outbox.status(db.conn))
        assert depth.bytes <= 32_000_000
        await parts.until(lambda: parts.events._waiting)
        (event,) = await parts.events.read(EventFilter(kind=CLOUD), 9)
        assert (event.outcome, event.actor, event.detail["records"]) == ("dropped", "box", 129 - depth.depth)
        told = f'gymbox_outbox_dropped_total{{kind="health",reason="bytes"}} {129 - depth.depth}.0'
        assert told in parts.metrics()


async def test_what_the_cloud_refused_is_counted_over_restarts(tmp_path: Path) -> None:
    async with running(tmp_path, {}) as parts:
        record = new_record("device", {})
        await parts.store.write(lambda db: outbox.append(db.conn, record))
        now = record.created_at
        await parts.store.write(lambda db: refused.set_aside(db.conn, {record.id: "no"}, now=now))
    async with running(tmp_path, {}) as parts:
        assert 'gymbox_outbox_refused_total{kind="device"} 1.0' in parts.metrics()


async def test_a_store_that_is_gone_hides_no_other_metric(tmp_path: Path) -> None:
    parts = Parts(tmp_path, {})
    told = parts.metrics()
    assert "gymbox_cloud_records_total 0.0" in told
    assert "gymbox_metrics_failures_total 0.0" in told


async def test_another_cloud_is_spoken_to_from_now_on_and_none_is_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, {"url": "https://127.0.0.1:9"}) as parts:
        await parts.until(lambda: "cannot be reached" in parts.reason_on_the_board())
        counts = parts.cloud.counts
        old = BoxConfig.model_validate({"cloud": {"url": "https://127.0.0.1:9"}})
        none = BoxConfig.model_validate({"box": {"language": "de"}})
        await parts.cloud.reconfigure(none, between(old, none))
        assert (parts.cloud.state.level, parts.health.get(CLOUD)) == ("off", None)
        assert parts.cloud.counts is counts, "what was counted stays counted"
        await parts.cloud.reconfigure(old, between(none, old))
        await parts.until(lambda: "cannot be reached" in parts.reason_on_the_board())
