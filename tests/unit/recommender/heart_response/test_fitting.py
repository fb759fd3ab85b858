from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.heart_response.fitting import UNITS, TooShortError, fit, is_enough
from recommender.heart_response.model import Response, simulate
from recommender.heart_response.recording import Recording

KMH = UNITS[0].belief
INTERVALS = np.tile(np.repeat([5.0, 11.0, 7.0, 13.0], 36), 3)


def recorded(response: Response, loads: np.ndarray = INTERVALS, *, noise_bpm: float = 0.0) -> Recording:
    times_s = np.arange(len(loads), dtype=np.float64) * 5.0
    rates = simulate(np.array([astuple(response)]), times_s, loads, 75.0)[0]
    return Recording(times_s, loads, rates + np.random.default_rng(1).normal(0, noise_bpm, len(rates)))


@settings(max_examples=10)
@given(rest=st.floats(55, 90), gain=st.floats(5, 9.5), rise_s=st.floats(25, 80), fall_s=st.floats(30, 110))
def test_somebody_with_a_varied_session_is_known_well(
    rest: float, gain: float, rise_s: float, fall_s: float
) -> None:
    person = Response(rest, gain, rise_s, fall_s, drift=0.1, ceiling_bpm=188)
    found = fit(recorded(person, noise_bpm=2), KMH).belief.response
    assert found.gain == pytest.approx(gain, rel=0.12)
    assert found.steady_bpm(10) == pytest.approx(person.steady_bpm(10), abs=4)
    assert found.rise_s == pytest.approx(rise_s, rel=0.3)
    assert found.fall_s == pytest.approx(fall_s, rel=0.3)


def test_more_of_a_session_makes_surer() -> None:
    recording = recorded(Response(70, 8, 40, 60, 0.1, 188), noise_bpm=2)
    spreads = [
        np.sqrt(np.diag(fit(recording.known_until(until_s), KMH).belief.covariance))
        for until_s in (120, 600, 2000)
    ]
    prior = np.sqrt(np.diag(KMH.covariance))
    assert (spreads[0] <= prior + 1e-9).all()
    assert spreads[2][0] < spreads[1][0] < spreads[0][0]
    assert spreads[2][1] < spreads[0][1] / 2


def test_the_next_session_goes_on_from_what_is_known() -> None:
    person = Response(62, 9, 30, 90, 0.05, 188)
    first = fit(recorded(person, noise_bpm=2), KMH).belief
    known = first.aged(0.1, KMH)
    beginning = recorded(person, noise_bpm=2).known_until(60)
    again, anew = fit(beginning, known).belief.response, fit(beginning, KMH).belief.response
    assert abs(again.gain - 9) < abs(anew.gain - 9)
    assert first.covariance[0, 0] < known.covariance[0, 0] < KMH.covariance[0, 0]
    assert first.aged(1.0, KMH).covariance == pytest.approx(KMH.covariance)


@settings(max_examples=10)
@given(seed=st.integers(0, 1000))
def test_a_band_that_slips_now_and_then_changes_little(seed: int) -> None:
    clean = recorded(Response(70, 8, 40, 60, 0.1, 188), noise_bpm=2)
    chance = np.random.default_rng(seed)
    slipped = np.where(chance.random(len(clean.rates_bpm)) < 0.05, chance.uniform(40, 220), clean.rates_bpm)
    dirty = Recording(clean.times_s, clean.loads, slipped)
    honest, misled = (fit(each, KMH).belief.response for each in (clean, dirty))
    assert misled.steady_bpm(10) == pytest.approx(honest.steady_bpm(10), abs=5)


def test_the_likelier_unit_costs_less() -> None:
    in_watts = recorded(Response(80, 0.4, 40, 60, 0.1, 188), INTERVALS * 20, noise_bpm=2)
    costs = {unit.name: fit(in_watts, unit.belief).cost for unit in UNITS}
    assert min(costs, key=costs.__getitem__) == "W"


def test_a_session_of_seconds_is_too_short() -> None:
    short = recorded(Response(70, 8, 40, 60, 0.1, 188)).known_until(6)
    assert not is_enough(short)
    with pytest.raises(TooShortError, match="10 s with a heart rate; at least 15 s"):
        fit(short, KMH)


@settings(max_examples=15)
@given(
    loads=st.lists(st.floats(0, 500), min_size=3, max_size=40),
    rates=st.lists(st.floats(30, 240), min_size=40, max_size=40),
)
def test_whatever_was_recorded_gives_a_person_that_can_be(loads: list[float], rates: list[float]) -> None:
    times_s = np.arange(len(loads), dtype=np.float64) * 5.0
    found = fit(Recording(times_s, np.array(loads), np.array(rates[: len(loads)])), KMH)
    assert np.isfinite(found.cost)
    assert np.isfinite(astuple(found.belief.response)).all()
    assert found.belief.response.gain > 0
    assert (np.linalg.eigvalsh(found.belief.covariance) > 0).all()
