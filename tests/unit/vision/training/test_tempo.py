from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.training.takes import DOWN_LEAST, UP_MOST
from vision.training.tempo import (
    FULL_LEAST,
    PARTIAL_DEPTHS,
    STUCK_AT,
    Tempo,
    both,
    eased,
    in_turn,
    one,
    repetitions,
)

SEEDS = st.integers(0, 2**32 - 1)
TIMES_S = np.arange(600) / 30
STEADY = Tempo(
    rep_s=2.0,
    eccentric_share=0.5,
    turn_s=0.0,
    start_s=0.0,
    stuck_s=0.0,
    depth=1.0,
    start_depth=0.0,
    partial_share=0.0,
    unevenness=0.0,
    fatigue=0.0,
)


def turns(depth: np.ndarray) -> np.ndarray:
    """Where the depth stops rising."""
    steps = np.sign(np.diff(depth).round(9))
    moving = np.flatnonzero(steps)
    return moving[:-1][(steps[moving[:-1]] > 0) & (steps[moving[1:]] < 0)] + 1


def test_a_steady_set_has_the_repetitions_that_fit() -> None:
    depth, number = repetitions(TIMES_S, STEADY, np.random.default_rng(1))
    assert len(turns(depth)) == 10
    assert TIMES_S[turns(depth)] == pytest.approx(np.arange(1, 20, 2), abs=0.05)
    assert depth.max() == pytest.approx(1.0, abs=0.01)
    assert number[0] == 0
    assert set(np.diff(number)) == {0, 1}


def test_a_set_may_come_into_view_late() -> None:
    depth, _ = repetitions(TIMES_S, STEADY, np.random.default_rng(1), late=0.5)
    assert depth[0] == pytest.approx(1.0)


def test_the_way_down_takes_its_share() -> None:
    depth, _ = repetitions(TIMES_S, replace(STEADY, eccentric_share=0.8), np.random.default_rng(1))
    assert TIMES_S[turns(depth)[0]] == pytest.approx(1.6, abs=0.05)


def test_pauses_are_held_still() -> None:
    tempo = replace(STEADY, turn_s=1.0, start_s=0.5)
    depth, _ = repetitions(TIMES_S, tempo, np.random.default_rng(1))
    assert (depth[(TIMES_S > 1.05) & (TIMES_S < 1.95)] == pytest.approx(1.0)) is True
    assert (depth[(TIMES_S > 3.05) & (TIMES_S < 3.45)] == pytest.approx(0.0)) is True


def test_who_is_stuck_halts_on_the_way_back_and_nowhere_else() -> None:
    depth, number = repetitions(TIMES_S, replace(STEADY, stuck_s=0.5), np.random.default_rng(1))
    assert len(turns(depth)) == 8
    halted = depth[(TIMES_S > 1.55) & (TIMES_S < 1.95)]
    assert halted == pytest.approx(STUCK_AT)
    assert set(number.tolist()) == set(range(8))


def test_fatigue_slows_and_shallows() -> None:
    tempo = replace(STEADY, depth=1.2, fatigue=0.05)
    depth, _ = repetitions(np.arange(1800) / 30, tempo, np.random.default_rng(1))
    at = turns(depth)
    assert (np.diff(at, 2) >= -1).all()
    assert np.diff(at)[-1] > np.diff(at)[0] + 10
    assert depth[at[-1]] < depth[at[0]] - 0.1


@settings(max_examples=30)
@given(SEEDS)
def test_depth_is_continuous_and_never_in_doubt(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tempo = Tempo.sample(rng, (0.6, 6.0))
    depth, number = repetitions(TIMES_S, tempo, rng, late=float(rng.random()))
    assert depth.shape == number.shape == TIMES_S.shape
    # Minimum jerk goes 1.875 times as fast as its mean, and no repetition is under a third of a second.
    assert np.abs(np.diff(depth)).max() < 1.875 * depth.max() / 30 / (0.3 * 0.35 * 0.6)
    assert depth.min() >= 0
    peaks = depth[turns(depth)]
    sampled = 0.9 * FULL_LEAST  # thirty frames a second may miss the turn itself
    assert ((peaks <= PARTIAL_DEPTHS[1]) | (peaks >= sampled)).all()


def test_full_and_partial_repetitions_are_labelled_apart() -> None:
    assert PARTIAL_DEPTHS[0] > UP_MOST
    assert PARTIAL_DEPTHS[1] < DOWN_LEAST < FULL_LEAST


def test_partial_sets_stay_partial() -> None:
    depth, _ = repetitions(TIMES_S, replace(STEADY, partial_share=1.0), np.random.default_rng(1))
    assert len(turns(depth)) == 10
    assert depth.max() <= PARTIAL_DEPTHS[1]


@settings(max_examples=30)
@given(st.floats(0, 1), st.floats(0, 1))
def test_easing_rises_from_0_to_1(first: float, second: float) -> None:
    low, high = eased(np.sort(np.array([first, second])))
    assert 0 <= low <= high <= 1 + 1e-12
    assert eased(np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 0.5, 1])


@settings(max_examples=30)
@given(SEEDS)
def test_sides_work_together_in_turn_or_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    depth, number = repetitions(TIMES_S, STEADY, rng)
    together, turned, alone = both(TIMES_S, depth, rng), in_turn(depth, number, rng), one(depth, rng)
    for sides in (together, turned, alone):
        assert sides.shape == (len(TIMES_S), 2)
        assert np.abs(np.diff(sides, axis=0)).max() < 0.1
    assert np.abs(together[:, 0] - together[:, 1]).max() < 0.2
    assert turned.min(axis=1).max() == 0
    assert turned.max(axis=1) == pytest.approx(depth)
    assert (turned.max(axis=0) > 0.9).all()
    assert np.ptp(alone, axis=0).min() == pytest.approx(0)


def test_quick_work_has_no_pauses() -> None:
    tempo = replace(STEADY, turn_s=1.0, start_s=1.0, start_depth=0.1)
    assert (tempo.quick().turn_s, tempo.quick().start_s) == (0.1, 0.15)
    assert tempo.from_zero().start_depth == 0
