from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.cloud.database.database import Database
from tests.unit.sync.cloud.jobs.work import Work
from tests.unit.sync.cloud.simulated_fleet import Fleet, fleet_on_sqlite


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    with fleet_on_sqlite(tmp_path) as fleet:
        fleet.add("a", "b", "c")
        yield Work(fleet)


@pytest.fixture
def work_on_either(database: Database) -> Work:
    fleet = Fleet(database)
    fleet.add("a", "b", "c")
    return Work(fleet)
