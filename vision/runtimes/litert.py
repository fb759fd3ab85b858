"""LiteRT: TensorFlow Lite models on the CPU."""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.runtimes import Available, ModelFileError, Probe, TensorSpec, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

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
    return TensorSpec(
        name=str(detail["name"]),
        shape=tuple(int(size) for size in detail["shape"]),
        dtype=np.dtype(detail["dtype"]).name,
    )


class LiteRtModel:
    """A loaded `.tflite` model."""

    name = NAME

    def __init__(self, interpreter: Any, path: Path) -> None:
        self._interpreter = interpreter
        self._path = path
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


def _check_file(path: Path) -> None:
    fix = "pull the model again with `gymbox models pull`"
    try:
        with path.open("rb") as file:
            head = file.read(MARK_AT.stop)
    except OSError as error:
        raise ModelFileError(f"cannot read model file {path}: {error.strerror}; {fix}") from error
    if head[MARK_AT] != FLATBUFFER_MARK:
        raise ModelFileError(f"{path} is not a TensorFlow Lite model; {fix}")


def load(path: Path, threads: int = 1) -> LiteRtModel:
    """Load a `.tflite` file.

    Raises:
        ModelFileError: missing, damaged, or needs operators that this machine lacks.
    """
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415 - the heavy import that this file is for

    _check_file(path)
    try:
        interpreter = Interpreter(model_path=str(path), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise ModelFileError(
            f"model file {path} is damaged or not for this runtime ({reason}); "
            "pull the model again with `gymbox models pull`"
        ) from error
    return LiteRtModel(interpreter, path)
