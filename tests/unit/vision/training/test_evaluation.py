from __future__ import annotations

import numpy as np
import pytest

from vision.phase.belief import EXERCISES, LOGITS, NONE, PHASES
from vision.phase.window import CHANNELS, STEPS
from vision.training.evaluation import score
from vision.training.examples import Examples

SQUAT, CURL, OTHER = (EXERCISES.index(name) for name in ("squat", "curl", NONE))
UP, DOWN = PHASES.index("up"), PHASES.index("down")


def examples(*exercises: int) -> Examples:
    count = len(exercises)
    return Examples(
        np.zeros((count, STEPS, CHANNELS), np.float32),
        np.array(exercises, np.int8),
        np.full(count, DOWN, np.int8),
        np.full(count, 1.0, np.float32),
    )


def said(exercise: int, phase: int, depth: float) -> list[float]:
    answer = np.zeros(LOGITS)
    answer[exercise] = answer[len(EXERCISES) + phase] = 5.0
    answer[-1] = np.log(depth / (1 - depth))
    return answer.tolist()


def test_shares_are_of_all_and_of_exercises() -> None:
    answers = [said(SQUAT, DOWN, 0.9), said(CURL, UP, 0.5), said(OTHER, UP, 0.5), said(SQUAT, UP, 0.5)]
    found = score(np.array(answers, np.float32), examples(SQUAT, SQUAT, OTHER, OTHER))
    assert found.examples == 4
    assert found.exercise == 0.5
    assert found.phase == 0.5  # of the two that are an exercise
    assert found.depth_error == pytest.approx((0.1 + 0.5) / 2)
    assert found.confusion.sum() == 4
    assert found.confusion[SQUAT, CURL] == found.confusion[OTHER, SQUAT] == 1


def test_nothing_but_other_motion_has_no_phase() -> None:
    found = score(np.array([said(OTHER, UP, 0.5)], np.float32), examples(OTHER))
    assert (found.exercise, found.phase, found.depth_error) == (1.0, 0.0, 0.0)
    assert found.to_json()["confusion"][OTHER][OTHER] == 1
