from collections.abc import Iterator
from functools import partial
from pathlib import Path
from sqlite3 import Connection

import pytest

from gateway.cloud.desk import StoreDesk
from gateway.store.store import Store
from gateway.store.tables import MIGRATIONS, store_path
from sync import outbox
from sync.record import new_record
from sync.upload.ports import OutboxUnavailable


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS)
    store.start()
    yield store
    store.stop()


def broken(_connection: Connection) -> None:
    raise ZeroDivisionError


async def test_writes_are_transactions_and_reads_see_them(store: Store) -> None:
    desk, record = StoreDesk(store), new_record("health", {})
    await desk.write(partial(outbox.append, record=record))
    (pending,) = await desk.read(outbox.peek_batch)
    assert pending.id == record.id
    await desk.write(partial(outbox.acknowledge, ids=[record.id]))
    assert await desk.read(outbox.depth) == 0


async def test_trouble_with_the_store_has_one_name(store: Store) -> None:
    desk = StoreDesk(store)
    store.stop()
    with pytest.raises(OutboxUnavailable, match="not started"):
        await desk.read(outbox.depth)
    with pytest.raises(OutboxUnavailable, match="stopping"):
        await desk.write(outbox.depth)


async def test_a_mistake_of_our_own_is_not_hidden(store: Store) -> None:
    for run in (StoreDesk(store).read, StoreDesk(store).write):
        with pytest.raises(ZeroDivisionError):
            await run(broken)
