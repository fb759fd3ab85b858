from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.composing.catalogue import catalogue
from recommender.composing.machine_work import INTERVALS, Station, chosen_interval, zone
from recommender.composing.metabolism import uptake
from recommender.gym import Machine
from recommender.person import LEVELS
from recommender.plan import MachineStep
from tests.unit.recommender.composing.people import chance_of, situated

WAYS = {
    "treadmill": ("treadmill_walk", "treadmill_run"),
    "bike": ("bike_ride", "bike_ride"),
    "rower": ("rower_row", "rower_row"),
}
SECONDS = st.integers(300, 5400)
INTENSITIES = st.floats(1.0, 5.0)
SEEDS = st.integers(0, 99).map(chance_of)


def station(kind: str = "treadmill", *, walks: bool = False, **known: Any) -> Station:
    limits = {name: known.pop(name) for name in ("max_speed_kmh", "max_incline_percent") if name in known}
    machine = Machine(kind=kind, station_id="1", **limits)  # type: ignore[arg-type]
    gentle, brisk = (catalogue()[name] for name in WAYS[kind])
    return Station(machine, gentle, gentle if walks else brisk, situated(**known))


def asked(step: MachineStep) -> float:
    """What a step on the belt takes by ACSM's equations, mL/kg/min."""
    assert step.speed_kmh is not None
    assert step.incline_percent is not None
    metres, grade = step.speed_kmh * 1000.0 / 60.0, step.incline_percent / 100.0
    if step.speed_kmh >= 7.5:
        return 3.5 + 0.2 * metres + 0.9 * metres * grade
    return 3.5 + 0.1 * metres + 1.8 * metres * grade


@given(st.floats(18.0, 64.0), st.sampled_from(LEVELS), st.floats(1.5, 4.0), SEEDS)
def test_a_belt_asks_what_the_intensity_takes(
    age: float, level: str, intensity: float, chance: Random
) -> None:
    bout = station(age_years=age, level=level).steady(1800, intensity, chance)
    wanted = uptake(intensity, age, level)  # type: ignore[arg-type]
    for step in bout.steps:
        # Less only where walking ends and running would be too fast for the level or has not begun.
        assert asked(step) <= wanted + 0.3
        assert (
            asked(step) >= wanted - 1.5 or step.incline_percent in {5.0, 8.0, 10.0} or step.speed_kmh == 8.0
        )


@given(SECONDS, INTENSITIES, SEEDS, st.sampled_from(sorted(WAYS)), st.sampled_from(LEVELS))
def test_steps_last_as_long_as_they_should(
    seconds: int, intensity: float, chance: Random, kind: str, level: str
) -> None:
    here = station(kind, level=level)
    bouts = (
        here.warm_up(seconds, intensity),
        here.steady(seconds, intensity, chance),
        here.intervals(seconds, intensity, min(5.0, intensity + 1.0), chance),
        here.easy(seconds),
    )
    for bout in bouts:
        assert bout.duration_s == seconds
        assert all(step.duration_s > 0.0 for step in bout.steps)
    assert max(step.duration_s for step in bouts[1].steps) <= 600.0


@given(st.floats(2.0, 20.0), st.floats(0.0, 15.0), INTENSITIES, SEEDS)
def test_steps_keep_to_the_operators_limits(
    fastest: float, steepest: float, intensity: float, chance: Random
) -> None:
    here = station(max_speed_kmh=fastest, max_incline_percent=steepest)
    for bout in (here.steady(1200, intensity, chance), here.intervals(1200, intensity, 5.0, chance)):
        for step in bout.steps:
            assert 2.0 <= (step.speed_kmh or 0.0) <= fastest + 1e-6
            assert 0.0 <= (step.incline_percent or 0.0) <= steepest + 1e-6


def test_an_example_can_be_checked_by_hand() -> None:
    # Advanced, 50: maximal uptake 36.2; intensity 3 takes 58 % of it, 21.0: a brisk walk at 6 km/h takes
    # 13.5, the rest is 4.1 % of incline. Running 7.5 km/h would take 29.6.
    [step] = station(age_years=50.0).steady(300, 3.0, chance_of()).steps
    assert (step.speed_kmh, step.incline_percent, step.effort_rpe) == (6.0, 4.0, 6.0)
    # At 25 intensity 4 takes 71 % of 48, 34.1: a run at (34.1 - 3.5) / 0.209 m/min.
    bout = station(age_years=25.0).steady(300, 4.0, chance_of())
    assert (bout.exercise, bout.steps[0].speed_kmh, bout.steps[0].incline_percent) == (
        "treadmill_run",
        8.7,
        1.0,
    )


