from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.model import DRIFT_TIME_S, Response, simulate

RUNNER = Response(rest_bpm=70, gain=7, rise_s=40, fall_s=60, drift=0, ceiling_bpm=190)
RESPONSES = st.builds(
    Response,
    rest_bpm=st.floats(40, 110),
    gain=st.floats(0.1, 30),
    rise_s=st.floats(10, 200),
    fall_s=st.floats(10, 200),
    drift=st.floats(0, 0.3),
    ceiling_bpm=st.floats(150, 210),
)


def rates(response: Response, times_s: object, loads: object, start_bpm: float) -> np.ndarray:
    parameters = np.array([astuple(response)])
    found = simulate(parameters, np.asarray(times_s, float), np.asarray(loads, float), start_bpm)
    row: np.ndarray = found[0]
    return row


def test_a_step_is_two_thirds_done_after_the_time_constant() -> None:
    up = rates(RUNNER, [0, 40, 4000], [5, 5, 5], 70)
    assert up[1] - 70 == pytest.approx((105 - 70) * (1 - np.exp(-1)), rel=1e-3)
    assert up[2] == pytest.approx(105, abs=0.01)
    down = rates(RUNNER, [0, 60], [0, 0], 140)
    assert down[1] - 70 == pytest.approx((140 - 70) * np.exp(-1), rel=1e-3)


def test_it_drifts_up_while_the_load_lasts() -> None:
    drifting = replace(RUNNER, drift=0.1)
    minutes = np.arange(0, 4 * DRIFT_TIME_S, 10)
    steady = rates(drifting, minutes, np.full(len(minutes), 8.0), drifting.steady_bpm(8))
    assert (np.diff(steady) >= -1e-9).all()
    assert steady[-1] - steady[0] == pytest.approx(0.1 * 8 * 7, rel=0.1)


@given(
    response=RESPONSES, loads=st.lists(st.floats(0, 400), min_size=2, max_size=30), start=st.floats(40, 200)
)
def test_it_stays_between_rest_and_ceiling_once_it_is(
    response: Response, loads: list[float], start: float
) -> None:
    times_s = np.arange(len(loads)) * 5.0
    found = rates(response, times_s, loads, start)
    lowest = min(start, response.steady_bpm(0))
    assert (found >= lowest - 1e-6).all()
    assert (found <= max(start, response.ceiling_bpm) + 1e-6).all()


@given(response=RESPONSES, loads=st.lists(st.floats(0, 400), min_size=2, max_size=30), more=st.floats(0, 50))
def test_more_load_never_means_a_lower_rate(response: Response, loads: list[float], more: float) -> None:
    times_s = np.arange(len(loads)) * 5.0
    less = rates(response, times_s, loads, 80)
    assert (rates(response, times_s, np.array(loads) + more, 80) >= less - 1e-6).all()


@given(response=RESPONSES, steps=st.lists(st.floats(0.1, 60), min_size=1, max_size=10), load=st.floats(0, 30))
def test_it_does_not_matter_how_finely_time_is_cut(
    response: Response, steps: list[float], load: float
) -> None:
    steady = replace(response, drift=0.0)
    times_s = np.concatenate([[0.0], np.cumsum(steps)])
    fine = rates(steady, times_s, np.full(len(times_s), load), 90)[-1]
    coarse = rates(steady, times_s[[0, -1]], [load, load], 90)[-1]
    assert fine == pytest.approx(coarse, abs=1e-6)


@given(response=RESPONSES, bpm=st.floats(60, 145))
def test_a_set_point_leads_to_its_rate(response: Response, bpm: float) -> None:
    load = response.load_for(bpm)
    assert load >= 0
    expected = max(bpm, response.steady_bpm(0))
    assert response.steady_bpm(load) == pytest.approx(expected, abs=1e-6)


def test_no_load_leads_to_the_ceiling() -> None:
    with pytest.raises(ValueError, match="not below this person's ceiling of 190"):
        RUNNER.load_for(190)


def test_several_persons_at_once_are_each_their_own() -> None:
    other = replace(RUNNER, gain=9, rise_s=20)
    times_s, loads = np.arange(0, 100, 5.0), np.linspace(0, 12, 20)
    both = simulate(np.array([astuple(RUNNER), astuple(other)]), times_s, loads, 75)
    assert both[0] == pytest.approx(rates(RUNNER, times_s, loads, 75))
    assert both[1] == pytest.approx(rates(other, times_s, loads, 75))
