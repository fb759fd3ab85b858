"""The two clocks: one that never goes back, one in UTC."""

import time
from datetime import UTC, datetime, timedelta

from gateway.clock import Clock


def test_the_clock_for_durations_does_not_heed_the_wall_clock() -> None:
    clock = Clock()
    stamps = [clock.now_s() for _ in range(1000)]
    assert stamps == sorted(stamps)
    assert clock.now_s is time.monotonic


def test_the_clock_for_people_knows_its_zone() -> None:
    now = Clock().utc_now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
