from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.keypoints import Joint, Pose
from vision.phase.window import (
    CHANNELS,
    FARTHEST,
    FASTEST_HZ,
    GAP_S,
    JOINTS,
    LEAST_S,
    STEPS,
    WINDOW_S,
    PoseWindow,
    features,
    resample,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

STANDING = np.array(
    [
        *[(0.0, -0.9)] * 5,
        *[(0.2, -0.6), (-0.2, -0.6), (0.25, -0.3), (-0.25, -0.3), (0.25, 0.0), (-0.25, 0.0)],
        *[(0.15, 0.0), (-0.15, 0.0), (0.15, 0.45), (-0.15, 0.45), (0.15, 0.9), (-0.15, 0.9)],
    ]
)
"""x to the right and y down, in metres from the hips."""
few = settings(max_examples=20, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def body_at(time_s: float, *, size_px: float = 200.0, place_px: tuple[float, float] = (640.0, 360.0)) -> Pose:
    """Somebody who bobs up and down and swings the arms, slowly enough for 5 frames a second."""
    places = STANDING.copy()
    places[:13, 1] += 0.2 * math.sin(2 * time_s)
    places[[Joint.LEFT_WRIST, Joint.RIGHT_WRIST], 0] += 0.1 * math.cos(2 * time_s)
    points = np.full((17, 3), 0.9, dtype=np.float32)
    points[:, :2] = places * size_px + place_px
    return Pose(points, 0.9)


def window_of(times_s: Iterable[float], **how: Any) -> NDArray[np.float32]:
    window = PoseWindow()
    for time_s in times_s:
        window.add(time_s, body_at(time_s, **how))
    found = window.features()
    assert found is not None
    return found


def at_rate(fps: float, until_s: float = 3.0) -> list[float]:
    return [until_s - number / fps for number in reversed(range(int(2.5 * fps)))]


@pytest.fixture(scope="module")
def usual() -> NDArray[np.float32]:
    return window_of(at_rate(30))


def test_a_window_has_the_shape_and_range_that_a_model_expects(usual: NDArray[np.float32]) -> None:
    assert usual.shape == (STEPS, CHANNELS)
    assert usual.dtype == np.float32
    assert (usual[:, -JOINTS:] == 1).all()


@few
@given(fps=st.floats(5, 60))
def test_the_frame_rate_does_not_matter(usual: NDArray[np.float32], fps: float) -> None:
    assert window_of(at_rate(fps)) == pytest.approx(usual, abs=0.05)


@few
@given(x=st.floats(-5000, 5000), y=st.floats(-5000, 5000), size_px=st.floats(20, 3000))
def test_place_and_size_in_the_frame_do_not_matter(
    usual: NDArray[np.float32], x: float, y: float, size_px: float
) -> None:
    assert window_of(at_rate(30), place_px=(x, y), size_px=size_px) == pytest.approx(usual, abs=0.01)


@few
@given(seed=seeds)
def test_uneven_times_do_not_matter(usual: NDArray[np.float32], seed: int) -> None:
    random = np.random.default_rng(seed)
    times_s = np.array(at_rate(30))
    kept = random.random(len(times_s)) < 0.6
    kept[[0, -1]] = True
    shaken_s = times_s[kept] + random.uniform(-0.01, 0, kept.sum())
    shaken_s[-1] = times_s[-1]
    assert window_of(shaken_s) == pytest.approx(usual, abs=0.05)


def test_up_and_down_are_told_apart() -> None:
    upright = features(np.repeat(body_at(0).points[None], STEPS, 0))
    turned = body_at(0).points * (1, -1, 1)
    hanging = features(np.repeat(turned[None].astype(np.float32), STEPS, 0))
    assert upright[0, 1] < -0.5  # the head, over the middle
    assert hanging[0, 1] > 0.5


def test_the_travel_of_the_body_stays() -> None:
    window = window_of(at_rate(30))
    assert np.ptp(window[:, 1]) > 0.2


@few
@given(seed=seeds, joint=st.sampled_from(Joint))
def test_where_an_unseen_joint_is_said_to_be_hardly_matters(seed: int, joint: Joint) -> None:
    random = np.random.default_rng(seed)
    points = np.repeat(body_at(0).points[None], STEPS, 0)
    points[:, joint, 2] = 0
    elsewhere = points.copy()
    elsewhere[:, joint, :2] += random.uniform(-300, 300, 2)
    assert features(elsewhere) == pytest.approx(features(points), abs=0.05)


@few
@given(seed=seeds)
def test_whatever_comes_in_the_numbers_are_finite_and_bounded(seed: int) -> None:
    random = np.random.default_rng(seed)
    points = random.normal(0, 10 ** random.uniform(-3, 5), (STEPS, 17, 3)).astype(np.float32)
    points[..., 2] = random.random((STEPS, 17)) * (random.random((STEPS, 17)) < random.random())
    found = features(points)
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= FARTHEST


def test_a_body_in_a_single_point_is_no_error() -> None:
    assert np.isfinite(features(np.zeros((STEPS, 17, 3), dtype=np.float32))).all()


def test_too_little_is_no_window() -> None:
    window = PoseWindow()
    assert window.features() is None
    window.add(0.0, body_at(0.0))
    window.add(LEAST_S - 0.01, body_at(0.4))
    assert window.features() is None
    window.add(LEAST_S + 0.01, body_at(0.5))
    assert window.features() is not None


@pytest.mark.parametrize("then_s", [10 + GAP_S + 0.1, 5.0])
def test_a_gap_or_a_step_back_begins_anew(then_s: float) -> None:
    window = PoseWindow()
    for number in range(30):
        window.add(9 + number / 30, body_at(0.0))
    assert window.features() is not None
    window.add(then_s, body_at(0.0))
    assert window.features() is None


def test_a_short_gap_is_bridged() -> None:
    times_s = [time_s for time_s in at_rate(30) if not 2.2 < time_s < 2.5]
    assert window_of(times_s) == pytest.approx(window_of(at_rate(30)), abs=0.1)


def test_a_forgotten_person_is_not_mixed_with_the_next() -> None:
    window = PoseWindow()
    for number in range(60):
        window.add(number / 30, body_at(0.0))
    window.reset()
    assert window.features() is None


def test_before_the_first_pose_it_was_held() -> None:
    points = np.stack([body_at(1.0).points, body_at(1.3).points])
    found = resample(np.array([1.0, 1.3]), points, 1.3)
    assert np.array_equal(found[0], points[0])
    assert found[-1] == pytest.approx(points[1])


def test_one_pose_alone_was_held_throughout() -> None:
    points = body_at(0.0).points[None]
    assert np.array_equal(resample(np.array([0.0]), points, 0.0), np.repeat(points, STEPS, 0))


def test_a_fast_camera_does_not_shorten_the_window() -> None:
    fast = window_of(at_rate(480, until_s=3.0))
    assert fast == pytest.approx(window_of(at_rate(60)), abs=0.03)
    window = PoseWindow()
    for number in range(1000):
        window.add(number / 1000, body_at(0.0))
    assert len(window._times_s) <= WINDOW_S * FASTEST_HZ + 2
