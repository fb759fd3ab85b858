"""A model's folder, checked and loaded. The only file of the room that knows onnxruntime."""

from __future__ import annotations

import hashlib
import os
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from recommender.features import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MANIFEST_FILE: Final = "model.toml"
ONNX_FILE: Final = "cpu.onnx"
FEATURES_KEY: Final = "features"
"""Under this name the file itself says which features it was trained on, in their order."""
MOST_BYTES: Final = 16 * 1024 * 1024
"""Hundreds of times what these networks need."""
WHAT_TO_DO: Final = "remove the folder, or write it anew with `gymbox models train-recommender`"
_ERRORS_ONLY: Final = 3


class ModelRefused(RuntimeError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A model cannot be used; the text says what is wrong, where, and what to do."""

    def __init__(self, place: Path, reason: str) -> None:
        super().__init__(f"model {place}: {reason}; {WHAT_TO_DO}")


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a model file; the number of rows is open.

    Attributes:
        name: inside of the file.
        dtype: of its elements.
        width: of a row; None when a row is one number.
    """

    name: str
    dtype: Literal["float", "int64"]
    width: int | None = None


@dataclass(frozen=True, slots=True)
class OnnxModel:
    """A loaded model; any number of threads may share it.

    Attributes:
        folder: where it lies.
        version: as its `model.toml` says.
        metadata: what was written into the file beside the network.
        session: of onnxruntime.
    """

    folder: Path
    version: str
    metadata: Mapping[str, str]
    session: Any

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
        """Its only output, for inputs by name."""
        said: NDArray[np.float32] = self.session.run(None, dict(inputs))[0]
        return said


def load(folder: Path, *, task: str, inputs: Sequence[Tensor], output: Tensor) -> OnnxModel:
    """Load a folder that holds a model of a task, with these inputs and this output.

    Raises:
        ModelRefused: a file is missing or damaged, or it is another model.
    """
    manifest = _manifest(folder, task)
    content = _content(folder / ONNX_FILE, manifest)
    session = _session(folder / ONNX_FILE, content)
    _require_alike(folder / ONNX_FILE, session, inputs, output)
    metadata = dict(session.get_modelmeta().custom_metadata_map)
    if metadata.get(FEATURES_KEY) != ",".join(FEATURE_NAMES):
        raise ModelRefused(folder / ONNX_FILE, f"was trained on other features: {metadata.get(FEATURES_KEY)}")
    return OnnxModel(folder, str(manifest["version"]), metadata, session)


def _manifest(folder: Path, task: str) -> dict[str, Any]:
    path = folder / MANIFEST_FILE
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ModelRefused(path, f"cannot be read ({error.strerror})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ModelRefused(path, f"is not TOML ({error})") from error
    missing = {"task", "version", "files"} - document.keys()
    if missing:
        raise ModelRefused(path, f"does not say {', '.join(sorted(missing))}")
    if document["task"] != task:
        raise ModelRefused(path, f"is a model for the task {document['task']}, not {task}")
    return document


def _content(path: Path, manifest: Mapping[str, Any]) -> bytes:
    """The file's bytes, when they are the ones that the manifest tells of."""
    try:
        expected = {entry["name"]: entry["sha256"] for entry in manifest["files"]}[path.name]
    except (KeyError, TypeError) as error:
        raise ModelRefused(path.parent / MANIFEST_FILE, f"does not list {path.name}") from error
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ModelRefused(path, f"cannot be read ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != expected:
        raise ModelRefused(path, f"is damaged: its digest is not the one in {MANIFEST_FILE}")
    return content


def _session(path: Path, content: bytes) -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # else it tells its makers of its use
    import onnxruntime  # noqa: PLC0415 - the heavy import that this file is for

    options = onnxruntime.SessionOptions()
    # Threads that wait for work by spinning take the cores of the cameras.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    # Networks this small answer no quicker when they are rewritten, and load in half of the time as they are.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its errors have no common base of their own
        reason = str(error).splitlines()[0] if str(error) else "no reason given"
        raise ModelRefused(path, f"is no model that onnxruntime takes ({reason})") from error


def _require_alike(path: Path, session: Any, inputs: Sequence[Tensor], output: Tensor) -> None:
    for kind, wanted, found in (
        ("inputs", inputs, session.get_inputs()),
        ("outputs", [output], session.get_outputs()),
    ):
        expected = sorted((each.name, f"tensor({each.dtype})", each.width) for each in wanted)
        given = sorted((each.name, each.type, _width(each.shape)) for each in found)
        if given != expected:
            raise ModelRefused(path, f"has the {kind} {_listed(given)}, not {_listed(expected)}")


def _width(shape: Sequence[object]) -> object:
    """None for (n,), k for (n, k); the shape itself when it is neither or the number of rows is fixed."""
    if len(shape) not in {1, 2} or isinstance(shape[0], int):
        return tuple(shape)
    return shape[1] if len(shape) > 1 else None


def _listed(tensors: Sequence[tuple[str, str, object]]) -> str:
    return ", ".join(f"{name} {dtype} of width {width or 1}" for name, dtype, width in tensors)
