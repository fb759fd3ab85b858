import os
from pathlib import Path

import pytest

from tests.unit.sync.releases.signed_cloud import Cloud


@pytest.fixture(autouse=True)
def _disk_in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test here cuts the power; waiting for the disk would be most of their time."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    """A repository that was begun, and all its keys; nobody serves it."""
    return Cloud(tmp_path / "cloud")
