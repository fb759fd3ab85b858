"""Values that wander: in bounds, smooth, at rest where they turn, and the same at any rate of looking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.training.motion.wander import cycle, sway, wander

if TYPE_CHECKING:
    from collections.abc import Callable

    from vision.training.body import Array

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=15)
@given(seed=SEEDS, start_s=st.floats(-100, 1000), length_s=st.floats(0.1, 20), every_s=st.floats(0.1, 5))
def test_wandering_never_leaves_its_bounds_nor_stops_before_the_end(
    seed: int, start_s: float, length_s: float, every_s: float
) -> None:
    times_s = start_s + np.linspace(0, length_s, 200)
    values = wander(times_s, np.random.default_rng(seed), every_s, 3)
    assert values.shape == (200, 3)
    assert np.abs(values).max() <= 1.0
    # The steepest of a minimum jerk is 15/8 of the mean; steps last 0.6 of the time at least.
    most = 2 * 15 / 8 / (0.6 * every_s) * (times_s[1] - times_s[0])
    assert np.abs(np.diff(values, axis=0)).max() <= most * 1.001 + 1e-9


@settings(max_examples=15)
@given(seed=SEEDS, every_s=st.floats(0.3, 3))
def test_wandering_goes_on_without_a_rest_for_most_of_the_time(seed: int, every_s: float) -> None:
    times_s = np.linspace(0, 40 * every_s, 4000)
    values = wander(times_s, np.random.default_rng(seed), every_s, 6)
    # If every step came out as short as a step can be, they would last three fifths of the time.
    moving = times_s[1:] < (0.6 * 43 - 2) * every_s
    speed = np.abs(np.diff(values, axis=0)).max(axis=1) / (times_s[1] - times_s[0]) * every_s
    still = np.flatnonzero(speed[moving] < 1e-6)
    assert len(still) < 0.2 * moving.sum(), "at rest only where it turns"


@given(seed=SEEDS)
@settings(max_examples=15)
def test_what_is_seen_does_not_depend_on_how_often_one_looks(seed: int) -> None:
    times_s = np.arange(121) / 30
    makers: list[Callable[[Array, np.random.Generator], Array]] = [
        lambda at, rng: wander(at, rng, 0.7, 2),
        lambda at, rng: sway(at, rng, (3,)),
        lambda at, rng: cycle(at, rng, 0.9),
    ]
    for make in makers:
        often = make(times_s, np.random.default_rng(seed))
        assert make(times_s[::4], np.random.default_rng(seed)) == pytest.approx(often[::4], abs=1e-9)


@given(seed=SEEDS, shape=st.sampled_from([(1,), (3,), (2, 3)]))
@settings(max_examples=20)
def test_swaying_is_slow_small_and_each_part_its_own(seed: int, shape: tuple[int, ...]) -> None:
    times_s = np.linspace(0, 30, 900)
    moves = sway(times_s, np.random.default_rng(seed), shape)
    assert moves.shape == (900, *shape)
    assert np.abs(moves).max() <= 1.4
    assert np.abs(np.gradient(moves, times_s, axis=0)).max() <= 1.4 * 2 * np.pi * 0.7 * 1.01
    flat = moves.reshape(900, -1)
    for one in range(flat.shape[1]):
        for other in range(one):
            assert np.abs(flat[:, one] - flat[:, other]).max() > 0.05


@given(seed=SEEDS, period_s=st.floats(0.3, 4))
@settings(max_examples=15)
def test_a_cycle_goes_round_forwards_once_a_period(seed: int, period_s: float) -> None:
    times_s = np.linspace(0, 20 * period_s, 1000)
    turns = cycle(times_s, np.random.default_rng(seed), period_s)
    assert turns[-1] - turns[0] == pytest.approx(20, abs=0.31)
    assert (np.diff(turns) > 0).all()
    assert 0.0 - 0.15 <= turns[0] <= 1.15
