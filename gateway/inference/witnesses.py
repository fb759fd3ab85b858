"""Who is told of every question that a model was asked, and of the answer."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gateway.inference.tensors import Tensors

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """One question and its answer.

    Attributes:
        name: of the model.
        version: that was asked.
        inputs: by name, a row for each person; shared with who asks, so never to be changed.
        answer: (rows, width) as the network says it; None when it failed.
        duration_s: how long it took.
    """

    name: str
    version: str
    inputs: Tensors
    answer: NDArray[np.floating[Any]] | None
    duration_s: float


Witness = Callable[[Answered], None]


class Witnesses:
    """Tells all who want to know, on the thread of who asks; safe from any thread.

    A witness must be quick, and must not raise: who asks has nothing to do with it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: tuple[Witness, ...] = ()
        self.failed = 0

    def add(self, witness: Witness) -> Callable[[], None]:
        """Tell one more from now on; returns what ends that."""
        with self._lock:
            self._all = (*self._all, witness)

        def remove() -> None:
            with self._lock:
                self._all = tuple(each for each in self._all if each is not witness)

        return remove

    def tell(self, answered: Answered) -> None:
        """Tell all."""
        for witness in self._all:
            try:
                witness(answered)
            except Exception:  # noqa: BLE001 - must not reach who asks; logged and counted
                self.failed += 1
                _log.exception("who watches the model %s failed", answered.name)
