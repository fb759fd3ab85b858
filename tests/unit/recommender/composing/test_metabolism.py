import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.composing.metabolism import (
    cycling_power_w,
    maximal_uptake,
    running_speed_kmh,
    uptake,
    walking_incline_percent,
    walking_speed_kmh,
    walking_speed_uphill_kmh,
)
from recommender.person import LEVELS

AGES = st.floats(5.0, 110.0)


def walking_uptake(speed_kmh: float, incline_percent: float) -> float:
    """ACSM's equation, the way round that it stands in the book."""
    metres = speed_kmh * 1000.0 / 60.0
    return 3.5 + 0.1 * metres + 1.8 * metres * incline_percent / 100.0


def test_the_examples_of_the_book() -> None:
    # 3.5 mph (93.8 m/min) at 10 % takes 29.8 mL/kg/min; 450 kgm/min (75 W) at 62 kg takes about 20.
    assert walking_incline_percent(29.76, 93.8 * 0.06) == pytest.approx(10.0, abs=0.01)
    assert cycling_power_w(20.06, 62.0) == pytest.approx(75.0, abs=0.1)
    # 7 mph on the level takes 11.7 MET.
    assert running_speed_kmh(11.7 * 3.5, 0.0) == pytest.approx(7 * 1.609, rel=0.01)


@pytest.mark.parametrize(
    ("age", "level", "expected"),
    [
        (25.0, "beginner", 37.6),
        (75.0, "beginner", 18.3),
        (25.0, "advanced", 48.0),
        (75.0, "advanced", 24.4),
        (50.0, "intermediate", 32.075),  # half way in age, half way between the lines
        (10.0, "beginner", 37.6),
        (100.0, "advanced", 24.4),
    ],
)
def test_the_medians_of_the_registry(age: float, level: str, expected: float) -> None:
    assert maximal_uptake(age, level) == pytest.approx(expected)  # type: ignore[arg-type]


@given(AGES, st.sampled_from(LEVELS))
def test_moderate_is_what_acsm_calls_moderate_and_vigorous_vigorous(age: float, level: str) -> None:
    most = maximal_uptake(age, level)  # type: ignore[arg-type]
    fractions = [uptake(each, age, level) / most for each in (2.5, 3.0, 3.5, 4.0)]  # type: ignore[arg-type]
    assert all(0.46 <= each <= 0.63 for each in fractions[:2])
    assert all(0.64 <= each <= 0.90 for each in fractions[2:])


@given(AGES, st.sampled_from(LEVELS), st.floats(1.0, 5.0), st.floats(0.0, 4.0))
def test_harder_takes_more_and_never_more_than_there_is(
    age: float, level: str, intensity: float, less: float
) -> None:
    easier = uptake(max(1.0, intensity - less), age, level)  # type: ignore[arg-type]
    harder = uptake(intensity, age, level)  # type: ignore[arg-type]
    assert 3.5 <= easier <= harder < maximal_uptake(age, level)  # type: ignore[arg-type]


@given(st.floats(8.0, 40.0), st.floats(2.0, 6.0))
def test_speed_and_incline_together_ask_the_uptake(wanted: float, speed_kmh: float) -> None:
    incline = walking_incline_percent(wanted, speed_kmh)
    level_walk = walking_uptake(speed_kmh, 0.0)
    assert walking_uptake(speed_kmh, incline) == pytest.approx(max(wanted, level_walk))
    assert walking_uptake(walking_speed_kmh(wanted), 0.0) == pytest.approx(wanted)


@given(st.floats(2.0, 6.0), st.floats(0.0, 10.0), st.floats(0.0, 3.0))
def test_a_hill_is_walked_slower_and_asks_the_same(speed_kmh: float, incline: float, more: float) -> None:
    slower_kmh = walking_speed_uphill_kmh(speed_kmh, incline, more)
    assert slower_kmh <= speed_kmh + 1e-9
    assert walking_uptake(slower_kmh, incline + more) == pytest.approx(walking_uptake(speed_kmh, incline))


def test_pedals_that_turn_by_themselves_take_no_power() -> None:
    assert cycling_power_w(6.0, 80.0) == 0.0
