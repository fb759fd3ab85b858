import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result


@pytest.fixture
def run_here(run: Callable[..., Result], blazepose: Path, tmp_path: Path) -> Callable[..., Result]:
    """`gymbox` with the default model lying in its data folder."""
    models = tmp_path / "data" / "models"
    models.mkdir(parents=True)
    for path in blazepose.iterdir() if blazepose.is_dir() else ():
        target = models / "blazepose" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    return run


def test_what_can_be_had_is_listed(run: Callable[..., Result]) -> None:
    rows = {row["name"]: row for row in json.loads(run("models", "list", "--json").output)}
    assert rows["blazepose"]["installed"] is False
    assert rows["movenet"]["licence"] == "Apache-2.0"
    assert "blazepose" in run("models", "list").output


def test_an_installed_model_is_not_fetched_again(
    run_here: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")  # no pip, no network: nothing could be fetched
    result = run_here("models", "pull")
    assert result.exit_code == 0
    assert "is installed in" in result.output


def test_a_whole_model_verifies_and_a_changed_one_does_not(
    run_here: Callable[..., Result], tmp_path: Path
) -> None:
    assert run_here("models", "verify").exit_code == 0
    path = tmp_path / "data" / "models" / "blazepose" / "detector.tflite"
    octets = bytearray(path.read_bytes())
    octets[1000] ^= 1
    path.write_bytes(octets)
    result = run_here("models", "verify", "blazepose", "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)["blazepose"]["ok"] is False


def test_an_unknown_model(run: Callable[..., Result]) -> None:
    result = run("models", "pull", "catnet")
    assert result.exit_code == 1
    assert "catnet" in result.stderr


def test_nothing_to_verify(run: Callable[..., Result]) -> None:
    assert run("models", "verify").exit_code == 1
