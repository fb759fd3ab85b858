"""A session's samples become a recording: averaged, bounded, and only what the load explains."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.hearts.series import BRIDGED_S, LEAST_S, MOST_S, RECOVERY_S, Series
from recommender.heart_response.fitting import STEP_S
from recommender.heart_response.recording import HIGHEST_BPM, LOWEST_BPM

Sample = tuple[float, float | None, float | None]


def series_of(*parts: tuple[float, float | None, float | None]) -> Series:
    """A sample a second: each part lasts so long at a load and a rate."""
    series, at_s = Series(), 0.0
    for duration_s, load, bpm in parts:
        for _ in range(int(duration_s)):
            series.add(at_s, load, bpm)
            at_s += 1.0
    return series


def test_samples_are_averaged_to_the_steps_of_the_fit() -> None:
    series = Series()
    for at_s in range(300):
        series.add(at_s, 8.0 + at_s % 5, 120.0 + at_s % 5)
    recording = series.recording()
    assert recording is not None
    assert recording.times_s.tolist() == [STEP_S * step for step in range(60)]
    assert recording.loads.tolist() == [10.0] * 60
    assert recording.rates_bpm.tolist() == [122.0] * 60


def test_it_begins_with_the_movement_and_ends_with_the_recovery() -> None:
    recording = series_of((300, 0.0, 70.0), (300, 9.0, 130.0), (1200, 0.0, 95.0)).recording()
    assert recording is not None
    assert (recording.loads[0], recording.rates_bpm[0]) == (9.0, 130.0), "standing about tells nothing"
    assert recording.times_s[-1] == 300.0 - STEP_S + RECOVERY_S
    assert (recording.loads[-1], recording.rates_bpm[-1]) == (0.0, 95.0)


def test_what_the_heart_does_in_a_long_break_is_not_the_belts_doing() -> None:
    recording = series_of((200, 9.0, 130.0), (600, 0.0, 150.0), (200, 9.0, 130.0)).recording()
    assert recording is not None
    unknown = np.isnan(recording.rates_bpm)
    assert np.count_nonzero(unknown) == (600.0 - RECOVERY_S) / STEP_S
    assert not recording.loads[unknown].any()


def test_a_machine_that_is_silent_for_a_moment_went_on() -> None:
    recording = series_of((200, 9.0, 130.0), (BRIDGED_S, None, 131.0), (200, 10.0, 140.0)).recording()
    assert recording is not None
    assert set(recording.loads[40:46].tolist()) == {9.0}
    assert len(recording.times_s) == (400 + BRIDGED_S) / STEP_S


def test_after_a_long_silence_the_longer_part_counts() -> None:
    recording = series_of((200, 9.0, 130.0), (100, None, 131.0), (300, 11.0, 150.0)).recording()
    assert recording is not None
    assert set(recording.loads.tolist()) == {11.0}
    assert recording.times_s[0] == 0.0
    assert len(recording.times_s) == 300 / STEP_S


def test_without_a_band_now_and_then_the_rest_is_kept() -> None:
    recording = series_of((150, 9.0, 130.0), (60, 9.0, None), (150, 9.0, 130.0)).recording()
    assert recording is not None
    assert np.count_nonzero(np.isnan(recording.rates_bpm)) == 60 / STEP_S


@pytest.mark.parametrize(
    "parts",
    [
        (),
        ((600, None, 120.0),),
        ((600, 9.0, None),),
        ((600, 0.0, 80.0),),
        ((LEAST_S - STEP_S, 9.0, 130.0), (600, 0.0, 100.0)),
        ((600, -1.0, 120.0),),
        ((600, math.inf, 120.0),),
        ((600, math.nan, 120.0),),
        ((600, 9.0, math.nan),),
        ((600, 9.0, 0.0),),
        ((600, 9.0, 255.0),),
    ],
)
def test_of_too_little_nothing_is_learned(parts: tuple[Sample, ...]) -> None:
    assert series_of(*parts).recording() is None


def test_what_comes_later_than_two_hours_is_not_kept() -> None:
    series = series_of((200, 9.0, 130.0))
    for at_s in (-1.0, MOST_S, 1e9):
        series.add(at_s, 30.0, 200.0)
    recording = series.recording()
    assert recording is not None
    assert (len(recording.times_s), recording.loads.max()) == (40, 9.0)


values = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.floats(0.0, 250.0)


@given(
    st.lists(
        st.tuples(st.integers(1, 900), st.none() | st.floats(0.0, 30.0), st.none() | st.floats(0.0, 300.0)),
        max_size=4,
    ),
    st.lists(st.tuples(st.floats(-10.0, 2 * MOST_S), values, values), max_size=10),
)
def test_whatever_comes_a_recording_can_be_learned_from(parts: list[Sample], more: list[Sample]) -> None:
    series, at_s = Series(), 0.0
    for duration_s, load, bpm in parts:
        for step in range(int(duration_s / STEP_S)):
            series.add(at_s + step * STEP_S, load, bpm)
        at_s += duration_s
    for sample in more:
        series.add(*sample)
    recording = series.recording()
    if recording is None:
        return
    times_s, loads, rates = recording.times_s, recording.loads, recording.rates_bpm
    assert times_s[0] == 0.0
    assert times_s[-1] < MOST_S
    assert np.array_equal(np.diff(times_s), np.full(len(times_s) - 1, STEP_S))
    assert np.isfinite(loads).all()
    assert (loads >= 0.0).all()
    known = np.isfinite(rates)
    assert known[[0, -1]].all()
    assert ((rates[known] >= LOWEST_BPM) & (rates[known] <= HIGHEST_BPM)).all()
    assert np.count_nonzero(known & (loads > 0.0)) * STEP_S >= LEAST_S
