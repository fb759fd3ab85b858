"""A version beside the one that works: it is asked the same, nobody hears its answers, and figures are kept.

What somebody was asked never leaves the box, nor do answers; only how far the two are apart on average, how
often the newcomer failed, and how long it took.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from gateway.inference.recommenders import ServedModel
from gateway.inference.tensors import MAX_ROWS
from gateway.inference.witnesses import Answered
from gateway.updates.probe import FORMS, ProbeFailed, raw

if TYPE_CHECKING:
    from numpy.typing import NDArray

_log = logging.getLogger(__name__)

# Seconds of the busiest gym; what comes while it is full is not compared, and counted.
_MOST_WAITING: Final = 64
_STOP_S: Final = 2.0
_DECIMALS: Final = 4


class Beside:
    """Asks a challenger what the champion is asked, on a thread of its own."""

    def __init__(self, challenger: ServedModel, *, now_s: Callable[[], float] = time.perf_counter) -> None:
        self.challenger: Final = challenger
        self._form = FORMS[challenger.name]
        self._now_s = now_s
        self._waiting: queue.Queue[Answered | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._lock = threading.Lock()
        self._asked = self._questions = self._failures = self._left_out = 0
        self._apart: NDArray[np.float64] = np.zeros(len(self._form.names))
        self._new_s = self._old_s = 0.0
        self._thread = threading.Thread(target=self._run, name=f"beside-{challenger.name}", daemon=True)

    def start(self) -> None:
        """Begin to ask."""
        self._thread.start()

    def stop(self) -> None:
        """End; what waits is forgotten."""
        while True:
            try:
                self._waiting.put_nowait(None)
                break
            except queue.Full:
                self._take()
        self._thread.join(_STOP_S)

    def heard(self, answered: Answered) -> None:
        """Take note of a question to a served version of the model; never waits.

        Made-up people that an explanation asks for by the thousand are left out.
        """
        if answered.name != self.challenger.name or answered.version == self.challenger.version:
            return
        if answered.answer is None or len(answered.answer) > MAX_ROWS:
            return
        try:
            self._waiting.put_nowait(answered)
        except queue.Full:
            with self._lock:
                self._left_out += 1

    def figures(self) -> dict[str, Any]:
        """How the two compare since it began: rows that both answered, and what the newcomer made of them."""
        with self._lock:
            figures: dict[str, Any] = {
                "asked": self._asked,
                "failures": self._failures,
                "left_out": self._left_out,
            }
            if self._asked:
                means = np.round(self._apart / self._asked, _DECIMALS).tolist()
                figures["mean_absolute_difference"] = dict(zip(self._form.names, means, strict=True))
                figures["latency_ratio"] = round(self._new_s / max(self._old_s, 1e-9), 3)
                slower_ms = 1000 * (self._new_s - self._old_s) / self._questions
                figures["slower_ms"] = round(slower_ms, _DECIMALS)
        return figures

    def _run(self) -> None:
        while (answered := self._waiting.get()) is not None:
            self._compare(answered)

    def _take(self) -> None:
        try:
            self._waiting.get_nowait()
        except queue.Empty:
            return

    def _compare(self, answered: Answered) -> None:
        assert answered.answer is not None  # noqa: S101 - `heard` lets no other in
        begun_s = self._now_s()
        try:
            said = raw(self.challenger, answered.inputs)
        except ProbeFailed as error:
            _log.warning("the version beside %s: %s", answered.name, error)
            with self._lock:
                self._failures += len(answered.answer)
            return
        duration_s = self._now_s() - begun_s
        apart = np.abs(self._form.clipped(said) - self._form.clipped(answered.answer)).sum(axis=0)
        with self._lock:
            self._asked += len(said)
            self._questions += 1
            self._apart = self._apart + apart
            self._new_s += duration_s
            self._old_s += answered.duration_s
