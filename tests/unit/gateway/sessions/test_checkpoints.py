"""Sessions written down while they run: one write at a time for each, and none after the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import Clock
from gateway.sessions.active import ActiveSession
from gateway.sessions.admission import CheckIn
from gateway.sessions.checkpoints import Checkpoints
from gateway.sessions.rows import load_active
from gateway.stations import Station
from gateway.store.store import Store, StoreSettings
from gateway.store.tables import MIGRATIONS, store_path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(path=store_path(tmp_path), migrations=MIGRATIONS, settings=StoreSettings(retry_s=0.05))
    store.start()
    yield store
    store.stop()


def a_session() -> ActiveSession:
    return ActiveSession.begin(Station("mat", "Mat"), CheckIn("mat", "ada"), None, Clock())


async def test_what_comes_during_a_write_is_written_once_more(store: Store) -> None:
    checkpoints = Checkpoints(store=store, clock=Clock(), runs=lambda _session: True)
    session = a_session()
    before = store.counts.jobs
    checkpoints.save(session)
    for _ in range(50):
        session.dirty = session.urgent = True
        checkpoints.save(session)
    await checkpoints.settle()
    assert store.counts.jobs - before == 2
    assert not session.dirty
    assert [row.id for row in await store.read(load_active)] == [session.id]


async def test_a_session_that_ended_meanwhile_is_not_written_again(store: Store) -> None:
    checkpoints = Checkpoints(store=store, clock=Clock(), runs=lambda _session: False)
    session = a_session()
    before = store.counts.jobs
    checkpoints.save(session)
    session.urgent = True
    await checkpoints.settle()
    assert store.counts.jobs - before == 1


async def test_a_write_that_fails_is_counted_and_left_for_the_next_turn(store: Store) -> None:
    store.stop()
    checkpoints = Checkpoints(store=store, clock=Clock(), runs=lambda _session: True)
    session = a_session()
    session.urgent = True
    await checkpoints.save_now(session)
    assert (checkpoints.failed, session.dirty, session.urgent) == (1, True, False)
