"""LiteRT: TensorFlow Lite models on the CPU."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.runtimes import (
    PULL_AGAIN,
    Available,
    ModelFileError,
    Probe,
    TensorSpec,
    Unavailable,
    broken_file,
    read_head,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.runtimes import Runtime

NAME = "litert"
FLATBUFFER_MARK = b"TFL3"
MARK_AT = slice(4, 8)


def probe() -> Probe:
    """Whether LiteRT can be imported here."""
    try:
        import ai_edge_litert.interpreter  # noqa: F401, PLC0415 - the heavy import that this file is for
    except (ImportError, OSError) as error:
        return Unavailable(NAME, f"ai-edge-litert does not load: {error}")
    return Available(NAME, importlib.metadata.version("ai-edge-litert"))


def _spec(detail: dict[str, Any]) -> TensorSpec:
    scale, zero_point = detail["quantization"]
    return TensorSpec(
        name=str(detail["name"]),
        shape=tuple(int(size) for size in detail["shape"]),
        dtype=np.dtype(detail["dtype"]).name,
        scale=float(scale),
        zero_point=int(zero_point),
    )


class LiteRtModel:
    """A loaded `.tflite` model."""

    trouble = ""

    def __init__(self, interpreter: Any, name: str = NAME) -> None:
        """Take over an interpreter whose tensors are allocated, on behalf of the runtime of that name."""
        self.name = name
        self._interpreter = interpreter
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        self.inputs = tuple(_spec(detail) for detail in inputs)
        self.outputs = tuple(_spec(detail) for detail in outputs)
        self._input_indices = [int(detail["index"]) for detail in inputs]
        self._output_indices = [int(detail["index"]) for detail in outputs]

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Execute the model once; the arrays returned are the caller's own."""
        for index, array in zip(self._input_indices, inputs, strict=True):
            self._interpreter.set_tensor(index, array)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._output_indices]


def check_file(path: Path) -> None:
    """Whether a file can be a model of TensorFlow Lite at all.

    Raises:
        ModelFileError: it cannot.
    """
    if read_head(path, MARK_AT.stop)[MARK_AT] != FLATBUFFER_MARK:
        raise ModelFileError(f"{path} is not a TensorFlow Lite model; {PULL_AGAIN}")


def load_delegate(library: str) -> Any:
    """Load a delegate from a shared library that is known to have one; raises ValueError or RuntimeError."""
    from ai_edge_litert.interpreter import load_delegate as load_it  # noqa: PLC0415 - the heavy import of this file

    return load_it(library)


def load(path: Path, threads: int = 1) -> Runtime:
    """Load a `.tflite` file as a CPU computes it best.

    Raises:
        ModelFileError: missing, damaged, or needs operators that this machine lacks.
    """
    model = load_as_written(path, threads)
    takes_bytes = [spec.dtype for spec in model.inputs] == ["uint8"]
    return _prepared(model, path.read_bytes(), threads) if takes_bytes else model


def load_as_written(path: Path, threads: int = 1, *, delegate: Any = None, name: str = NAME) -> LiteRtModel:
    """Load a `.tflite` file operator by operator, with what a delegate claims of it running there.

    Raises:
        ModelFileError: missing, damaged, or needs operators that this machine lacks.
    """
    check_file(path)
    delegates = None if delegate is None else [delegate]
    try:
        return _allocated(name, model_path=str(path), num_threads=threads, experimental_delegates=delegates)
    except (ValueError, RuntimeError) as error:
        raise broken_file(path, error) from error


def _prepared(model: LiteRtModel, content: bytes, threads: int) -> Runtime:
    """A model of pictures as a CPU does best with it; the same model where nothing is to be gained."""
    from vision.runtimes.litert import entrance, floats, gather, model_file  # noqa: PLC0415 - as heavy, for few models

    network = model_file.read(content)
    in_floats = floats.are_quicker_here() and floats.compute_in_floats(network)
    gathers_first = gather.gather_first(network)
    parts = entrance.cut(network)
    if parts is not None:
        first, rest = (
            _allocated(model.name, model_content=part, num_threads=threads)
            for part in (parts.entrance, parts.rest)
        )
        return entrance.Tabled(first, rest)
    if in_floats or gathers_first:
        return _allocated(model.name, model_content=model_file.write(network), num_threads=threads)
    return model


def _allocated(name: str, **of_what: Any) -> LiteRtModel:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - the heavy import that this file is for

    interpreter = Interpreter(**of_what)
    interpreter.allocate_tensors()
    return LiteRtModel(interpreter, name)
