"""A model on an accelerator, with the same model on the CPU ready to take over between two frames.

The accelerator runs in a process of its own. When it raises, ends or misses its deadline, that process is
killed, the frame in hand goes to the CPU, and a new one is tried now and then until it works again.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from vision import runtimes
from vision.runtimes import MODEL_FILES, edgetpu
from vision.runtimes.failover_policy import FailoverPolicy
from vision.runtimes.remote import AcceleratorLostError, RemoteModel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.runtimes import Runtime, TensorSpec
    from vision.runtimes.worker import Ready

logger = logging.getLogger(__name__)


class Accelerated(Protocol):
    """What is needed of the accelerator's process."""

    def ready(self) -> Ready | None:
        """What it loaded, or None while it loads."""

    def run(self, inputs: Sequence[NDArray[Any]], deadline_s: float) -> list[NDArray[Any]]:
        """Execute the model once."""

    def close(self) -> object:
        """End it."""


class FailoverModel:
    """Runs on the CPU until the accelerator is ready, and whenever it is not. For one thread."""

    def __init__(
        self,
        *,
        runtime: str,
        standby: Runtime,
        launch: Callable[[], Accelerated],
        asked: bool,
        policy: FailoverPolicy | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`launch` starts the accelerator without waiting; unless `asked` for, only its loss is trouble."""
        self._runtime = runtime
        self._standby = standby
        self._launch = launch
        self._missed = asked
        self._policy = policy or FailoverPolicy()
        self._clock = clock
        self._remote: Accelerated | None = None
        self._launched_s = 0.0
        self._works = False
        self.trouble = ""

    @property
    def name(self) -> str:
        """The runtime that executes the model now."""
        return self._runtime if self._works else self._standby.name

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """What `run` takes, in order."""
        return self._standby.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """What `run` gives, in order."""
        return self._standby.outputs

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Execute the model once, wherever it works."""
        try:
            remote = self._working()
            if remote is not None:
                started_s = self._clock()
                found = remote.run(inputs, self._policy.deadline_s)
                self._policy.answered(self._clock() - started_s)
                return found
        except (AcceleratorLostError, OSError) as error:
            self._demote(str(error))
        return self._standby.run(inputs)

    def _working(self) -> Accelerated | None:
        """The accelerator if it works; starts it when it is time, and never waits for it."""
        now_s = self._clock()
        if self._remote is None:
            if self._policy.may_start(now_s):
                self._launched_s = now_s
                self._remote = self._launch()
            return None
        if not self._works:
            self._works = self._has_loaded(self._remote, now_s)
        return self._remote if self._works else None

    def _has_loaded(self, remote: Accelerated, now_s: float) -> bool:
        loaded = remote.ready()
        if loaded is None:
            start_s = self._policy.limits.start_s
            if now_s - self._launched_s > start_s:
                raise AcceleratorLostError(f"it did not load the model within {start_s:.0f} s")
            return False
        if (_sizes(loaded.inputs), _sizes(loaded.outputs)) != (_sizes(self.inputs), _sizes(self.outputs)):
            raise AcceleratorLostError("its file is of another model than the one for the CPU")
        logger.info("Poses run on %s", self._runtime)
        self._policy.promoted(now_s)
        self._missed, self.trouble = True, ""
        return True

    def _demote(self, reason: str) -> None:
        if self._remote is not None:
            self._remote.close()
        self._remote, self._works = None, False
        self._policy.failed(self._clock())
        if self._missed:
            trouble = f"{self._runtime} failed ({reason}); poses run on the CPU with {self._standby.name}"
            if trouble != self.trouble:
                logger.warning("%s", trouble)
            self.trouble = trouble


def _sizes(specs: Sequence[TensorSpec]) -> list[tuple[tuple[int, ...], str]]:
    return [(spec.shape, spec.dtype) for spec in specs]


def load(runtime: str, folder: Path, threads: int = 1) -> tuple[Runtime, Path]:
    """Load a model's folder like `runtimes.choose` and `runtimes.load`, but lean on no accelerator.

    What is wrong with the accelerator or with its file is the model's `trouble`. The path is that of the
    file that runs on the CPU.

    Raises:
        RuntimeUnavailableError: nothing on the CPU can execute the model.
        ModelFileError: the file for the CPU cannot be used.
    """
    compiled = folder / MODEL_FILES[edgetpu.NAME]
    hopeful = runtime == "auto" and compiled.is_file() and not edgetpu.missing_library()
    chosen, path = runtimes.choose("cpu" if runtime in {"auto", edgetpu.NAME} else runtime, folder)
    model = runtimes.load(chosen, path, threads)
    if runtime != edgetpu.NAME and not hopeful:
        return model, path
    launch = partial(RemoteModel, edgetpu.NAME, compiled, threads)
    asked = runtime == edgetpu.NAME
    return FailoverModel(runtime=edgetpu.NAME, standby=model, launch=launch, asked=asked), path
