from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the extra `train` is not installed")

from recommender import effect, intensity
from recommender.onnx_model import ModelRefused
from tests.unit.recommender.model_folders import (
    effect_bytes,
    intensity_bytes,
    network,
    people,
    write_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "intensity", "intensity", intensity_bytes())


def test_a_whole_folder_is_taken(folder: Path) -> None:
    model = intensity.load(folder)
    assert model.version == "1.test"
    values, imputed = model.background
    assert values.shape == imputed.shape == (3, 10)
    assert imputed.dtype == np.bool_
    expected, _ = people(3, seed=9)
    np.testing.assert_allclose(values, expected, rtol=1e-6)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no folder": (shutil.rmtree, "model.toml: cannot be read"),
    "no manifest": (lambda folder: (folder / "model.toml").unlink(), "cannot be read"),
    "no TOML": (lambda folder: (folder / "model.toml").write_text("= ="), "is not TOML"),
    "not text": (lambda folder: (folder / "model.toml").write_bytes(b"\xff"), "is not TOML"),
    "empty manifest": (
        lambda folder: (folder / "model.toml").write_text(""),
        "does not say files, task, version",
    ),
    "another task": (
        lambda folder: (folder / "model.toml").write_text('version = "1"\ntask = "pose"\nfiles = []\n'),
        "is a model for the task pose",
    ),
    "file not listed": (
        lambda folder: (folder / "model.toml").write_text('version = "1"\ntask = "intensity"\nfiles = []\n'),
        "does not list cpu.onnx",
    ),
    "files no tables": (
        lambda folder: (folder / "model.toml").write_text('version = "1"\ntask = "intensity"\nfiles = [3]\n'),
        "does not list cpu.onnx",
    ),
    "no file": (lambda folder: (folder / "cpu.onnx").unlink(), "cpu.onnx: cannot be read"),
    "cut file": (
        lambda folder: (folder / "cpu.onnx").write_bytes((folder / "cpu.onnx").read_bytes()[:-1]),
        "is damaged",
    ),
    "no ONNX": (lambda folder: write_folder(folder, "intensity", b"nonsense"), "onnxruntime takes"),
    "empty": (lambda folder: write_folder(folder, "intensity", b""), "onnxruntime takes"),
    "other inputs": (lambda folder: write_folder(folder, "intensity", effect_bytes()), "has the inputs"),
    "no background": (lambda folder: write_folder(folder, "intensity", intensity_bytes({})), "background"),
    "empty background": (
        lambda folder: write_folder(
            folder, "intensity", intensity_bytes({"background": json.dumps({"values": [], "imputed": []})})
        ),
        "background",
    ),
    "narrow background": (
        lambda folder: write_folder(
            folder,
            "intensity",
            intensity_bytes({"background": json.dumps({"values": [[1.0]], "imputed": [[True]]})}),
        ),
        "background",
    ),
    "other features": (
        lambda folder: write_folder(
            folder, "intensity", intensity_bytes().replace(b"stress_index,progress", b"progress,stress_index")
        ),
        "trained on other features",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_folder_is_refused_with_place_reason_and_what_to_do(folder: Path, damage: str) -> None:
    spoil, reason = DAMAGE[damage]
    spoil(folder)
    with pytest.raises(ModelRefused) as found:
        intensity.load(folder)
    assert reason in str(found.value)
    assert str(folder) in str(found.value)
    assert "gymbox models train-recommender" in str(found.value)


def test_weights_that_make_no_number_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights, given, said = network(workout=False)
    weights.layers[0].bias[:] = np.nan
    monkeypatch.setattr("tests.unit.recommender.model_folders.network", lambda **_: (weights, given, said))
    folder = write_folder(tmp_path / "intensity", "intensity", intensity_bytes())
    with pytest.raises(ModelRefused, match="no number"):
        intensity.load(folder)


def test_an_effect_model_is_no_intensity_model(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "effect", "effect", effect_bytes())
    assert effect.load(folder).version == "1.test"
    with pytest.raises(ModelRefused, match="task effect, not intensity"):
        intensity.load(folder)
    write_folder(folder, "effect", intensity_bytes())
    with pytest.raises(ModelRefused, match="workout_type"):
        effect.load(folder)
