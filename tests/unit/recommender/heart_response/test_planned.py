import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.heart_response.fitting import UNITS, Belief
from recommender.heart_response.planned import (
    UnknownLoadError,
    level_speed_kmh,
    planned_rates,
    speed_kmh_for,
    unit_of,
)
from recommender.heart_response.set_points import set_point
from recommender.plan import MachineKind, MachineStep

KMH, WATT = UNITS[0].belief, UNITS[2].belief
SURE = Belief(KMH.mean, 1e-6 * KMH.covariance)


def test_the_rate_follows_the_steps() -> None:
    steps = [MachineStep(duration_s=600, speed_kmh=speed) for speed in (5.0, 10.0, 5.0)]
    found = planned_rates(KMH, "treadmill", steps, start_bpm=75)
    assert found.rates_bpm[0] == 75
    assert [found.loads[found.times_s == at][0] for at in (0, 595, 600, 1200, 1800)] == [5, 5, 10, 5, 5]
    ends = [found.rates_bpm[found.times_s == at][0] for at in (600, 1200, 1800)]
    assert ends[0] == pytest.approx(KMH.response.steady_bpm(5), rel=0.05)
    assert ends[1] == pytest.approx(KMH.response.steady_bpm(10), rel=0.05)
    assert ends[0] < ends[2] < ends[1], "it has drifted up"
    assert found.times_s[-1] == 1800


def test_without_a_rate_it_starts_at_rest() -> None:
    found = planned_rates(WATT, "bike", [MachineStep(duration_s=60, power_w=100)])
    assert found.rates_bpm[0] == pytest.approx(WATT.response.rest_bpm)
    assert (found.loads == 100).all()


@given(zone=st.integers(1, 4), maximum=st.floats(160, 200))
def test_a_step_by_zone_leads_into_the_zone(zone: int, maximum: float) -> None:
    step = MachineStep(duration_s=400, heart_rate_zone=zone)
    found = planned_rates(SURE, "treadmill", [step], maximum_bpm=maximum)
    assert found.loads[0] == set_point(SURE, zone, maximum, most_load=20).load
    lower, upper = (0.4 + 0.1 * zone) * maximum, (0.5 + 0.1 * zone) * maximum
    assert lower - 1 <= max(found.rates_bpm[-1], lower) <= upper
    assert found.rates_bpm[-1] >= min(lower, KMH.response.steady_bpm(found.loads[0])) - 3


@given(speed=st.floats(0, 20), faster=st.floats(0, 5), incline=st.floats(0, 15), steeper=st.floats(0, 5))
def test_faster_and_steeper_take_more(speed: float, faster: float, incline: float, steeper: float) -> None:
    here = level_speed_kmh(speed, incline)
    assert here >= speed
    assert level_speed_kmh(speed + faster, incline) >= here
    assert level_speed_kmh(speed, incline + steeper) >= here


@given(speed=st.floats(0, 25), incline=st.floats(-5, 30))
def test_the_speed_on_a_slope_and_the_one_on_the_level_are_two_ways_of_one(
    speed: float, incline: float
) -> None:
    assert speed_kmh_for(level_speed_kmh(speed, incline), incline) == pytest.approx(speed)


def test_a_slope_takes_what_acsm_s_equations_say() -> None:
    assert level_speed_kmh(10, 0) == level_speed_kmh(10, -3) == 10
    running_ml = (0.2 + 0.9 * 0.05) * 14 * 1000 / 60
    assert level_speed_kmh(14, 5) == pytest.approx(running_ml / 0.2 * 60 / 1000)
    added_by_walking_ml = 1.8 * 0.1 * 5 * 1000 / 60
    assert level_speed_kmh(5, 10) - 5 == pytest.approx(added_by_walking_ml / 0.2 * 60 / 1000)


def test_loads_are_told_in_the_unit_of_the_machine() -> None:
    assert unit_of("treadmill") == "km/h"
    assert {unit_of(machine) for machine in ("bike", "rower", "cross_trainer", "stair_climber")} == {"W"}


@pytest.mark.parametrize(
    ("machine", "step", "maximum_bpm"),
    [
        ("bike", MachineStep(duration_s=60, speed_kmh=20), 190.0),
        ("treadmill", MachineStep(duration_s=60, power_w=200), 190.0),
        ("treadmill", MachineStep(duration_s=60, heart_rate_zone=2), None),
        ("rower", MachineStep(duration_s=60), 190.0),
    ],
)
def test_a_step_of_which_nobody_knows_the_load(
    machine: MachineKind, step: MachineStep, maximum_bpm: float | None
) -> None:
    with pytest.raises(UnknownLoadError, match=f"a step of 60 s at a {machine} says no"):
        planned_rates(KMH, machine, [step], maximum_bpm=maximum_bpm)


@pytest.mark.parametrize("durations_s", [[], [60, 0], [-5], [float("nan")], [float("inf")]])
def test_steps_that_last_no_time(durations_s: list[float]) -> None:
    steps = [MachineStep(duration_s=each, speed_kmh=8) for each in durations_s]
    with pytest.raises(ValueError, match="at least one step, and each must last some time"):
        planned_rates(KMH, "treadmill", steps)


@given(durations_s=st.lists(st.floats(1, 400), min_size=1, max_size=8), start=st.floats(50, 180))
def test_whatever_is_planned_is_foretold_to_its_end(durations_s: list[float], start: float) -> None:
    steps = [MachineStep(duration_s=each, speed_kmh=8) for each in durations_s]
    found = planned_rates(KMH, "treadmill", steps, start_bpm=start)
    assert len(found.times_s) == len(found.loads) == len(found.rates_bpm)
    assert found.times_s[-1] >= sum(durations_s) - 1e-6
    assert np.isfinite(found.rates_bpm).all()
