"""Durations in buckets: each in its own, from any thread, none lost."""

import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.durations import Durations

BOUNDS_S = (0.1, 1.0, 10.0)


@given(st.lists(st.floats(0, 100)))
def test_a_bucket_counts_what_took_no_longer_than_its_bound(durations_s: list[float]) -> None:
    durations = Durations(BOUNDS_S)
    for each in durations_s:
        durations.add("x", each)
    tally = durations.tallies().get("x")
    if tally is None:
        assert not durations_s
        return
    assert tally.counts == tuple(sum(each <= bound for each in durations_s) for bound in BOUNDS_S)
    assert tally.number == len(durations_s)
    assert tally.total_s == pytest.approx(sum(durations_s))


def test_names_are_apart() -> None:
    durations = Durations(BOUNDS_S)
    durations.add("a", 0.5)
    durations.add("b", 50.0)
    assert {name: tally.counts for name, tally in durations.tallies().items()} == {
        "a": (0, 1, 1),
        "b": (0, 0, 0),
    }


def test_what_fails_is_measured_too() -> None:
    durations = Durations(BOUNDS_S)
    with suppress(ZeroDivisionError), durations.measured("x"):
        time.sleep(0.001)
        _ = 1 / 0
    assert durations.tallies()["x"].number == 1
    assert durations.tallies()["x"].total_s >= 0.001


def test_threads_lose_nothing() -> None:
    durations = Durations(BOUNDS_S)

    def add() -> None:
        for _ in range(2000):
            durations.add("x", 0.5)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert durations.tallies()["x"].counts == (0, 8000, 8000)
