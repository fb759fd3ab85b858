"""The vocabulary of readings."""

import pytest

from devices.reading import UNITS, Measurement, Metric


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
    ],
)
def test_plausible(metric: Metric, value: float, *, plausible: bool) -> None:
    assert Measurement(metric, value).plausible is plausible


def test_unit_comes_from_the_metric() -> None:
    assert [Measurement(metric, 1.0).unit for metric in UNITS] == list(UNITS.values())
