"""Units of the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.units import UnitUnknown, conversion
from devices.reading import UNITS, Metric


@pytest.mark.parametrize(
    ("metric", "unit", "value", "canonical"),
    [
        ("speed_kmh", "mph", 6.2, 9.978),
        ("speed_kmh", "m/s", 2.5, 9.0),
        ("speed_kmh", "min/km", 6.0, 10.0),
        ("speed_kmh", "min/mi", 8.0, 12.070),
        ("speed_kmh", "s/500m", 120.0, 15.0),
        ("speed_kmh", "min/km", 0.0, 0.0),
        ("incline_percent", "deg", 45.0, 100.0),
        ("incline_percent", "fraction", 0.05, 5.0),
        ("distance_m", "mi", 1.0, 1609.344),
        ("distance_m", "km", 1.5, 1500.0),
        ("energy_kcal", "kJ", 418.4, 100.0),
        ("energy_kcal", "Wh", 1.0, 0.8604),
        ("heart_rate_bpm", "Hz", 1.5, 90.0),
        ("rr_interval_ms", "1/1024 s", 1024.0, 1000.0),
        ("elapsed_s", "min", 2.0, 120.0),
        ("elapsed_s", "ms", 1500.0, 1.5),
        ("power_w", "kW", 0.25, 250.0),
        ("cadence_rpm", "Hz", 1.5, 90.0),
        ("battery_percent", "fraction", 0.8, 80.0),
    ],
)
def test_a_number_becomes_canonical(metric: Metric, unit: str, value: float, canonical: float) -> None:
    assert conversion(metric, unit)(value) == pytest.approx(canonical, abs=1e-3)


@given(st.sampled_from(sorted(UNITS)), st.floats(-1e6, 1e6))
def test_the_canonical_unit_changes_nothing(metric: Metric, value: float) -> None:
    assert conversion(metric, UNITS[metric])(value) == value


@given(st.floats(1.0, 1000.0))
def test_a_pace_is_the_inverse_of_a_speed(pace: float) -> None:
    assert conversion("speed_kmh", "min/km")(pace) == pytest.approx(60.0 / pace)
    assert conversion("speed_kmh", "s/km")(pace * 60.0) == pytest.approx(60.0 / pace)


@pytest.mark.parametrize(
    ("metric", "unit", "words"),
    [
        ("speed_kmh", "furlong", "speed_kmh is not given in 'furlong'; there are km/h, "),
        ("battery_percent", "deg", "there are %, fraction"),
        ("contact", "V", "leave the unit out"),
    ],
)
def test_an_unknown_unit_is_refused_with_those_that_are_known(metric: Metric, unit: str, words: str) -> None:
    with pytest.raises(UnitUnknown) as caught:
        conversion(metric, unit)
    assert words in str(caught.value)
