"""The Edge TPU's runtime with a library built here in the place of Coral's, and with a played pycoral."""

import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from vision import runtimes
from vision.pose import load_estimator
from vision.runtimes import Available, ModelFileError, RuntimeUnavailableError, Unavailable, edgetpu, litert


@pytest.fixture
def plugged_in(fake_edgetpu: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(edgetpu, "LIBRARY", str(fake_edgetpu.library))
    return fake_edgetpu


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(edgetpu, "LIBRARY", "libedgetpu-of-nobody.so.1")
    found = runtimes.probe("edgetpu")
    assert isinstance(found, Unavailable)
    assert "libedgetpu-of-nobody.so.1 is not installed" in found.reason
    with pytest.raises(RuntimeUnavailableError, match="edgetpu: libedgetpu-of-nobody"):
        runtimes.load("edgetpu", tmp_path / "edgetpu.tflite")


def test_a_library_of_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edgetpu, "LIBRARY", "libc.so.6")
    found = runtimes.probe("edgetpu")
    assert isinstance(found, Unavailable)
    assert "lacks tflite_plugin_create_delegate" in found.reason


def test_without_a_device_it_says_so(plugged_in: Any, movenet_with_edgetpu: Path) -> None:
    plugged_in.become("absent")
    found = runtimes.probe("edgetpu")
    assert isinstance(found, Unavailable)
    assert "no Edge TPU answers" in found.reason
    for load in (runtimes.load, lambda _, path: edgetpu.load(path)):
        with pytest.raises(RuntimeUnavailableError, match="no Edge TPU answers"):
            load("edgetpu", movenet_with_edgetpu / "edgetpu.tflite")


def test_the_compiled_model_runs_with_the_delegate(plugged_in: Any, movenet_with_edgetpu: Path) -> None:
    assert isinstance(runtimes.probe("edgetpu"), Available)
    model = runtimes.load("edgetpu", movenet_with_edgetpu / "edgetpu.tflite")
    assert model.name == "edgetpu"
    frame = np.zeros((1, 192, 192, 3), np.uint8)
    assert model.run([frame])[0].shape == (1, 1, 17, 3)
    plugged_in.become("failing")
    with pytest.raises(RuntimeError):
        model.run([frame])


def test_the_compiled_model_is_not_for_the_cpu(movenet_with_edgetpu: Path) -> None:
    with pytest.raises(ModelFileError, match="not for this runtime"):
        runtimes.load("litert", movenet_with_edgetpu / "edgetpu.tflite")


@pytest.mark.parametrize("size", [0, 5, 5000])
def test_a_truncated_model_is_named_with_the_fix(
    plugged_in: Any, movenet_with_edgetpu: Path, tmp_path: Path, size: int
) -> None:
    assert plugged_in.library.exists()
    cut = tmp_path / "edgetpu.tflite"
    cut.write_bytes((movenet_with_edgetpu / "edgetpu.tflite").read_bytes()[:size])
    with pytest.raises(ModelFileError, match=r"edgetpu\.tflite.*gymbox models pull"):
        runtimes.load("edgetpu", cut)


def test_a_file_that_was_not_pulled_is_named_with_the_fix(
    plugged_in: Any, movenet_with_edgetpu: Path
) -> None:
    assert plugged_in.library.exists()
    (movenet_with_edgetpu / "edgetpu.tflite").unlink()
    with pytest.raises(ModelFileError, match=r"gymbox models pull movenet --with edgetpu\.tflite"):
        load_estimator("movenet", movenet_with_edgetpu.parent, "edgetpu")


def test_auto_takes_what_has_a_file_and_works(plugged_in: Any, movenet_with_edgetpu: Path) -> None:
    folder = movenet_with_edgetpu
    assert runtimes.choose("auto", folder) == ("edgetpu", folder / "edgetpu.tflite")
    assert runtimes.choose("cpu", folder) == ("litert", folder / "cpu.tflite")
    assert load_estimator("movenet", folder.parent).runtime == "edgetpu"
    plugged_in.become("absent")
    assert runtimes.choose("auto", folder) == ("litert", folder / "cpu.tflite")
    assert load_estimator("movenet", folder.parent).runtime == "litert"
    (folder / "cpu.onnx").touch()
    (folder / "cpu.tflite").unlink()
    assert runtimes.choose("auto", folder) == ("onnx", folder / "cpu.onnx")
    (folder / "cpu.onnx").unlink()
    with pytest.raises(RuntimeUnavailableError, match="edgetpu: no Edge TPU answers"):
        runtimes.choose("auto", folder)


def test_a_model_without_a_file_for_the_runtime(movenet_with_edgetpu: Path) -> None:
    with pytest.raises(
        ModelFileError, match=r"no cpu\.onnx for the runtime onnx, only .*cpu\.tflite; choose auto"
    ):
        load_estimator("movenet", movenet_with_edgetpu.parent, "onnx")


def test_blazepose_has_no_file_for_it(tmp_path: Path) -> None:
    for runtime in ("edgetpu", "onnx"):
        with pytest.raises(RuntimeUnavailableError, match=r"litert only.* or the pose model movenet"):
            load_estimator("blazepose", tmp_path, runtime)


class PyCoral(SimpleNamespace):
    """What is used of Google's module, on LiteRT's CPU."""

    devices: list[object]

    def list_edge_tpus(self) -> list[object]:
        return self.devices

    def make_interpreter(self, path: str) -> Any:
        assert path.endswith("edgetpu.tflite")
        return litert.load_as_written(Path(path).with_name("cpu.tflite"))._interpreter


@pytest.fixture
def pycoral(monkeypatch: pytest.MonkeyPatch) -> PyCoral:
    played = PyCoral(devices=[{"type": "usb"}])
    package: Any = ModuleType("pycoral.utils")
    package.edgetpu = played
    monkeypatch.setitem(sys.modules, "pycoral", ModuleType("pycoral"))
    monkeypatch.setitem(sys.modules, "pycoral.utils", package)
    return played


def test_pycoral_is_used_where_it_is_installed(pycoral: PyCoral, movenet_with_edgetpu: Path) -> None:
    assert runtimes.probe("edgetpu") == Available("edgetpu", "pycoral")
    assert runtimes.load("edgetpu", movenet_with_edgetpu / "edgetpu.tflite").name == "edgetpu"
    pycoral.devices = []
    assert isinstance(runtimes.probe("edgetpu"), Unavailable)
    with pytest.raises(RuntimeUnavailableError, match="no Edge TPU answers"):
        edgetpu.load(movenet_with_edgetpu / "edgetpu.tflite")


def test_the_other_project_named_pycoral_is_not_taken_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycoral", ModuleType("pycoral"))
    monkeypatch.setattr(edgetpu, "LIBRARY", "libedgetpu-of-nobody.so.1")
    assert "not installed" in edgetpu.missing_library()
