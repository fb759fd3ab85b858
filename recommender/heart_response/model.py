"""The heart's answer to a load: first order, quicker up than down, with a slow drift and a ceiling.

The demand of a load is `rest + gain x load + drift`, and the rate follows it with a time constant of its own
for each direction. The drift is a slow first-order share of the same demand (cardiovascular drift), as in the
second state of Cheng, Savkin, Celler, Su and Wang, "Nonlinear modeling and control of human heart rate
response during exercise with various work load intensities", IEEE Trans. Biomed. Eng. 55 (2008) 2499-2508.
First order with about a minute is what steps on a treadmill show: Hunt, Fankhauser and Saengsuwan,
"Identification of heart rate dynamics during moderate-to-vigorous treadmill exercise", BioMed. Eng. OnLine 14
(2015) 117: 58 +- 24 s, and 24 +- 8 bpm per m/s.

Loads are in any unit that is proportional to effort (km/h, W); rates in bpm, times in seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRIFT_TIME_S: Final = 600.0
"""Time constant of the drift; recordings of half an hour do not tell it from 400 or 900 s."""
CEILING_WIDTH_BPM: Final = 5.0
"""So gradually a rate that nears the person's maximum stops following the load."""


@dataclass(frozen=True, slots=True)
class Response:
    """One person's parameters.

    Attributes:
        rest_bpm: The rate that no load leads to.
        gain: Steady rise for each unit of load, in bpm.
        rise_s: Time constant while the rate climbs.
        fall_s: Time constant while it falls.
        drift: Share of the rise that is added slowly while the load lasts.
        ceiling_bpm: The rate that no load exceeds.
    """

    rest_bpm: float
    gain: float
    rise_s: float
    fall_s: float
    drift: float
    ceiling_bpm: float

    def steady_bpm(self, load: float) -> float:
        """The rate that a load leads to in a few minutes, before any drift."""
        return float(bounded(np.asarray(self.rest_bpm + self.gain * load), np.asarray(self.ceiling_bpm)))

    def load_for(self, bpm: float) -> float:
        """The load whose steady rate this is, never negative; `set_points` adds what is safe.

        Raises:
            ValueError: The rate is at or above the person's ceiling, where no load leads to.
        """
        if not bpm < self.ceiling_bpm:
            raise ValueError(f"{bpm:g} bpm is not below this person's ceiling of {self.ceiling_bpm:.0f} bpm")
        # The inverse of the soft ceiling.
        below = -CEILING_WIDTH_BPM * np.log(np.expm1((self.ceiling_bpm - bpm) / CEILING_WIDTH_BPM))
        return max(0.0, float(self.ceiling_bpm + below - self.rest_bpm) / self.gain)


def simulate(
    parameters: NDArray[np.float64],
    times_s: NDArray[np.float64],
    loads: NDArray[np.float64],
    start_bpm: float,
) -> NDArray[np.float64]:
    """The rates of several persons at once under one load.

    Args:
        parameters: (persons, 6) in the order of `Response`.
        times_s: (n,) rising.
        loads: (n,); each holds from its own time to the next.
        start_bpm: The rate at the first time.

    Returns:
        (persons, n) in bpm.
    """
    rest, gain, rise_s, fall_s, drift, ceiling = parameters.T
    lifts = gain * loads[:, None]
    steps_s = np.diff(times_s)[:, None]
    kept_rising, kept_falling = np.exp(-steps_s / rise_s), np.exp(-steps_s / fall_s)
    kept_drift = np.exp(-steps_s / DRIFT_TIME_S)
    rates = np.empty((len(times_s), len(parameters)))
    rates[0] = now = np.full(len(parameters), start_bpm)
    slow = np.zeros(len(parameters))
    for step in range(len(steps_s)):
        demand = bounded(rest + lifts[step] + slow, ceiling)
        now = demand + (now - demand) * np.where(demand > now, kept_rising[step], kept_falling[step])
        aim = drift * lifts[step]
        slow = aim + (slow - aim) * kept_drift[step]
        rates[step + 1] = now
    return rates.T


def bounded(demand: NDArray[np.float64], ceiling: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rates that demands lead to, in bpm: they near the ceiling and never pass it."""
    room = (ceiling - demand) / CEILING_WIDTH_BPM
    rates: NDArray[np.float64] = ceiling - CEILING_WIDTH_BPM * np.logaddexp(0.0, room)
    return rates
