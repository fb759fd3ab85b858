"""A box, a cloud in memory, and a version of the intensity model that works."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.gateway.updates.box import Box, Cloud


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
async def box(tmp_path: Path, cloud: Cloud, recommender_models: Any) -> AsyncIterator[Box]:
    """It works with version 1, the gym's own."""
    box = Box(tmp_path, cloud, recommender_models)
    box.own("1")
    await box.start()
    yield box
    await box.stop()
