from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run `gymbox` with these arguments, its data in a folder of the test."""
    monkeypatch.setenv("GYMBOX_DATA_DIR", str(tmp_path / "data"))

    def invoke(*arguments: str | Path) -> Result:
        return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)

    return invoke
