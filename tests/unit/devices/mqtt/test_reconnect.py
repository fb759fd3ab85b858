"""When to try again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mqtt.reconnect import Backoff, BackoffSettings

EVEN = BackoffSettings(jitter=0.0)


def test_waits_grow_to_a_cap() -> None:
    backoff = Backoff(EVEN)
    waits = [backoff.after("unreachable") for _ in range(12)]
    assert waits[:3] == pytest.approx([0.5, 0.9, 1.62])
    assert all(later >= earlier for earlier, later in pairwise(waits))
    assert waits[-1] == EVEN.cap_s
    assert backoff.attempts == 12


def test_a_stable_connection_starts_the_count_anew() -> None:
    backoff = Backoff(EVEN)
    for _ in range(10):
        backoff.after("unreachable")
    assert backoff.after("lost", connected_s=EVEN.stable_s) == EVEN.first_s
    assert backoff.attempts == 1


def test_a_broker_that_accepts_and_drops_is_not_hammered() -> None:
    backoff = Backoff(EVEN)
    waits = [backoff.after("lost", connected_s=0.2) for _ in range(10)]
    assert waits[-1] == EVEN.cap_s


def test_a_refusal_is_retried_slowly_at_once() -> None:
    assert Backoff(EVEN).after("refused") == EVEN.refused_s


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 200))
def test_jitter_stays_within_its_fraction(chance: float, attempts: int) -> None:
    settings = BackoffSettings()
    backoff, even = Backoff(settings, random=lambda: chance), Backoff(EVEN)
    for _ in range(attempts):
        wait, middle = backoff.after("unreachable"), even.after("unreachable")
    assert middle * (1 - settings.jitter) <= wait <= middle * (1 + settings.jitter)


def test_years_offline_do_not_overflow() -> None:
    backoff = Backoff(EVEN)
    backoff.attempts = 10**9
    assert backoff.after("unreachable") == EVEN.cap_s
