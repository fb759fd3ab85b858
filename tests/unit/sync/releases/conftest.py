import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.sync.releases.signed_cloud import Box, Cloud


@pytest.fixture(autouse=True)
def _disk_in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here cuts the power; waiting for the disk would be most of their time."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A cloud that has released nothing yet."""
    with Cloud(tmp_path / "cloud").serving() as cloud:
        yield cloud


@pytest.fixture
def new_box(cloud: Cloud, tmp_path: Path) -> Iterator[Callable[..., Box]]:
    """new_box(limits=, …): the box, as after a start; called again, the same box after another start."""
    boxes: list[Box] = []

    def make(**options: Any) -> Box:
        boxes.append(Box(cloud, tmp_path / "box", **options))
        return boxes[-1]

    yield make
    for box in boxes:
        box.close()


@pytest.fixture
def box(new_box: Callable[..., Box]) -> Box:
    return new_box()
