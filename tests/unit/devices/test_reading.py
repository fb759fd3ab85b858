"""The vocabulary of readings."""

import pytest

from devices.codecs import MACHINES
from devices.codecs.fields import Number
from devices.reading import UNITS, Measurement, Metric, unit_of


@pytest.mark.parametrize(
    ("metric", "value", "plausible"),
    [
        ("heart_rate_bpm", 0.0, False),
        ("heart_rate_bpm", 20.0, True),
        ("heart_rate_bpm", 250.0, True),
        ("heart_rate_bpm", 255.0, False),
        ("rr_interval_ms", 63_000.0, False),
        ("speed_kmh", 655.35, False),
        ("incline_percent", -3.0, True),
        ("distance_m", 1e7, True),
        ("battery_percent", 101.0, False),
        ("power_w", -14336.0, False),
        ("power_w", 2000.0, True),
        ("cadence_rpm", 110.0, True),
    ],
)
def test_plausible(metric: Metric, value: float, *, plausible: bool) -> None:
    assert Measurement(metric, value).plausible is plausible


def test_unit_comes_from_the_metric() -> None:
    assert [Measurement(metric, 1.0).unit for metric in UNITS] == list(UNITS.values())


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("speed_kmh", "km/h"),
        ("minimum_speed_kmh", "km/h"),
        ("distance_m", "m"),
        ("pace_s_per_500m", "s/500m"),
        ("pace_km_per_min", "km/min"),
        ("energy_kcal_per_h", "kcal/h"),
        ("elapsed_s", "s"),
        ("ramp_angle_degrees", "°"),
        ("resistance_level", ""),
        ("floors", ""),
        ("s", ""),
        ("", ""),
    ],
)
def test_a_name_ends_in_its_unit(name: str, unit: str) -> None:
    assert unit_of(name) == unit


def test_every_number_of_every_machine_has_a_unit_or_is_a_plain_number() -> None:
    names = {
        (number if isinstance(number, Number) else number.wide).name
        for layout in MACHINES.values()
        for block in layout.blocks
        for number in block.numbers
    }
    plain = {name for name in names if not unit_of(name)}
    assert plain == {
        "resistance_level",
        "floors",
        "step_count",
        "stride_count",
        "stroke_count",
        "metabolic_equivalent",
    }
