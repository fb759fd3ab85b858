"""A bike and a rower, and what it takes to move them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.simulate.ergometer import Bike, Rower, level_for, torque_nm, vo2

rates = st.floats(20, 120)
levels = st.floats(0, 32)


def ride(bike: Bike, seconds: float, *, rpm: float, level: float) -> Bike:
    for _ in range(round(seconds * 10)):
        bike = bike.after(0.1, target_rpm=rpm, target_level=level, weight_kg=75)
    return bike


def row(rower: Rower, seconds: float, *, spm: float, level: float = 4.0) -> Rower:
    for _ in range(round(seconds * 10)):
        rower = rower.after(0.1, target_spm=spm, target_level=level, weight_kg=75)
    return rower


def test_a_bike_gets_to_its_cadence_and_level_and_stops_again() -> None:
    riding = ride(Bike(), 30, rpm=80, level=10)
    assert (riding.cadence_rpm, riding.level) == (80, 10)
    assert riding.power_w == pytest.approx(torque_nm(10) * 80 * 0.10472, rel=1e-3)
    stopped = ride(riding, 20, rpm=0, level=10)
    assert (stopped.cadence_rpm, stopped.power_w) == (0, 0)
    assert stopped.speed_kmh == pytest.approx(0, abs=1e-6)
    assert ride(stopped, 60, rpm=0, level=10) == stopped


def test_two_hundred_watts_are_about_thirty_on_the_flat() -> None:
    level = level_for(200, 90)
    assert 28 < Bike(cadence_rpm=90, level=level).speed_kmh < 36


def test_distance_and_energy_of_ten_minutes_are_what_consoles_say() -> None:
    begun = Bike(cadence_rpm=80, level=level_for(150, 80))
    after = ride(begun, 600, rpm=80, level=begun.level)
    assert after.distance_m == pytest.approx(begun.speed_kmh * 1000 / 6, rel=0.01)
    assert 85 < after.energy_kcal < 135
    assert after.elapsed_s == pytest.approx(600)


def test_rowing_at_two_minutes_takes_two_hundred_watts() -> None:
    rower = Rower(stroke_rate_spm=24, level=(203 * 60 / 24 - 150) / 45)
    assert rower.power_w == pytest.approx(203)
    assert rower.pace_s_per_500m == pytest.approx(120, abs=0.5)
    assert Rower().pace_s_per_500m == 0


def test_strokes_and_metres_add_up() -> None:
    begun = Rower(stroke_rate_spm=24)
    after = row(begun, 600, spm=24)
    assert after.strokes == pytest.approx(240)
    assert after.distance_m == pytest.approx(600 * begun.metres_per_s)
    rested = row(after, 30, spm=0)
    assert row(rested, 60, spm=0) == rested


@given(rates, levels, st.floats(0.1, 5))
def test_harder_costs_more(rpm: float, level: float, more: float) -> None:
    easy, hard, fast = Bike(rpm, level), Bike(rpm, level + more), Bike(rpm + more, level)
    assert easy.power_w < min(hard.power_w, fast.power_w)
    assert easy.speed_kmh < min(hard.speed_kmh, fast.speed_kmh)
    assert vo2(easy.power_w, 75) < vo2(hard.power_w, 75)


@given(rates, levels)
def test_constant_power_finds_the_level(rpm: float, level: float) -> None:
    assert level_for(Bike(rpm, level).power_w, rpm) == pytest.approx(level, abs=1e-9)


def test_without_pedalling_there_is_no_level_for_a_power() -> None:
    assert level_for(200, 0) == 0
    assert level_for(0, 90) == 0
