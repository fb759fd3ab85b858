"""Runtimes execute a model file; which of them works here is asked, not assumed.

Each runtime's library is imported inside its one file, when it is probed or loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

RUNTIMES = ("litert",)


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
    """Name, shape and element type of one input or output."""

    name: str
    shape: tuple[int, ...]
    dtype: str


class Runtime(Protocol):
    """A loaded model."""

    @property
    def name(self) -> str:
        """The runtime's name."""

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


def probe(runtime: str) -> Probe:
    """Whether a runtime works here, or the reason why not."""
    if runtime == "litert":
        from vision.runtimes import litert  # noqa: PLC0415 - one runtime must not drag in the others

        return litert.probe()
    if runtime in {"onnx", "edgetpu"}:
        return Unavailable(runtime, "not built into this version; choose litert")
    return Unavailable(runtime, f"no such runtime; choose from {', '.join(RUNTIMES)}")


def load(runtime: str, path: Path, threads: int = 1) -> Runtime:
    """Load a model file with a runtime; `auto` takes the first that works.

    Raises:
        RuntimeUnavailableError: the runtime does not work here.
        ModelFileError: the file cannot be used.
    """
    from vision.runtimes import litert  # noqa: PLC0415 - one runtime must not drag in the others

    found = probe("litert" if runtime == "auto" else runtime)
    if isinstance(found, Unavailable):
        raise RuntimeUnavailableError(f"runtime {found.runtime}: {found.reason}")
    return litert.load(path, threads)
