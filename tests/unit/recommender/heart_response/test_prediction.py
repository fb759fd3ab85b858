from dataclasses import replace

import numpy as np
import pytest

from recommender.heart_response.fitting import UNITS
from recommender.heart_response.prediction import likeliest_unit, predict
from recommender.heart_response.recording import Recording
from tests.unit.recommender.heart_response.people import ramp_test

KMH = UNITS[0].belief


def test_a_plan_without_any_rate_starts_at_rest() -> None:
    times_s = np.arange(0, 300, 5.0)
    plan = Recording(times_s, np.full(len(times_s), 8.0), np.full(len(times_s), np.nan))
    rates = predict(KMH, plan)
    assert rates[0] == pytest.approx(KMH.response.rest_bpm)
    assert (np.diff(rates) > 0).all()


def test_it_goes_on_from_where_the_heart_is_and_forgets_slowly() -> None:
    times_s = np.arange(0, 3600, 5.0)
    known = np.where(times_s <= 600, 150.0, np.nan)
    steady = Recording(times_s, np.full(len(times_s), 8.0), known)
    rates, plain = predict(KMH, steady), predict(KMH, steady, corrected=False)
    off = rates - plain
    assert (off[times_s <= 600] == 0).all()
    after = off[times_s > 600]
    assert rates[times_s > 600][0] == pytest.approx(150, abs=4)
    assert (np.diff(after) < 0).all()
    assert after[-1] < 0.1 * after[0]


@pytest.mark.parametrize(("factor", "name"), [(1.0, "km/h"), (1 / 3.6, "m/s"), (18.0, "W")])
def test_the_unit_is_told_from_the_rates(factor: float, name: str) -> None:
    tests = [ramp_test(seed).known_until(500) for seed in range(4)]
    scaled = [replace(each, loads=each.loads * factor) for each in tests]
    assert likeliest_unit(scaled).name == name


def test_nothing_known_is_any_unit() -> None:
    assert likeliest_unit([]) in UNITS
