"""A belt and what it costs to run on it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.simulate.belt import ACCELERATION_KMH_PER_S, DECELERATION_KMH_PER_S, RESTING_VO2, Belt, vo2

speeds = st.floats(0, 20)
inclines = st.floats(0, 15)


def run(belt: Belt, seconds: float, *, target_kmh: float, target_percent: float = 0.0) -> Belt:
    for _ in range(round(seconds * 10)):
        belt = belt.after(0.1, target_kmh=target_kmh, target_percent=target_percent, weight_kg=75)
    return belt


def test_it_speeds_up_at_a_limited_rate_and_arrives() -> None:
    assert run(Belt(), 5, target_kmh=10).speed_kmh == pytest.approx(5 * ACCELERATION_KMH_PER_S)
    assert run(Belt(), 30, target_kmh=10).speed_kmh == 10


def test_it_stops_at_a_limited_rate() -> None:
    running = Belt(speed_kmh=10)
    assert run(running, 2, target_kmh=0).speed_kmh == pytest.approx(10 - 2 * DECELERATION_KMH_PER_S)
    assert run(running, 30, target_kmh=0).speed_kmh == 0


def test_distance_and_time_add_up() -> None:
    belt = run(Belt(speed_kmh=10), 360, target_kmh=10)
    assert belt.distance_m == pytest.approx(1000)
    assert belt.elapsed_s == pytest.approx(360)


def test_a_standing_belt_counts_nothing() -> None:
    assert run(Belt(), 60, target_kmh=0) == Belt()


def test_half_an_hour_at_ten_costs_what_the_tables_say() -> None:
    assert 320 < run(Belt(speed_kmh=10), 1800, target_kmh=10).energy_kcal < 450


@given(speeds, inclines, st.floats(0.01, 5))
def test_faster_costs_more(speed: float, incline: float, more: float) -> None:
    assert vo2(speed + more, incline) > vo2(speed, incline) >= RESTING_VO2


@given(st.floats(1, 5), inclines, st.floats(0.1, 5))
def test_steeper_costs_more(speed: float, incline: float, more: float) -> None:
    assert vo2(speed, incline + more) > vo2(speed, incline)


@given(st.floats(0, 20), st.floats(0, 15), st.floats(0, 20), st.floats(0.01, 1.0))
def test_totals_never_fall(speed: float, incline: float, target: float, dt_s: float) -> None:
    before = Belt(speed_kmh=speed, incline_percent=incline, distance_m=5, energy_kcal=5, elapsed_s=5)
    after = before.after(dt_s, target_kmh=target, target_percent=2, weight_kg=75)
    assert min(speed, target) <= after.speed_kmh <= max(speed, target)
    assert after.distance_m >= before.distance_m
    assert after.energy_kcal >= before.energy_kcal
    assert after.elapsed_s >= before.elapsed_s
