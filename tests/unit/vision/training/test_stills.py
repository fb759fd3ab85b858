from __future__ import annotations

import numpy as np
import pytest

from vision.keypoints import Joint
from vision.phase.belief import EXERCISES, NONE, PHASES
from vision.phase.window import CHANNELS, JOINTS, STEPS
from vision.training.stills import MIRRORED, Still, examples_of, held_still


def still(exercise: str = "squat", phase: str = "down") -> Still:
    points = np.random.default_rng(1).random((17, 3)).astype(np.float32) * (300, 300, 0)
    points[:, 2] = 0.9
    return Still("a.jpg", points.astype(np.float32), exercise, phase)


def test_a_mirror_changes_left_and_right_and_twice_nothing() -> None:
    assert MIRRORED[Joint.LEFT_WRIST] == Joint.RIGHT_WRIST
    assert MIRRORED[Joint.NOSE] == Joint.NOSE
    assert [MIRRORED[joint] for joint in MIRRORED] == list(range(17))


def test_a_pose_that_is_held_does_not_move() -> None:
    window = held_still(still().points)
    assert window.shape == (STEPS, CHANNELS)
    assert np.ptp(window, axis=0).max() == 0


@pytest.mark.parametrize(
    ("exercise", "phase", "depth"),
    [("squat", "down", 1.0), ("curl", "up", 0.0), ("lunge", "between", 0.5), (NONE, "between", 0.0)],
)
def test_labels(exercise: str, phase: str, depth: float) -> None:
    found = examples_of([still(exercise, phase)], np.random.default_rng(0))
    assert found.exercise.tolist() == [EXERCISES.index(exercise)]
    assert found.phase.tolist() == [PHASES.index(phase)]
    assert found.depth.tolist() == [depth]


def test_one_copy_is_the_pose_itself() -> None:
    found = examples_of([still()], np.random.default_rng(0))
    assert np.array_equal(found.windows[0], held_still(still().points))


def test_copies_differ_but_not_by_much() -> None:
    original = held_still(still().points)
    mirror = held_still(still().points[MIRRORED] * np.array((-1, 1, 1), dtype=np.float32))
    found = examples_of([still()], np.random.default_rng(0), copies=20)
    assert len(found) == 20
    assert len({window.tobytes() for window in found.windows}) == 20
    for window in found.windows:
        away = min(np.abs(window - original).max(), np.abs(window - mirror).max())
        assert 0 < away < 0.6
        assert (window[:, -JOINTS:] == original[:, -JOINTS:]).all()


def test_no_stills_are_no_examples() -> None:
    assert len(examples_of([], np.random.default_rng(0), copies=3)) == 0
