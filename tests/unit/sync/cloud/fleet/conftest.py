"""A service and those who look after it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.sync.cloud.desk import Desk, desk_on_sqlite


@pytest.fixture
def desk(sqlite_template: Path, tmp_path: Path) -> Iterator[Desk]:
    with desk_on_sqlite(sqlite_template, tmp_path) as opened:
        yield opened
