"""How well the rest of a recording is foretold from its beginning, beside two ways that know nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.fitting import Belief, TooShortError, fit
from recommender.heart_response.prediction import likeliest_unit, predict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.heart_response.fitting import Unit
    from recommender.heart_response.model import Response
    from recommender.heart_response.recording import Recording

UNKNOWN: Final = float("nan")


@dataclass(frozen=True, slots=True)
class Forecast:
    """One recording, fitted on its beginning and foretold for the rest.

    Attributes:
        times_s: (n,) of the rest.
        predicted_bpm: (n,).
        response: The fitted person.
        fitted: False when the beginning was too short and the population stands in.
        rmse_bpm, held_rmse_bpm, population_rmse_bpm: Root-mean-square error over the rates known of the rest:
            ours, the last known rate held, and the population's parameters. NaN where there is none.
    """

    times_s: NDArray[np.float64]
    predicted_bpm: NDArray[np.float64]
    response: Response
    fitted: bool
    rmse_bpm: float
    held_rmse_bpm: float
    population_rmse_bpm: float


def forecast_all(recordings: Mapping[str, Recording], fit_until_s: float) -> tuple[Unit, dict[str, Forecast]]:
    """Fit each recording up to a time and foretell the rest from the load alone.

    Returns:
        The unit that the loads were taken to be in, and a forecast for each recording that has a rest.
    """
    known = {name: recording.known_until(fit_until_s) for name, recording in recordings.items()}
    unit = likeliest_unit(known.values())
    forecasts = {
        name: _forecast(recording, known[name], unit.belief, fit_until_s)
        for name, recording in recordings.items()
        if recording.times_s[-1] > fit_until_s
    }
    return unit, forecasts


def _forecast(truth: Recording, known: Recording, population: Belief, fit_until_s: float) -> Forecast:
    rest = truth.times_s > fit_until_s
    try:
        belief, fitted = fit(known, population).belief, True
    except TooShortError:
        belief, fitted = population, False
    predicted = predict(belief, known)[rest]
    of_anybody = predict(population, known, corrected=False)[rest]
    before = known.rates_bpm[np.isfinite(known.rates_bpm)]
    held = np.full(len(predicted), before[-1] if len(before) else UNKNOWN)
    actual = truth.rates_bpm[rest]
    return Forecast(
        times_s=truth.times_s[rest],
        predicted_bpm=predicted,
        response=belief.response,
        fitted=fitted,
        rmse_bpm=_rmse(predicted, actual),
        held_rmse_bpm=_rmse(held, actual),
        population_rmse_bpm=_rmse(of_anybody, actual),
    )


def _rmse(predicted: NDArray[np.float64], actual: NDArray[np.float64]) -> float:
    known = np.isfinite(actual)
    if not known.any():
        return UNKNOWN
    return float(np.sqrt(np.mean(np.square(predicted[known] - actual[known]))))
