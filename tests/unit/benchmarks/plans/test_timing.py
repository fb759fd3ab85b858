"""How long things take, summed up."""

import os
from typing import Any

import pytest

from benchmarks.plans.timing import Timing, one_core, row, timed, timing


def test_a_timing_is_median_and_slowest_of_a_hundred() -> None:
    slowest: Any = pytest.approx(6.98)
    assert timing([0.001] * 98 + [0.002, 0.5]) == Timing(1.0, slowest, None, 100)
    assert timing([0.001], [0.0005]).cpu_ms == 0.5
    done: list[tuple[int, int]] = []
    figures = timed(lambda *each: done.append(each), [(1, 2), (3, 4)])
    assert (done, figures.turns) == ([(1, 2), (3, 4)], 2)
    assert figures.cpu_ms is not None
    assert row("x", figures).split()[0] == "x"


def test_one_core_is_one_and_all_come_back() -> None:
    before = os.sched_getaffinity(0)
    with one_core():
        assert len(os.sched_getaffinity(0)) == 1
    assert os.sched_getaffinity(0) == before
