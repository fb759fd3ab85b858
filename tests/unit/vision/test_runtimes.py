from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vision import runtimes
from vision.pose import UnknownPoseModelError, load_estimator
from vision.runtimes import Available, ModelFileError, RuntimeUnavailableError, Unavailable


@pytest.fixture(scope="module")
def movenet_file(movenet: Path) -> Path:
    return movenet / "cpu.tflite"


def test_litert_is_available_with_its_version() -> None:
    found = runtimes.probe("litert")
    assert isinstance(found, Available)
    assert found.version[0].isdigit()


def test_an_unknown_runtime_names_the_choices() -> None:
    found = runtimes.probe("abacus")
    assert isinstance(found, Unavailable)
    assert "edgetpu, litert, onnx" in found.reason
    with pytest.raises(RuntimeUnavailableError, match="abacus"):
        runtimes.load("abacus", Path("model.tflite"))


def test_a_missing_library_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    found = runtimes.probe("litert")
    assert isinstance(found, Unavailable)
    assert "ai-edge-litert does not load" in found.reason


def test_importing_the_package_loads_no_heavy_library() -> None:
    loaded = "sys.exit(any(name in sys.modules for name in ('ai_edge_litert', 'onnxruntime')))"
    code = f"import sys, vision.runtimes, vision.pose, vision.counting.counter; {loaded}"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_a_model_tells_its_shapes_and_runs(movenet_file: Path) -> None:
    model = runtimes.load("auto", movenet_file)
    assert model.name == "litert"
    assert [(spec.shape, spec.dtype) for spec in model.inputs] == [((1, 192, 192, 3), "uint8")]
    (output,) = model.run([np.zeros((1, 192, 192, 3), dtype=np.uint8)])
    assert output.shape == model.outputs[0].shape == (1, 1, 17, 3)


@pytest.mark.parametrize("size", [0, 3, 5000, 1_000_000])
def test_a_truncated_model_is_named_with_the_fix(movenet_file: Path, tmp_path: Path, size: int) -> None:
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(movenet_file.read_bytes()[:size])
    with pytest.raises(ModelFileError, match=r"cut\.tflite.*gymbox models pull"):
        runtimes.load("litert", cut)


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    text = tmp_path / "model.tflite"
    text.write_text("<html>404 not found</html>")
    with pytest.raises(ModelFileError, match="not a TensorFlow Lite model"):
        runtimes.load("litert", text)


@pytest.mark.parametrize("name", ["movenet", "blazepose"])
def test_an_absent_model_is_named_with_the_fix(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelFileError, match=rf"{name}.*No such file.*gymbox models pull"):
        load_estimator(name, tmp_path)


def test_another_model_in_its_place_is_noticed(movenet_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "blazepose"
    folder.mkdir()
    for file in ("detector.tflite", "landmarks.tflite"):
        (folder / file).write_bytes(movenet_file.read_bytes())
    with pytest.raises(ModelFileError, match=r"detector\.tflite is another model.*uint8\[1, 192, 192, 3\]"):
        load_estimator("blazepose", tmp_path)


def test_an_unknown_pose_model_names_the_choices(tmp_path: Path) -> None:
    with pytest.raises(UnknownPoseModelError, match="'openpose': choose from blazepose, movenet"):
        load_estimator("openpose", tmp_path)
