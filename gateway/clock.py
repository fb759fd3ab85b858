"""The two clocks of the box: one that only goes forward, one that people read."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the thin shells get their time; tests hand in their own.

    Attributes:
        now_s: monotonic seconds, for durations and ages.
        utc_now: wall clock, for the stamps that people read.
    """

    now_s: Callable[[], float] = time.monotonic
    utc_now: Callable[[], datetime] = _utc_now
