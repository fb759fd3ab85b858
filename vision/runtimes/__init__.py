"""Runtimes execute a model file; which of them works here is asked, not assumed.

Each runtime's library is imported inside its one file, when it is probed or loaded.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import ModuleType

    from numpy.typing import NDArray

CPU_RUNTIMES = ("litert", "onnx")
RUNTIMES = ("edgetpu", *CPU_RUNTIMES)
"""In the order in which `auto` prefers them."""
PULL_AGAIN = "pull the model again with `gymbox models pull`"
MODEL_FILES = {"edgetpu": "edgetpu.tflite", "litert": "cpu.tflite", "onnx": "cpu.onnx"}
"""What a model of one file calls its file for each runtime."""


@dataclass(frozen=True, slots=True)
class Available:
    """The runtime works on this machine."""

    runtime: str
    version: str


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The runtime does not work on this machine, and why."""

    runtime: str
    reason: str


Probe = Available | Unavailable


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, shape and element type of one input or output.

    A whole number q stands for `(q - zero_point) * scale` where the scale is not 0.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float = 0.0
    zero_point: int = 0


class Runtime(Protocol):
    """A loaded model."""

    @property
    def name(self) -> str:
        """The runtime's name."""

    @property
    def trouble(self) -> str:
        """Why another runtime than the one wanted executes it; empty when all is well."""

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What `run` takes, in order."""

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """What `run` gives, in order."""

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Execute the model once."""


class RuntimeUnavailableError(RuntimeError):
    """The asked-for runtime cannot work on this machine."""


class ModelFileError(RuntimeError):
    """A model file is missing, damaged, or not the model it should be."""


def _adapter(runtime: str) -> ModuleType:
    return importlib.import_module(f"vision.runtimes.{runtime}")  # one runtime must not drag in the others


def probe(runtime: str) -> Probe:
    """Whether a runtime works here, or the reason why not."""
    if runtime not in RUNTIMES:
        return Unavailable(runtime, f"no such runtime; choose from {', '.join(RUNTIMES)}")
    found: Probe = _adapter(runtime).probe()
    return found


def choose(runtime: str, folder: Path) -> tuple[str, Path]:
    """The runtime and the file of a model's folder to use it with.

    `auto` takes the first runtime that has a file there and works here, `cpu` the first of those without
    an accelerator, any other name that runtime alone.

    Raises:
        RuntimeUnavailableError: the runtime, or any that has a file, does not work here.
        ModelFileError: the model is there, but not for that runtime.
    """
    if runtime not in {"auto", "cpu"}:
        _require(runtime)
        path = folder / MODEL_FILES[runtime]
        others = [name for name in MODEL_FILES.values() if (folder / name).is_file()]
        if runtime in CPU_RUNTIMES and others and path.name not in others:
            present = ", ".join(others)
            raise ModelFileError(
                f"{folder} has no {path.name} for the runtime {runtime}, only {present}; choose auto"
            )
        return runtime, path
    candidates = RUNTIMES if runtime == "auto" else CPU_RUNTIMES
    reasons = []
    for name in candidates:
        path = folder / MODEL_FILES[name]
        if not path.is_file():
            continue
        found = probe(name)
        if isinstance(found, Available):
            return name, path
        reasons.append(f"{name}: {found.reason}")
    if reasons:
        raise RuntimeUnavailableError(f"no runtime for the files in {folder}: {'; '.join(reasons)}")
    return "litert", folder / MODEL_FILES["litert"]  # loading it says what is missing


def load(runtime: str, path: Path, threads: int = 1) -> Runtime:
    """Load a model file with a runtime; `auto` and `cpu` take the CPU runtime for that kind of file.

    Raises:
        RuntimeUnavailableError: the runtime does not work here.
        ModelFileError: the file cannot be used.
    """
    if runtime in {"auto", "cpu"}:
        runtime = "onnx" if path.suffix == ".onnx" else "litert"
    _require(runtime)
    model: Runtime = _adapter(runtime).load(path, threads)
    return model


def _require(runtime: str) -> None:
    found = probe(runtime)
    if isinstance(found, Unavailable):
        raise RuntimeUnavailableError(f"runtime {found.runtime}: {found.reason}")


def read_head(path: Path, size: int) -> bytes:
    """The first bytes of a model file.

    Raises:
        ModelFileError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise ModelFileError(f"cannot read model file {path}: {error.strerror}; {PULL_AGAIN}") from error


def broken_file(path: Path, error: Exception) -> ModelFileError:
    """What to raise when a runtime does not take a file."""
    reason = str(error).splitlines()[0] if str(error) else "no reason given"
    return ModelFileError(f"model file {path} is damaged or not for this runtime ({reason}); {PULL_AGAIN}")
