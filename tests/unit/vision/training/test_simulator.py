from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.phase.belief import EXERCISES, NONE
from vision.pose import PoseModel
from vision.training.motion import catalogue
from vision.training.simulator import draw_exercise, simulate
from vision.training.takes import BETWEEN, DOWN, DOWN_LEAST, NONE_INDEX, UP, UP_MOST, Take, phase_of

SEEDS = st.integers(0, 2**32 - 1)


def take(seed: int, **wanted: object) -> Take:
    return simulate(np.random.default_rng(seed), **wanted)  # type: ignore[arg-type]


@settings(max_examples=25)
@given(
    SEEDS,
    st.sampled_from(EXERCISES),
    st.sampled_from(get_args(PoseModel)),
    st.sampled_from([5.0, 30.0, 60.0]),
)
def test_labels_agree_with_each_other(seed: int, exercise: str, model: PoseModel, rate_hz: float) -> None:
    made = take(seed, exercise=exercise, pose_model=model, seconds=4.0, rate_hz=rate_hz)
    count = round(4.0 * rate_hz)
    assert made.times_s == pytest.approx(np.arange(count) / rate_hz)
    assert made.points.shape == (count, 17, 3)
    assert made.exercise.shape == made.phase.shape == made.depth.shape == (count,)
    assert made.times_s.dtype == np.float64
    assert made.points.dtype == made.depth.dtype == np.float32
    assert made.exercise.dtype == made.phase.dtype == np.int8
    assert np.isfinite(made.points).all()
    assert made.points[..., 2].min() >= 0
    assert made.points[..., 2].max() <= 1
    assert set(made.exercise.tolist()) <= {EXERCISES.index(exercise), NONE_INDEX}
    idle = made.exercise == NONE_INDEX
    assert not made.depth[idle].any()
    assert (made.phase[idle] == BETWEEN).all()
    assert (made.phase[~idle & (made.depth <= UP_MOST)] == UP).all()
    assert (made.phase[~idle & (made.depth >= DOWN_LEAST)] == DOWN).all()
    assert made.depth.min(initial=0) >= 0
    assert made.depth.max(initial=0) <= 1


@settings(max_examples=4)
@given(SEEDS)
def test_the_same_chance_gives_the_same_take(seed: int) -> None:
    one, other, another = take(seed), take(seed), take(seed + 1)
    assert (one.points == other.points).all()
    assert (one.depth == other.depth).all()
    assert one.variant == other.variant
    assert not np.array_equal(one.points, another.points)


def test_every_exercise_is_drawn() -> None:
    rng = np.random.default_rng(1)
    drawn = [draw_exercise(rng) for _ in range(400)]
    assert set(drawn) == set(EXERCISES)
    assert 0.25 < drawn.count(NONE) / len(drawn) < 0.45


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_variant_can_be_asked_for(exercise: str) -> None:
    name = catalogue.of(exercise)[-1].name
    assert take(1, exercise=exercise, variant=name, seconds=2.0).variant == name


def test_most_of_an_exercise_is_the_exercise() -> None:
    shares = [np.mean(take(seed, exercise="squat").exercise != NONE_INDEX) for seed in range(10)]
    assert np.mean(shares) > 0.6


def test_people_are_found_most_of_the_time() -> None:
    for model in get_args(PoseModel):
        found = [take(seed, pose_model=model).points[..., 2].any(axis=1).mean() for seed in range(10)]
        assert np.mean(found) > 0.9


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"exercise": "deadlift"}, "unknown exercise 'deadlift'"),
        ({"exercise": "squat", "variant": "pistol"}, "unknown variant 'pistol' of squat"),
        ({"seconds": 0.0}, "less than two frames"),
        ({"seconds": 1.0, "rate_hz": 1.0}, "less than two frames"),
    ],
)
def test_what_cannot_be_simulated_is_refused(wanted: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        take(1, **wanted)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.data())
def test_phases_follow_the_depth(depths: list[float], data: st.DataObject) -> None:
    labels = data.draw(
        st.lists(st.integers(0, len(EXERCISES) - 1), min_size=len(depths), max_size=len(depths))
    )
    phases = phase_of(np.array(depths), np.array(labels, dtype=np.int8))
    for depth, label, phase in zip(depths, labels, phases, strict=True):
        if label == NONE_INDEX or UP_MOST < depth < DOWN_LEAST:
            assert phase == BETWEEN
        else:
            assert phase == (UP if depth <= UP_MOST else DOWN)
