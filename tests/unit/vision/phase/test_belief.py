from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vision.counting.exercises import KNOWN_EXERCISES
from vision.phase.belief import EXERCISES, LOGITS, NONE, PHASES, Belief

logits = arrays(np.float32, LOGITS, elements=st.floats(-50, 50, width=32))


def test_the_exercises_are_those_that_plans_may_name_and_nothing() -> None:
    assert set(EXERCISES) == {*KNOWN_EXERCISES, NONE}
    assert LOGITS == 12


@given(logits)
def test_shares_add_up_and_depth_is_a_share(answer: np.ndarray) -> None:
    belief = Belief.from_logits(2.5, answer)
    assert belief.time_s == 2.5
    assert belief.exercise.sum() == pytest.approx(1, abs=1e-4)
    assert belief.phase.sum() == pytest.approx(1, abs=1e-4)
    assert 0 <= belief.depth <= 1


@given(logits, st.sampled_from(EXERCISES), st.sampled_from(PHASES))
def test_what_is_said_loudest_is_believed_most(answer: np.ndarray, exercise: str, phase: str) -> None:
    answer[EXERCISES.index(exercise)] = 60
    answer[len(EXERCISES) + PHASES.index(phase)] = 60
    belief = Belief.from_logits(0.0, answer)
    assert belief.of(exercise) > 0.99
    assert belief.phase[PHASES.index(phase)] > 0.99


def test_an_unknown_exercise_is_an_error() -> None:
    belief = Belief.from_logits(0.0, np.zeros(LOGITS, dtype=np.float32))
    assert belief.of("squat") == pytest.approx(1 / 8)
    with pytest.raises(ValueError, match="not in tuple"):
        belief.of("juggling")
