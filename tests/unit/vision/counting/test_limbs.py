from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.limbs import FAR_SIDE, SHRINK_S, Limb, LimbGauge, LimbView
from vision.counting.posture import Moment
from vision.keypoints import Joint

BOTH: list[tuple[str, Limb]] = [("pushup", "arm"), ("squat", "leg")]


def moment(limb: Limb, film: Any, at_s: float = 0.0) -> Moment:
    gauge = LimbGauge(limb)
    for time_s, pose in film:
        view = gauge.measure(time_s, pose.points)
        if time_s >= at_s:
            assert view is not None
            return Moment(view, pose.points)
    raise AssertionError


@pytest.mark.parametrize("yaw_degrees", range(0, 360, 45))
@pytest.mark.parametrize(("move", "limb"), [("pushup", "arm"), ("squat", "leg")])
def test_reach_is_one_on_straight_limbs_and_falls(film: Any, move: str, limb: Limb, yaw_degrees: int) -> None:
    film = film.but(move=move, camera_yaw_degrees=yaw_degrees)
    top, bottom = moment(limb, film).view, moment(limb, film, 1.6).view
    assert top.reach == pytest.approx(1.0, abs=0.12)
    assert 0.2 < bottom.reach < 0.62
    assert bottom.carried_px > top.carried_px
    assert top.score == pytest.approx(0.9)


def test_an_unseen_pair_of_limbs_is_not_measured(film: Any) -> None:
    wrists = (Joint.LEFT_WRIST, Joint.RIGHT_WRIST)
    assert LimbGauge("arm").measure(0.0, film.but(camera_unseen=wrists).pose().points) is None


def test_assumed_feet_are_worth_less(film: Any) -> None:
    feet = (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE)
    view = moment("leg", film.but(move="squat", camera_unseen=feet)).view
    assert view.reach == pytest.approx(1.0, abs=0.12)
    assert view.score == pytest.approx(0.45)


def test_a_gauge_forgets_lengths_on_reset(film: Any) -> None:
    gauge = LimbGauge("arm")
    near = gauge.measure(0.0, film.but(camera_distance=2.5).pose().points)
    gauge.reset()
    far = gauge.measure(0.04, film.but(camera_distance=6.0).pose().points)
    assert near is not None
    assert far is not None
    assert far.length_px < 0.6 * near.length_px
    assert far.reach == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(("move", "limb"), BOTH)
@given(scale=st.floats(0.2, 8), corner=st.tuples(st.floats(-2000, 2000), st.floats(-2000, 2000)))
@settings(max_examples=25)
def test_size_and_place_in_the_frame_do_not_matter(
    film: Any, move: str, limb: Limb, scale: float, corner: tuple[float, float]
) -> None:
    here, there = LimbGauge(limb), LimbGauge(limb)
    for at_s in (0.0, 1.2, 1.6):
        points = film.but(move=move).pose(at_s).points
        moved = points.copy()
        moved[:, :2] = points[:, :2] * scale + corner
        a, b = here.measure(at_s, points), there.measure(at_s, moved)
        assert a is not None
        assert b is not None
        assert (b.reach, b.chord) == pytest.approx((a.reach, a.chord), abs=0.01)
        assert b.length_px == pytest.approx(scale * a.length_px, rel=0.01)


@pytest.mark.parametrize(("move", "limb"), BOTH)
def test_a_mirror_changes_nothing(film: Any, move: str, limb: Limb) -> None:
    plain, mirrored = LimbGauge(limb), LimbGauge(limb)
    swap = [0, *(joint + 1 if joint % 2 else joint - 1 for joint in range(1, 17))]
    for time_s, pose in film.but(move=move, camera_yaw_degrees=40):
        other = pose.points[swap]
        other[:, 0] = 1280 - other[:, 0]
        a, b = plain.measure(time_s, pose.points), mirrored.measure(time_s, other)
        assert a is not None
        assert b is not None
        assert (b.reach, b.chord, b.score) == pytest.approx((a.reach, a.chord, a.score), abs=1e-4)


@pytest.mark.parametrize(("move", "limb"), BOTH)
@given(seed=st.integers(0, 10_000), side=st.sampled_from(["LEFT", "RIGHT"]))
@settings(max_examples=25)
def test_where_a_hidden_limb_is_guessed_to_be_does_not_matter(
    film: Any, move: str, limb: Limb, seed: int, side: str
) -> None:
    random = np.random.default_rng(seed)
    hidden = [joint for joint in Joint if joint.name.startswith(side)]
    gauge = LimbGauge(limb)
    seen = film.but(move=move, camera_unseen=tuple(hidden))
    for at_s, low, high in ((0.0, 0.85, 1.1), (1.6, 0.15, 0.65)):
        points = seen.pose(at_s).points.copy()
        points[hidden, :2] = random.uniform(0, 1000, (len(hidden), 2))
        view = gauge.measure(at_s, points)
        assert view is not None
        assert low < view.reach < high


def measured(gauge: LimbGauge, time_s: float, left_px: float, right_px: float) -> LimbView:
    """Two hanging arms of these lengths, straight."""
    points = np.zeros((17, 3), dtype=np.float32)
    points[:, 2] = 0.9
    for side, length_px in ((0, left_px), (1, right_px)):
        shoulder, elbow, wrist = (
            joint + side for joint in (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST)
        )
        points[elbow, 1], points[wrist, 1] = points[shoulder, 1] + length_px / 2, length_px
    view = gauge.measure(time_s, points)
    assert view is not None
    return view


@given(elapsed_s=st.floats(0.01, 60))
def test_a_limb_that_looks_shorter_is_remembered_for_a_while(elapsed_s: float) -> None:
    gauge = LimbGauge("arm")
    measured(gauge, 0.0, 200, 200)
    expected = 100 + 100 * math.exp(-elapsed_s / SHRINK_S)
    assert measured(gauge, elapsed_s, 100, 100).length_px == pytest.approx(expected, rel=1e-4)


def test_a_limb_that_looks_longer_is_believed_at_once_and_time_gone_back_forgets_nothing() -> None:
    gauge = LimbGauge("arm")
    measured(gauge, 10.0, 100, 100)
    assert measured(gauge, 10.0, 150, 150).length_px == pytest.approx(150)
    assert measured(gauge, 3.0, 100, 100).length_px == pytest.approx(150)


def test_the_far_limb_is_never_much_shorter_than_the_near_one() -> None:
    assert measured(LimbGauge("arm"), 0.0, 200, 50).length_px == pytest.approx((200 + FAR_SIDE * 200) / 2)


@given(st.lists(st.floats(-1e5, 1e5, width=32), min_size=51, max_size=51))
def test_any_points_give_numbers(numbers: list[float]) -> None:
    points = np.array(numbers, dtype=np.float32).reshape(17, 3)
    points[:, 2] = np.abs(points[:, 2]) % 1
    for limb in ("arm", "leg"):
        view = LimbGauge(limb).measure(0.0, points)
        if view is not None:
            assert np.isfinite([view.reach, view.chord, view.carried_px, view.bearing_px]).all()
            assert view.length_px >= 1
            assert 0.1 <= view.score <= 1
