from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("keras", reason="the extra `train` is not installed")

from recommender import effect, intensity
from recommender.training import folder, hidden, recipe

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_both_models_are_written_where_the_box_looks(
    run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    little = recipe.Settings(seed=2, trials=1, trial_epochs=1, epochs=1, smoothings=1)
    monkeypatch.setattr(recipe, "Settings", lambda **_: little)
    monkeypatch.setattr(hidden, "judge", partial(hidden.judge, members=1))
    monkeypatch.setattr(folder, "write", partial(folder.write, gate=lambda _report: None))
    result = run("models", "train-recommender", "--members", "24", "--seed", "2", "--json")
    assert result.exit_code == 0, result.stderr
    assert "simulating members (24)" in result.stderr
    models = tmp_path / "data" / "models"
    told = json.loads(result.stdout)
    assert told["path"] == str(models)
    assert told["intensity"]["days"] > 0
    assert intensity.load(models / "intensity").version != intensity.load().version
    effect.load(models / "effect")
    assert sorted(path.name for path in models.iterdir()) == ["effect", "intensity"]


def test_nobody_to_learn_from_is_said(run: Callable[..., Result]) -> None:
    result = run("models", "train-recommender", "--members", "0")
    assert result.exit_code == 1
    assert "give --records, or more than 0 --members" in result.stderr


def test_a_folder_without_records_is_said(run: Callable[..., Result], tmp_path: Path) -> None:
    result = run("models", "train-recommender", "--members", "0", "--records", tmp_path)
    assert result.exit_code == 1
    assert "has no file *.parquet" in result.stderr


def test_what_is_no_model_is_left_alone(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "intensity").mkdir()
    result = run("models", "train-recommender", "--out", tmp_path)
    assert result.exit_code == 1
    assert "is there and is no model" in result.stderr
