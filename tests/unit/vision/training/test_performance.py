from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.training.body import Body, joints
from vision.training.motion import catalogue
from vision.training.performance import Performance, perform

SEEDS = st.integers(0, 2**32 - 1)
TIMES_S = np.arange(360) / 30


def done(exercise: str, name: str, seed: int) -> tuple[Body, Performance]:
    rng = np.random.default_rng(seed)
    body = Body.sample(rng)
    return body, perform(body, catalogue.find(exercise, name), TIMES_S, rng)


@pytest.mark.parametrize("variant", catalogue.VARIANTS, ids=lambda each: f"{each.exercise}-{each.name}")
@settings(max_examples=2)
@given(SEEDS)
def test_a_take_is_one_unbroken_motion(variant: catalogue.Exercise, seed: int) -> None:
    body, performance = done(variant.exercise, variant.name, seed)
    assert len(performance.posture) == len(performance.depth) == len(performance.going_on) == len(TIMES_S)
    edges = np.abs(np.diff(np.pad(performance.going_on.astype(int), 1)))
    assert edges.sum() == 2, "it begins once and ends once"
    assert not performance.depth[~performance.going_on].any()
    assert np.abs(np.diff(performance.depth[performance.going_on])).max() < 0.5
    speed_m_s = np.linalg.norm(np.diff(joints(body, performance.posture), axis=0), axis=-1) * 30
    assert np.percentile(speed_m_s.max(axis=1), 99) < 16


def test_half_of_the_sets_show_how_they_begin_or_end() -> None:
    going = np.array([done("squat", "goblet", seed)[1].going_on[[0, -1]] for seed in range(40)])
    assert 0.15 < 1 - going[:, 0].mean() < 0.6
    assert 0.1 < 1 - going[:, 1].mean() < 0.5


def test_most_sets_end_with_a_whole_repetition() -> None:
    ends = []
    for seed in range(60):
        performance = done("pushup", "floor", seed)[1]
        if not performance.going_on[-1]:
            ends.append(performance.depth[performance.going_on][-1])
    assert len(ends) > 8
    assert np.mean(np.array(ends) < 0.3) > 0.5


def test_the_way_there_and_back_is_never_shown_of_what_is_done_anywhere() -> None:
    assert all(done("none", "dance", seed)[1].going_on.all() for seed in range(10))
    assert not all(done("none", "plank", seed)[1].going_on.all() for seed in range(20))


def test_who_gets_into_position_stands_first() -> None:
    stood = 0
    for seed in range(25):
        body, performance = done("pushup", "floor", seed)
        if performance.going_on[0]:
            continue
        places = joints(body, performance.posture)
        first = int(performance.going_on.argmax())
        assert np.linalg.norm(places[first] - places[first - 1], axis=-1).max() < 0.15, "no jump"
        stood += bool(places[0, 5, 1] > 0.7 * body.stature)
    assert stood > 5
