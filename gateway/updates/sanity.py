"""What a version that has just been taken does with live questions: counted while it is on trial."""

import threading
from typing import Final

import numpy as np

from gateway.inference.witnesses import Answered
from gateway.updates.probe import FORMS

_MORE_CLAMPED: Final = 0.25
# Of fewer answers, a share says little.
_LEAST_ROWS: Final = 20


class LiveSanity:
    """A witness of one version of a model; safe from any thread."""

    def __init__(self, name: str, version: str, *, usual_share: float) -> None:
        """`usual_share` of the answers of the version before lay at the limits of what can be, or beyond."""
        self._name = name
        self._version = version
        self._usual_share = usual_share
        self._lock = threading.Lock()
        self._rows = self._failed = self._not_finite = self._clamped = 0

    def heard(self, answered: Answered) -> None:
        """Take note of a question and its answer."""
        if (answered.name, answered.version) != (self._name, self._version):
            return
        answer = answered.answer
        with self._lock:
            if answer is None:
                self._failed += 1
            elif not np.isfinite(answer).all():
                self._not_finite += 1
            else:
                self._rows += len(answer)
                self._clamped += FORMS[self._name].clamped(answer)

    def problem(self) -> str:
        """What speaks against the version so far; empty while nothing does."""
        with self._lock:
            if self._failed:
                return f"it failed on {self._failed} live questions"
            if self._not_finite:
                return f"it answered {self._not_finite} live questions with what is no number"
            share = self._clamped / self._rows if self._rows >= _LEAST_ROWS else 0.0
        if share > self._usual_share + _MORE_CLAMPED:
            usual = f"{self._usual_share:.0%}"
            return f"{share:.0%} of its live answers are at the limits of what can be; before it were {usual}"
        return ""
