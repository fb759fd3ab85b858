"""The two clocks: one that never goes back, one in UTC."""

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.clock import Clock, LocalDays
from gateway.config.change import between
from gateway.config.model import BoxConfig


def test_the_clock_for_durations_does_not_heed_the_wall_clock() -> None:
    clock = Clock()
    stamps = [clock.now_s() for _ in range(1000)]
    assert stamps == sorted(stamps)
    assert clock.now_s is time.monotonic


def test_the_clock_for_people_knows_its_zone() -> None:
    now = Clock().utc_now()
    assert now.utcoffset() == timedelta(0)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_day_begins_where_the_gym_stands() -> None:
    clock = Clock(utc_now=lambda: datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert LocalDays(ZoneInfo("UTC"), clock).today() == date(2026, 3, 1)
    berlin = LocalDays(ZoneInfo("Europe/Berlin"), clock)
    assert (berlin.today(), berlin.now().hour) == (date(2026, 3, 2), 0)
    assert berlin.of(datetime(2026, 7, 1, 21, 59, tzinfo=UTC)) == date(2026, 7, 1)
    assert berlin.of(datetime(2026, 7, 1, 22, 0, tzinfo=UTC)) == date(2026, 7, 2)


async def test_a_gym_that_moves_has_other_days() -> None:
    days = LocalDays(ZoneInfo("UTC"), Clock(utc_now=lambda: datetime(2026, 3, 1, 23, 30, tzinfo=UTC)))
    new = BoxConfig.model_validate({"box": {"timezone": "Europe/Berlin"}})
    await days.reconfigure(new, between(BoxConfig(), new))
    assert days.today() == date(2026, 3, 2)
