"""Boxes on a database: on SQLite for what is decided, on both kinds where the database itself matters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.cloud.database.database import Database
from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    with fleet_on_sqlite(tmp_path) as fleet:
        yield fleet


@pytest.fixture
def fleet_on_either(database: Database) -> Fleet:
    return Fleet(database)
