"""What a heart will do under a planned load, going on from what it does now."""

from __future__ import annotations

from dataclasses import astuple
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.fitting import STEP_S, UNITS, fit, is_enough
from recommender.heart_response.model import simulate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from recommender.heart_response.fitting import Belief, Unit
    from recommender.heart_response.recording import Recording

RECENT_S: Final = 20.0
"""How far the rate is off the model now is judged over this time."""
LOOKED_AT_MOST: Final = 40
"""Recordings by which the unit of a whole file is told."""
FORGOTTEN_S: Final = 300.0
"""Time constant with which that difference is taken to vanish."""


def predict(belief: Belief, recording: Recording, *, corrected: bool = True) -> NDArray[np.float64]:
    """The rates at every time of a recording; those that it holds say where the heart is.

    Args:
        belief: Of this person.
        recording: Rates known up to now, and NaN from there on; loads throughout.
        corrected: Go on from how far the rate is off the model now.

    Returns:
        (n,) in bpm: the model where rates are known, the forecast after.
    """
    grid = recording.resampled(STEP_S)
    known = np.flatnonzero(np.isfinite(grid.rates_bpm))
    response = belief.response
    start_bpm = float(grid.rates_bpm[known[0]]) if len(known) else response.rest_bpm
    parameters = np.array([astuple(response)])
    rates = simulate(parameters, grid.times_s, grid.loads, start_bpm)[0]
    if corrected and len(known):
        last_s = grid.times_s[known[-1]]
        recent = known[grid.times_s[known] > last_s - RECENT_S]
        off = float(np.mean(grid.rates_bpm[recent] - rates[recent]))
        ahead_s = np.maximum(grid.times_s - last_s, 0.0)
        rates = rates + np.where(grid.times_s > last_s, off * np.exp(-ahead_s / FORGOTTEN_S), 0.0)
    predicted: NDArray[np.float64] = np.interp(recording.times_s, grid.times_s, rates)
    return predicted


def likeliest_unit(recordings: Iterable[Recording], units: Sequence[Unit] = UNITS) -> Unit:
    """The unit that loads are most probably in: the one in which these rates are the least strange."""
    looked_at = list(islice(filter(is_enough, recordings), LOOKED_AT_MOST))
    return min(units, key=lambda unit: sum(fit(each, unit.belief).cost for each in looked_at))