def test_who_may_not_run_walks_uphill() -> None:
    bout = station(walks=True, age_years=25.0).steady(300, 4.0, chance_of())
    assert bout.exercise == "treadmill_walk"
    assert (bout.steps[0].speed_kmh, bout.steps[0].incline_percent) == (6.0, 10.0)


@pytest.mark.parametrize(
    ("known", "fastest", "steepest"),
    [
        ({"level": "beginner"}, 8.0, 5.0),
        ({"age_years": 70.0}, 8.0, 5.0),
        ({"age_years": 85.0}, 4.5, 5.0),
        ({"age_years": None}, 8.0, 5.0),
    ],
)
def test_some_do_not_go_so_fast_or_steep(known: dict[str, Any], fastest: float, steepest: float) -> None:
    pace = station(**known).pace(5.0)
    assert pace is not None
    assert pace.speed_kmh <= fastest
    assert pace.incline_percent <= steepest


def test_the_heart_steers_where_its_maximum_was_measured() -> None:
    here = station(maximum_bpm=180.0)
    main = here.steady(1200, 3.4, chance_of())
    assert {(step.speed_kmh, step.heart_rate_zone) for step in main.steps} == {(None, 3)}
    assert all(step.incline_percent is not None for step in main.steps)
    # A heart is too slow for a minute of work, and a warm-up has no zone.
    others = (*here.warm_up(300, 3.0).steps, *here.intervals(1200, 3.0, 4.0, chance_of()).steps)
    assert all(step.heart_rate_zone is None and step.speed_kmh for step in others)


@pytest.mark.parametrize(
    ("intensity", "expected"), [(1.0, 1), (1.5, 2), (2.4, 2), (3.5, 4), (4.4, 4), (5.0, 4)]
)
def test_no_zone_is_asked_for_that_cannot_be_kept_up(intensity: float, expected: int) -> None:
    assert zone(intensity) == expected


def test_a_bike_asks_power_for_the_weight_and_the_others_only_effort() -> None:
    # Advanced, 50, intensity 3: (21.0 - 7) x 75 / 10.8 = 97 W.
    assert [step.power_w for step in station("bike", age_years=50.0).steady(300, 3.0, chance_of()).steps] == [
        95.0
    ]
    light = station("bike", age_years=50.0, weight_kg=None).steady(300, 3.0, chance_of()).steps[0]
    assert light.power_w == 75.0  # as for 60 kg
    absurd = station("bike", age_years=50.0, weight_kg=1e9).steady(300, 3.0, chance_of()).steps[0]
    assert absurd.power_w == 75.0
    [row] = station("rower").steady(300, 3.0, chance_of()).steps
    assert row == MachineStep(duration_s=300.0, effort_rpe=6.0)


def test_a_warm_up_climbs_and_a_cool_down_is_easy() -> None:
    here = station()
    efforts = [step.effort_rpe for step in here.warm_up(300, 4.0).steps]
    assert efforts == [2.0, 5.0]
    assert here.warm_up(300, 4.0).exercise == here.easy(60).exercise == "treadmill_walk"
    assert [step.effort_rpe for step in here.easy(60).steps] == [2.0]


@given(st.sampled_from(LEVELS), SECONDS, SEEDS)
def test_hard_minutes_have_an_end(level: Any, seconds: int, chance: Random) -> None:
    interval = chosen_interval(level, seconds, chance)
    assert interval in INTERVALS[level]
    rounds = interval.rounds(seconds)
    assert rounds >= 1
    assert rounds * interval.round_s <= seconds
    assert rounds * interval.work_s <= interval.longest_work_s <= 960.0


def test_intervals_alternate_and_none_is_harder_than_allowed() -> None:
    bout = station(level="intermediate").intervals(1300, 3.0, 3.6, chance_of(3))
    efforts = [step.effort_rpe for step in bout.steps]
    assert set(efforts) == {3.0, 7.2}
    assert efforts[-6:] == [7.2, 3.0] * 3


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({}, ""),
        ({"max_speed_kmh": 14.0, "max_incline_percent": 12.0}, ""),
        ({"max_speed_kmh": 5.0}, "8.7 km/h at 1 % -> 5 km/h at 10 %"),
        ({"max_speed_kmh": 5.0, "max_incline_percent": 2.0}, "8.7 km/h at 1 % -> 5 km/h at 2 %"),
    ],
)
def test_what_the_operator_takes_away_is_told(limits: dict[str, Any], told: str) -> None:
    assert station(age_years=25.0, **limits).limited(4.0) == told
