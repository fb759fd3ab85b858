"""ONNX on a model of one addition, written byte by byte."""

import sys
from pathlib import Path

import numpy as np
import pytest

from vision import runtimes
from vision.runtimes import Available, ModelFileError, Unavailable

FLOAT = 1


def field(number: int, value: int | bytes) -> bytes:
    """A field of a protobuf message; every length here fits one byte."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def tensor(name: bytes, *sides: int | bytes) -> bytes:
    shape = b"".join(field(1, field(1 if isinstance(side, int) else 2, side)) for side in sides)
    return field(1, name) + field(2, field(1, field(1, FLOAT) + field(2, shape)))


def addition(*sides: int | bytes) -> bytes:
    """The model sum = a + b."""
    node = field(1, b"a") + field(1, b"b") + field(2, b"sum") + field(4, b"Add")
    inputs = field(11, tensor(b"a", *sides)) + field(11, tensor(b"b", *sides))
    graph = field(1, node) + field(2, b"g") + inputs + field(12, tensor(b"sum", *sides))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cpu.onnx"
    path.write_bytes(addition(1, 3))
    return path


def test_onnx_is_available_with_its_version() -> None:
    found = runtimes.probe("onnx")
    assert isinstance(found, Available)
    assert found.version[0].isdigit()


def test_a_missing_library_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    found = runtimes.probe("onnx")
    assert isinstance(found, Unavailable)
    assert "onnxruntime does not load" in found.reason


@pytest.mark.parametrize("runtime", ["onnx", "auto", "cpu"])
def test_a_model_tells_its_shapes_and_runs(file: Path, runtime: str) -> None:
    model = runtimes.load(runtime, file, threads=2)
    assert model.name == "onnx"
    assert [(spec.name, spec.shape, spec.dtype) for spec in model.inputs] == [
        ("a", (1, 3), "float32"),
        ("b", (1, 3), "float32"),
    ]
    first = np.array([[1, 2, 3]], np.float32)
    (found,) = model.run([first, 2 * first])
    assert found.tolist() == [[3, 6, 9]]
    assert model.outputs[0].shape == found.shape


def test_an_open_side_has_the_size_minus_one(file: Path) -> None:
    file.write_bytes(addition(b"n", 3))
    assert runtimes.load("onnx", file).inputs[0].shape == (-1, 3)


def test_too_few_inputs_are_an_error(file: Path) -> None:
    with pytest.raises(ValueError, match="zip"):
        runtimes.load("onnx", file).run([])


def test_nothing_spins_and_threads_are_what_was_asked(file: Path) -> None:
    options = runtimes.load("onnx", file, threads=3)._session.get_session_options()  # type: ignore[attr-defined]
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (3, 1)
    assert options.execution_mode.name == "ORT_SEQUENTIAL"


@pytest.mark.parametrize("size", [0, 2, 20, 60])
def test_a_truncated_model_is_named_with_the_fix(file: Path, size: int) -> None:
    file.write_bytes(addition(1, 3)[:size])
    with pytest.raises(ModelFileError, match=r"cpu\.onnx.*gymbox models pull"):
        runtimes.load("onnx", file)


def test_a_missing_model_is_named_with_the_fix(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"No such file.*gymbox models pull"):
        runtimes.load("onnx", tmp_path / "cpu.onnx")


def test_a_file_that_is_no_model(file: Path) -> None:
    file.write_text("<html>404 not found</html>")
    with pytest.raises(ModelFileError, match="not an ONNX model"):
        runtimes.load("onnx", file)


def test_an_operator_that_nobody_knows(file: Path) -> None:
    file.write_bytes(addition(1, 3).replace(b"Add", b"Adx"))
    with pytest.raises(ModelFileError, match="not for this runtime"):
        runtimes.load("onnx", file)
