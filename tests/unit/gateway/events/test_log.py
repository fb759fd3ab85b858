import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.events import log
from gateway.events.log import EventLog
from gateway.events.rows import EventFilter
from gateway.store.store import Store, StoreError, StoreFull
from gateway.store.tables import MIGRATIONS, store_path


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


def say(events: EventLog, number: int) -> None:
    events.record("command", actor="a", subject="s", outcome="done", number=number, nothing=None)


async def numbers(events: EventLog) -> list[int]:
    return [each.detail["number"] for each in reversed(await events.read(EventFilter(), 1000))]


async def test_what_was_said_is_read_at_once_and_in_order(store: Store) -> None:
    events = EventLog(store=store)
    for number in range(450):
        say(events, number)
    assert await numbers(events) == list(range(450))
    (last,) = await events.read(EventFilter(), 1)
    assert last.detail == {"number": 449}


async def test_events_are_written_in_the_background_and_at_the_end(store: Store) -> None:
    events = EventLog(store=store)
    task = asyncio.create_task(events.run())
    say(events, 1)
    while store.counts.jobs == 0:  # noqa: ASYNC110 - the store's thread sets no event of this loop
        await asyncio.sleep(0.001)
    task.cancel()
    say(events, 2)
    await events.close()
    assert await numbers(EventLog(store=store)) == [1, 2]


async def test_a_full_disk_loses_no_event_and_no_order(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "_RETRY_S", 0.001)
    events = EventLog(store=store)
    write, failures = store.write, 0

    async def full(job: object) -> object:
        nonlocal failures
        failures += 1
        if failures < 3:
            raise StoreFull("full")
        return await write(job)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "write", full)
    say(events, 1)
    with pytest.raises(StoreError):
        await events.close()
    say(events, 2)
    task = asyncio.create_task(events.run())
    while failures < 3:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)
    assert await numbers(events) == [1, 2]
    task.cancel()


async def test_what_waits_is_bounded_and_every_loss_is_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "MAX_WAITING", 3)
    events = EventLog(store=store)
    events._waiting = type(events._waiting)(maxlen=3)
    for number in range(5):
        say(events, number)
    assert events.dropped == 2
    assert await numbers(events) == [2, 3, 4]


async def test_who_stops_waiting_takes_no_event_along(store: Store) -> None:
    events = EventLog(store=store)
    say(events, 1)
    reading = asyncio.create_task(events.close())
    await asyncio.sleep(0)
    reading.cancel()
    say(events, 2)
    assert await numbers(events) == [1, 2]
