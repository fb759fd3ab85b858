"""Load and heart rate of one session, averaged to the steps of the fit. Pure: samples in, a recording out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from recommender.heart_response.fitting import STEP_S
from recommender.heart_response.recording import HIGHEST_BPM, LOWEST_BPM, Recording

MOST_S: Final = 7200.0
"""What comes later is not kept; nobody learns anything new of a heart in the third hour."""
LEAST_S: Final = 120.0
"""With less of rate and movement together nothing is learned: somebody only stepped on."""
BRIDGED_S: Final = 30.0
"""For so long a machine that falls silent is taken to go on as it did."""
MOST_LOAD: Final = 2000.0
"""More is no load in any unit, but a garbled frame."""
RECOVERY_S: Final = 180.0
"""So long after the last movement a rate tells how the heart comes down; later, of something else."""

_STEPS: Final = int(MOST_S / STEP_S)


class Series:
    """One session's samples; never more than two hours of them, in a fixed size."""

    def __init__(self) -> None:
        self._loads = _Means()
        self._rates = _Means()

    def add(self, at_s: float, load: float | None, bpm: float | None) -> None:
        """Take what is known at a moment.

        Args:
            at_s: since the series began, in any order.
            load: in one unit throughout; None when it is not known, and what no machine asks counts as that.
            bpm: None when it is not known, and what no heart does counts as that.
        """
        if not 0.0 <= at_s < MOST_S:
            return
        step = int(at_s / STEP_S)
        if load is not None and 0.0 <= load <= MOST_LOAD:
            self._loads.add(step, load)
        if bpm is not None and LOWEST_BPM <= bpm <= HIGHEST_BPM:
            self._rates.add(step, bpm)

    def recording(self) -> Recording | None:
        """What can be learned from: the longest stretch of known load, with the rates that it explains.

        Its load is known throughout, and it begins and ends with a rate. None when there is too little.
        """
        loads, rates = _bridged(self._loads.means()), self._rates.means()
        stretch = _longest(np.isfinite(loads) & (loads > 0.0), np.isfinite(loads))
        loads, rates = loads[stretch], rates[stretch]
        moving = loads > 0.0
        rates = np.where(_lasting(moving, RECOVERY_S), rates, np.nan)
        known = np.isfinite(rates)
        if np.count_nonzero(known & moving) * STEP_S < LEAST_S:
            return None
        first, last = np.flatnonzero(known)[[0, -1]]
        used = slice(first, last + 1)
        return Recording(np.arange(last + 1 - first) * STEP_S, loads[used], rates[used])


class _Means:
    """Means of what came in each step."""

    def __init__(self) -> None:
        self._sums = np.zeros(_STEPS)
        self._counts = np.zeros(_STEPS, np.int32)

    def add(self, step: int, value: float) -> None:
        self._sums[step] += value
        self._counts[step] += 1

    def means(self) -> NDArray[np.float64]:
        """(steps,), NaN where nothing came."""
        means = np.full(_STEPS, np.nan)
        np.divide(self._sums, self._counts, out=means, where=self._counts > 0)
        return means


def _latest(true: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Which step it was true in last, for each; one long before the first step when it never was."""
    latest: NDArray[np.intp] = np.maximum.accumulate(np.where(true, np.arange(len(true)), -_STEPS))
    return latest


def _lasting(true: NDArray[np.bool_], for_s: float) -> NDArray[np.bool_]:
    """Whether it is true, or was not longer ago than that."""
    lasting: NDArray[np.bool_] = (np.arange(len(true)) - _latest(true)) * STEP_S <= for_s
    return lasting


def _bridged(loads: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.isfinite(loads)
    held = loads[np.maximum(_latest(known), 0)]
    return np.where(_lasting(known, BRIDGED_S), held, np.nan)


def _longest(moving: NDArray[np.bool_], known: NDArray[np.bool_]) -> slice:
    """The stretch of known steps with most movement in it; an empty one when nothing is known."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]])))
    stretches = [slice(begin, end) for begin, end in edges.reshape(-1, 2).tolist()]
    return max(stretches, key=lambda each: np.count_nonzero(moving[each]), default=slice(0, 0))
