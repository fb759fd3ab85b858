from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from vision.phase.belief import EXERCISES, NONE
from vision.phase.window import CHANNELS, STEPS
from vision.training.examples import COVERED_MOST, Examples, from_take, joined
from vision.training.simulator import simulate
from vision.training.takes import Take

SHOWN = CHANNELS // 3
"""Scores of a step, which come last: the face counts as one joint."""


@pytest.fixture(scope="module")
def take() -> Take:
    return simulate(np.random.default_rng(3), exercise="squat")


def taken(take: Take, seed: int = 1, count: int = 40) -> Examples:
    return from_take(take, np.random.default_rng(seed), count=count)


def without(take: Take, lost: np.ndarray) -> Take:
    points = take.points.copy()
    points[lost] = 0
    return Take(take.times_s, points, take.exercise, take.phase, take.depth, take.variant)


def test_a_take_gives_as_many_windows_as_are_wanted(take: Take) -> None:
    found = taken(take)
    assert len(found) == 40
    assert found.windows.shape == (40, STEPS, CHANNELS)
    assert np.isfinite(found.windows).all()


def test_labels_are_those_at_the_end_of_each_window(take: Take) -> None:
    found = taken(take, count=200)
    known = set(zip(take.exercise.tolist(), take.phase.tolist(), take.depth.tolist(), strict=True))
    assert set(zip(found.exercise.tolist(), found.phase.tolist(), found.depth.tolist(), strict=True)) <= known
    squats = found.exercise == EXERCISES.index("squat")
    assert squats.any()
    assert found.exercise[~squats].tolist() == [EXERCISES.index(NONE)] * int((~squats).sum())


def test_the_same_seed_gives_the_same_windows(take: Take) -> None:
    assert np.array_equal(taken(take).windows, taken(take).windows)
    assert not np.array_equal(taken(take).windows, taken(take, seed=2).windows)


def test_a_take_without_anybody_gives_nothing(take: Take) -> None:
    nobody = without(take, np.ones(len(take.times_s), dtype=bool))
    assert len(taken(nobody)) == 0


def test_no_window_reaches_over_a_long_gap(take: Take) -> None:
    """Somebody else comes back: a window over both would show a leap of a hundred body lengths."""
    middle_s = take.times_s[-1] / 2
    gone = without(take, np.abs(take.times_s - middle_s) < 0.8)
    later = gone.times_s > middle_s
    gone.points[later, :, 0] += 1e5 * gone.points[later].any(axis=(1, 2))[:, None]
    for window in taken(gone, count=200).windows:
        places = window[:, : CHANNELS - CHANNELS // 3].reshape(STEPS, -1, 2)
        assert np.abs(np.diff(places[..., 0], axis=0)).max() < 3.9


def test_now_and_then_something_stands_before_some_joints(take: Take) -> None:
    points = take.points.copy()
    points[..., 2] = 0.9 * points.any(axis=2)
    sure = replace(take, points=points)
    scores = np.array([taken(sure, seed, 1).windows[0, -1, -SHOWN:] for seed in range(100)])
    covered = scores < 1
    assert 10 < covered.any(axis=1).sum() < 50
    assert covered.sum(axis=1).max() <= COVERED_MOST


def test_sets_are_joined_and_picked_from(take: Take) -> None:
    first, second = taken(take, count=3), taken(take, seed=2, count=4)
    both = joined([first, second])
    assert len(both) == 7
    assert np.array_equal(both[3:].windows, second.windows)
    assert np.array_equal(both[np.array([0, 2])].depth, first.depth[[0, 2]])
    assert len(joined([])) == 0
