"""Boxes on a database of each kind."""

import pytest

from sync.cloud.database.database import Database
from tests.unit.sync.cloud.simulated_fleet import Fleet


@pytest.fixture
def boxes(database: Database) -> Fleet:
    """Two boxes of one gym and one of another tenant's."""
    fleet = Fleet(database)
    fleet.add("a", "b")
    fleet.add("c", gym="south")
    return fleet
