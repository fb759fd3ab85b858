"""The process that an accelerator's library runs in, so that a call which does not return can be ended.

`vision.runtimes.remote` starts it with the arguments DESCRIPTOR PARENT RUNTIME FILE THREADS.
It says `Ready` or `Refused`, then answers every list of arrays with a list of arrays, or with `Refused`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vision import runtimes

if TYPE_CHECKING:
    from vision.runtimes import Runtime, TensorSpec

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Ready:
    """The model is loaded and has run once."""

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The model cannot be loaded or executed; the process ends."""

    reason: str


def serve(connection: Connection[Any, Any], runtime: str, path: Path, threads: int) -> None:
    """Load the model and execute it as often as asked, until the other side hangs up."""
    try:
        model = runtimes.load(runtime, path, threads)
        model.run([np.zeros(spec.shape, spec.dtype) for spec in model.inputs])  # the first run takes longest
        connection.send(Ready(model.inputs, model.outputs))
        _answer(connection, model)
    except (EOFError, OSError):  # whoever asked is gone
        return
    except Exception as error:  # noqa: BLE001 - whatever the library raises is told; the process ends
        connection.send(Refused(str(error) or type(error).__name__))


def _answer(connection: Connection[Any, Any], model: Runtime) -> None:
    while True:
        connection.send(model.run(connection.recv()))


def _end_with(parent: int) -> None:
    """Be killed with the parent even inside a call that does not return."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def main() -> None:
    """Take what the parent wrote on the command line."""
    descriptor, parent, runtime, path, threads = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _end_with(int(parent))
    with Connection(int(descriptor)) as connection:
        serve(connection, runtime, Path(path), int(threads))
