"""Numbers and moments as people read them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.console.wording import duration, moment, number, ratio, signed, size


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0.0, "0 s"),
        (59.9, "59 s"),
        (60, "1:00 min"),
        (185, "3:05 min"),
        (3600, "1 h 00 min"),
        (7500, "2 h 05 min"),
        (86_400, "1 d 0 h"),
        (-3, "0 s"),
    ],
)
def test_a_duration(seconds: float, written: str) -> None:
    assert duration(seconds) == written


@given(st.floats(min_value=0, max_value=1e7))
def test_every_duration_has_a_unit(seconds: float) -> None:
    assert duration(seconds).split()[-1] in {"s", "min", "h"}


def test_a_moment_in_the_gyms_time() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment(datetime(2026, 1, 31, 17, 5, 9, tzinfo=UTC), berlin) == "2026-01-31 18:05:09"
    assert moment("2026-07-01T10:00:00+00:00", berlin) == "2026-07-01 12:00:00"


def test_sizes_shares_and_numbers() -> None:
    assert [size(each) for each in (0, 999, 12_300, 4_500_000)] == ["0 B", "999 B", "12.3 kB", "4.5 MB"]
    assert (ratio(None), ratio(0.956)) == ("", "96 %")
    assert [number(each) for each in (None, 3.0, 0.25, 0.999)] == ["", "3", "0.25", "1"]


@pytest.mark.parametrize(
    ("value", "digits", "written"),
    [(1.26, 1, "+1.3"), (-0.2, 2, "-0.20"), (-0.04, 1, "0"), (0.0, 2, "0"), (0.06, 1, "+0.1")],
)
def test_a_difference(value: float, digits: int, written: str) -> None:
    assert signed(value, digits) == written
