"""ONNX models on the CPU, through onnxruntime."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

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

NAME = "onnx"
IR_VERSION_TAG = b"\x08"
"""An ONNX file starts with the version of its format; nothing else that gets a model's name does."""
_ERRORS_ONLY = 3
_DTYPES = {"float": "float32", "double": "float64"}


def probe() -> Probe:
    """Whether onnxruntime can be imported here."""
    try:
        onnxruntime = _onnxruntime()
    except (ImportError, OSError) as error:
        return Unavailable(NAME, f"onnxruntime does not load: {error}")
    return Available(NAME, str(onnxruntime.__version__))


def _onnxruntime() -> Any:
    """The package; its official builds tell their makers of every use unless that is forbidden before."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime  # noqa: PLC0415 - the heavy import that this file is for

    return onnxruntime


def _spec(argument: Any) -> TensorSpec:
    element = str(argument.type).removeprefix("tensor(").removesuffix(")")
    return TensorSpec(
        name=str(argument.name),
        shape=tuple(size if isinstance(size, int) else -1 for size in argument.shape),
        dtype=_DTYPES.get(element, element),
    )


class OnnxModel:
    """A loaded `.onnx` model; a side that the file leaves open has the size -1."""

    name = NAME
    trouble = ""

    def __init__(self, session: Any) -> None:
        self._session = session
        self.inputs = tuple(_spec(argument) for argument in session.get_inputs())
        self.outputs = tuple(_spec(argument) for argument in session.get_outputs())
        self._names = [spec.name for spec in self.inputs]

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Execute the model once; the arrays returned are the caller's own."""
        found: list[NDArray[Any]] = self._session.run(None, dict(zip(self._names, inputs, strict=True)))
        return found


def load(path: Path, threads: int = 1) -> OnnxModel:
    """Load an `.onnx` file.

    Raises:
        ModelFileError: missing, damaged, or needs operators that this version lacks.
    """
    onnxruntime = _onnxruntime()
    if not read_head(path, 1).startswith(IR_VERSION_TAG):
        raise ModelFileError(f"{path} is not an ONNX model; {PULL_AGAIN}")
    options = onnxruntime.SessionOptions()
    # Threads that wait for work by spinning take the cores of the cameras.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.log_severity_level = _ERRORS_ONLY
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base of their own
        raise broken_file(path, error) from error
    return OnnxModel(session)
