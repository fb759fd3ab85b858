from dataclasses import replace

import numpy as np
import pytest

from recommender.heart_response.evaluation import forecast_all
from tests.unit.recommender.heart_response.people import ramp_test


@pytest.mark.parametrize("fit_s", [300.0, 600.0])
def test_people_that_it_never_saw_are_foretold_far_better_than_by_either_baseline(fit_s: float) -> None:
    unit, forecasts = forecast_all({str(seed): ramp_test(seed) for seed in range(12)}, fit_s)
    assert unit.name == "km/h"
    errors = [(f.rmse_bpm, f.held_rmse_bpm, f.population_rmse_bpm) for f in forecasts.values()]
    ours, held, population = np.median(errors, axis=0)
    assert ours < 0.7 * min(held, population)


def test_the_rest_is_foretold_from_the_load_alone() -> None:
    whole = ramp_test(1)
    hidden = replace(whole, rates_bpm=np.where(whole.times_s <= 400, whole.rates_bpm, 60.0))
    (seen,), (unseen,) = (list(forecast_all({"a": each}, 400)[1].values()) for each in (whole, hidden))
    assert seen.predicted_bpm == pytest.approx(unseen.predicted_bpm)
    assert seen.times_s.min() > 400
    assert len(seen.times_s) == len(seen.predicted_bpm) == int((whole.times_s > 400).sum())


def test_a_beginning_without_rates_is_foretold_as_for_anybody() -> None:
    whole = ramp_test(2)
    silent = replace(whole, rates_bpm=np.where(whole.times_s <= 400, np.nan, whole.rates_bpm))
    unit, forecasts = forecast_all({"a": silent, "b": whole}, 400)
    assert not forecasts["a"].fitted
    assert forecasts["a"].response == unit.belief.response
    assert np.isnan(forecasts["a"].held_rmse_bpm)
    assert np.isfinite(forecasts["a"].rmse_bpm)


def test_what_ended_before_is_left_out() -> None:
    assert forecast_all({"a": ramp_test(3)}, 4000)[1] == {}
