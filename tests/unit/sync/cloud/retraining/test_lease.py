"""One at a time, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from sync.cloud.retraining.lease import Lease, is_free
from sync.cloud.retraining.outcome import LeaseLost, RetrainingError
from sync.cloud.retraining.tables import RetrainingLease
from tests.waiting import wait_until

if TYPE_CHECKING:
    from sync.cloud.database.database import Database


def free(database: Database) -> bool:
    with database.read() as session:
        return is_free(session, "test")


def test_one_has_it_and_gives_it_back(database: Database) -> None:
    assert free(database)
    with Lease(database, "test") as lease:
        assert not free(database)
        with database.write() as session:
            lease.held(session)
        with (
            pytest.raises(RetrainingError, match="another run of test is under way"),
            Lease(database, "test"),
        ):
            pytest.fail("two at once")
        with Lease(database, "other"):
            pass
    assert free(database)
    with Lease(database, "test"):
        pass


def test_it_is_renewed_while_its_owner_lives(sqlite_database: Database) -> None:
    def until() -> datetime:
        with sqlite_database.read() as session:
            return session.scalars(select(RetrainingLease.until)).one()

    with Lease(sqlite_database, "test", lasts_s=2.0):
        first = until()
        wait_until(lambda: until() > first + timedelta(seconds=1))
        assert not free(sqlite_database)


def test_who_was_killed_loses_it(sqlite_database: Database) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    with Lease(sqlite_database, "test") as dead:
        with sqlite_database.write() as session:
            session.execute(update(RetrainingLease).values(until=long_ago))
        with Lease(sqlite_database, "test") as heir:
            with sqlite_database.write() as session, pytest.raises(LeaseLost):
                dead.held(session)
            with sqlite_database.write() as session:
                heir.held(session)
    assert free(sqlite_database)
