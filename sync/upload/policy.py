"""When to try the cloud again: pure; told what became of an attempt, answers how long to wait.

Waits grow by decorrelated jitter (M. Brooker, "Exponential Backoff and Jitter", AWS 2015), so that two
thousand boxes that lost the cloud at one moment do not come back at one moment.
"""

import random as _random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

Problem = Literal[
    "unreachable",  # no connection
    "slow",  # no whole answer in time
    "untrusted",  # the service's certificate does not hold
    "credentials",  # the service does not take us for who we say we are
    "too_large",  # it takes less at once
    "busy",  # it asks us to wait
    "failing",  # it broke down over the request, or answered what cannot be understood
    "unwanted",  # it takes no such request at all: another version, or not our service
]
# Only a person can change these, and a box that knocks twice a second looks like an attack.
_FOR_A_PERSON: Final = frozenset({"untrusted", "credentials", "unwanted"})
MAX_RETRY_AFTER_S: Final = 6 * 3600.0


@dataclass(frozen=True, slots=True)
class BackoffSettings:
    """How patient to be, in seconds; `person_s` is the first wait where only a person can help."""

    first_s: float = 1.0
    cap_s: float = 300.0
    person_s: float = 60.0


class Backoff:
    """Spaces the attempts that follow a failed one."""

    def __init__(
        self, settings: BackoffSettings | None = None, *, random: Callable[[], float] = _random.random
    ) -> None:
        """`random` gives numbers in [0, 1)."""
        self._settings = settings or BackoffSettings()
        self._random = random
        self._last_s = 0.0
        self.failures = 0

    @property
    def probing(self) -> bool:
        """Whether the next attempt should be a small one: the last failed."""
        return self.failures > 0

    def succeeded(self) -> None:
        """Begin anew."""
        self.failures = 0
        self._last_s = 0.0

    def failed(self, problem: Problem, *, retry_after_s: float | None = None) -> float:
        """Seconds to wait now; never less than the service asks for, and a little more by chance."""
        self.failures += 1
        settings = self._settings
        base_s = settings.person_s if problem in _FOR_A_PERSON else settings.first_s
        reach_s = max(base_s, 3 * self._last_s)
        self._last_s = min(settings.cap_s, base_s + self._random() * (reach_s - base_s))
        return self._last_s if retry_after_s is None else retry_after_s + self._random() * self._last_s


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3): seconds, or a date; None when it is neither.

    Args:
        value: Of the header.
        now: The service's own time where it told it, so that a wrong clock here does no harm; aware.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), MAX_RETRY_AFTER_S)
    moment = http_date(text)
    if moment is None:
        return None
    return min(max(0.0, (moment - now).total_seconds()), MAX_RETRY_AFTER_S)


def http_date(value: str | None) -> datetime | None:
    """The moment that an HTTP date tells, in UTC; None when it is none."""
    try:
        moment = parsedate_to_datetime(value or "")
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
