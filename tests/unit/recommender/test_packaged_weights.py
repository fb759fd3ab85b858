"""The weights that ship: whole, small, as good as they say, and told of in the form that all models share."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from provisioning.manifest import parse_manifest
from provisioning.models import read_model, verify
from recommender import effect, intensity

FOLDERS = {intensity.NAME: intensity.PACKAGED, effect.NAME: effect.PACKAGED}


@pytest.mark.parametrize("name", FOLDERS)
def test_the_manifest_is_one(name: str) -> None:
    folder = FOLDERS[name]
    manifest = parse_manifest((folder / "model.toml").read_text("utf-8"))
    assert (manifest.name, manifest.task) == (name, name)
    assert {file.runtime for file in manifest.files} == {"onnx", "litert"}
    assert verify(read_model(folder)) == ()
    exact, small = (manifest.file(file).size for file in ("cpu.onnx", "cpu.tflite"))
    assert small <= 0.6 * exact
    assert manifest.version in (folder / "card.md").read_text("utf-8")
    assert "not real people" in manifest.data


def test_they_are_small() -> None:
    files = [path for folder in FOLDERS.values() for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) < 200_000


@pytest.mark.parametrize("name", FOLDERS)
def test_the_int8_file_says_about_the_same(name: str) -> None:
    manifest = parse_manifest((FOLDERS[name] / "model.toml").read_text("utf-8"))
    specs = [each for each in (*manifest.inputs, *manifest.outputs) if each.file == "cpu.tflite"]
    litert = pytest.importorskip("ai_edge_litert.interpreter")
    interpreter = litert.Interpreter(model_path=str(FOLDERS[name] / "cpu.tflite"))
    details = [*interpreter.get_input_details(), *interpreter.get_output_details()]
    assert [tuple(each["shape"].tolist()) for each in details] == [each.shape for each in specs]
    assert {np.dtype(each["dtype"]).name for each in details} == {"int8"}


def test_more_sleep_and_less_stress_is_never_told_to_do_less() -> None:
    model = intensity.load()
    values, imputed = (np.repeat(each, 2, axis=0) for each in model.background)
    imputed[:, 6:8] = False
    values[::2, 6:8], values[1::2, 6:8] = (0.7, 7.0), (0.95, 2.0)
    said = model.predict(values, imputed)
    assert (said[1::2, 1] > said[::2, 1]).all()


def test_who_trains_longer_is_told_to_train_longer() -> None:
    model = intensity.load()
    values, imputed = (np.repeat(each[:1], 3, axis=0) for each in model.background)
    imputed[:, 2] = False
    values[:, 2] = (20, 45, 80)
    minutes = model.predict(values, imputed)[:, 0]
    assert minutes[0] + 5 < minutes[1] < minutes[2] - 5


def test_a_fresh_process_answers() -> None:
    code = (
        "from recommender import effect, intensity; model = intensity.load(); effect.load();"
        "print(model.predict(*model.background).shape)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert told.stdout.strip() == "(8, 2)"
