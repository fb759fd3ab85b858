"""Geometry, smoothing, continuity, limbs and posture on the stick figure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.continuity import Continuity
from vision.counting.exercises import find
from vision.counting.geometry import angle_degrees, body_scale
from vision.counting.limbs import LimbGauge
from vision.counting.posture import Moment
from vision.counting.smoothing import PoseSmoother, SmoothingSettings
from vision.keypoints import COCO_KEYPOINTS, SKELETON, Joint, Pose


def only(film: Any, at_s: float = 0.0) -> Pose:
    return next(pose for time_s, pose in film if time_s >= at_s)


def moment(limb: str, film: Any, at_s: float = 0.0) -> Moment:
    gauge = LimbGauge(limb)
    for time_s, pose in film:
        view = gauge.measure(time_s, pose.points)
        if time_s >= at_s:
            return Moment(view, pose.points)
    raise AssertionError


# Keypoints and geometry


def test_keypoints_are_coco() -> None:
    assert len(COCO_KEYPOINTS) == 17
    assert COCO_KEYPOINTS[Joint.LEFT_KNEE] == "left_knee"
    assert {joint for bone in SKELETON for joint in bone} == set(Joint)


@pytest.mark.parametrize(
    ("c", "degrees"), [((2, 0), 180), ((1, 1), 90), ((0, 0), 0), ((1, 0), 180), ((0, 1), 45)]
)
def test_angles(c: tuple[float, float], degrees: float) -> None:
    a, b = np.array([0.0, 0.0]), np.array([1.0, 0.0])
    assert angle_degrees(a, b, np.array(c, dtype=float)) == pytest.approx(degrees, abs=1e-4)


@given(st.lists(st.floats(-1e4, 1e4), min_size=6, max_size=6))
def test_an_angle_is_an_angle(numbers: list[float]) -> None:
    a, b, c = np.array(numbers).reshape(3, 2)
    assert 0 <= angle_degrees(a, b, c) <= 180
    assert angle_degrees(a, b, c) == pytest.approx(angle_degrees(c, b, a), abs=1e-3)


@pytest.mark.parametrize("yaw_degrees", [0, 45, 90])
def test_scale_survives_foreshortening(film: Any, yaw_degrees: float) -> None:
    side = body_scale(only(film.but(camera_yaw_degrees=90)).points)
    assert body_scale(only(film.but(camera_yaw_degrees=yaw_degrees)).points) == pytest.approx(side, rel=0.45)


def test_scale_is_never_nothing() -> None:
    assert body_scale(np.zeros((17, 3))) == 1.0


# Smoothing


def test_a_body_at_rest_becomes_quieter(film: Any) -> None:
    smoother = PoseSmoother()
    still = film.but(depth=0.0, camera_noise_px=5.0, reps=3)
    raw = np.array([pose.points for _, pose in still])
    smooth = np.array([smoother.update(time_s, pose).points for time_s, pose in still])
    assert smooth[25:, :, :2].std(axis=0).mean() < 0.8 * raw[25:, :, :2].std(axis=0).mean()


@pytest.mark.parametrize("fps", [5.0, 10.0, 25.0, 60.0])
def test_fast_reps_keep_their_depth_at_any_rate(film: Any, fps: float) -> None:
    smoother = PoseSmoother()
    fast = film.but(tempo_s=1.2, fps=fps)
    raw = np.array([pose.points[Joint.LEFT_SHOULDER, 1] for _, pose in fast])
    smooth = np.array([smoother.update(t, pose).points[Joint.LEFT_SHOULDER, 1] for t, pose in fast])
    assert np.ptp(smooth) > 0.8 * np.ptp(raw)


def test_a_joint_without_score_is_not_believed(film: Any) -> None:
    smoother = PoseSmoother()
    pose = only(film)
    smoother.update(0.0, pose)
    wild = pose.points.copy()
    wild[Joint.LEFT_WRIST] = (0, 0, 0)
    after = smoother.update(0.04, Pose(wild, 0.9)).points
    assert after[Joint.LEFT_WRIST, :2] == pytest.approx(pose.points[Joint.LEFT_WRIST, :2])
    assert 0 < after[Joint.LEFT_WRIST, 2] < 0.9


def test_time_that_stands_still_changes_nothing(film: Any) -> None:
    smoother = PoseSmoother(SmoothingSettings(rest_hz=1.0))
    first = smoother.update(1.0, only(film))
    for time_s in (1.0, 0.5):
        again = smoother.update(time_s, only(film, 1.6))
        assert again.points == pytest.approx(first.points)


def test_reset_takes_the_next_pose_as_it_is(film: Any) -> None:
    smoother = PoseSmoother()
    smoother.update(0.0, only(film))
    smoother.reset()
    assert smoother.update(0.1, only(film, 1.6)).points == pytest.approx(only(film, 1.6).points)


@given(st.lists(st.floats(0.001, 0.4), min_size=2, max_size=20))
@settings(deadline=None)
def test_smoothed_points_stay_between_what_was_seen(steps: list[float]) -> None:
    smoother = PoseSmoother()
    time_s, seen = 0.0, []
    for number, step in enumerate(steps):
        time_s += step
        points = np.full((17, 3), float(number % 3), dtype=np.float32)
        points[:, 2] = 0.8
        seen.append(float(number % 3))
        smooth = smoother.update(time_s, Pose(points, 0.9)).points
        assert min(seen) - 1e-3 <= smooth[:, :2].min() <= smooth[:, :2].max() <= max(seen) + 1e-3


# Continuity


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0])
@pytest.mark.parametrize("move", ["pushup", "squat"])
def test_movement_is_no_cut(film: Any, move: str, fps: float) -> None:
    continuity = Continuity()
    fast = film.but(move=move, fps=fps, tempo_s=1.0, camera_noise_px=6.0)
    assert [continuity.begins_new_track(*frame) for frame in fast].count(True) == 1


@pytest.mark.parametrize("change", [{"camera_shift_px": 400.0}, {"camera_distance": 1.8}])
def test_a_jump_of_place_or_size_is_a_cut(film: Any, change: dict[str, float]) -> None:
    continuity = Continuity()
    continuity.begins_new_track(0.0, only(film))
    assert not continuity.begins_new_track(0.04, only(film, 0.04))
    assert continuity.begins_new_track(0.08, only(film.but(**change)))


def test_long_unseen_and_backward_time_begin_anew(film: Any) -> None:
    continuity = Continuity()
    assert [continuity.begins_new_track(t, only(film)) for t in (0.0, 0.9, 2.0, 1.0, 1.0)] == [
        True, False, True, True, False,
    ]  # fmt: skip
    continuity.reset()
    assert continuity.begins_new_track(1.04, only(film))


# Limbs


@pytest.mark.parametrize("yaw_degrees", range(0, 360, 45))
@pytest.mark.parametrize(("move", "limb"), [("pushup", "arm"), ("squat", "leg")])
def test_reach_is_one_on_straight_limbs_and_falls(film: Any, move: str, limb: str, yaw_degrees: int) -> None:
    film = film.but(move=move, camera_yaw_degrees=yaw_degrees)
    top, bottom = moment(limb, film).view, moment(limb, film, 1.6).view
    assert top.reach == pytest.approx(1.0, abs=0.12)
    assert 0.2 < bottom.reach < 0.62
    assert bottom.carried_px > top.carried_px
    assert top.score == pytest.approx(0.9)


def test_an_unseen_pair_of_limbs_is_not_measured(film: Any) -> None:
    wrists = (Joint.LEFT_WRIST, Joint.RIGHT_WRIST)
    assert LimbGauge("arm").measure(0.0, only(film.but(camera_unseen=wrists)).points) is None


def test_assumed_feet_are_worth_less(film: Any) -> None:
    feet = (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE)
    view = moment("leg", film.but(move="squat", camera_unseen=feet)).view
    assert view.reach == pytest.approx(1.0, abs=0.12)
    assert view.score == pytest.approx(0.45)


def test_a_gauge_forgets_lengths_on_reset(film: Any) -> None:
    gauge = LimbGauge("arm")
    near = gauge.measure(0.0, only(film.but(camera_distance=2.5)).points)
    gauge.reset()
    far = gauge.measure(0.04, only(film.but(camera_distance=6.0)).points)
    assert near is not None
    assert far is not None
    assert far.length_px < 0.6 * near.length_px
    assert far.reach == pytest.approx(1.0, abs=0.1)


# Posture


@pytest.mark.parametrize("yaw_degrees", range(0, 360, 45))
def test_postures_hold_for_their_own_exercise(film: Any, yaw_degrees: int) -> None:
    for move, limb in (("pushup", "arm"), ("squat", "leg")):
        rule = find(move).posture
        seen = film.but(move=move, camera_yaw_degrees=yaw_degrees)
        top, bottom = moment(limb, seen), moment(limb, seen, 1.6)
        assert rule.problem(top) is None
        assert rule.problem(bottom) is None
        assert rule.is_descent(top, bottom)
        assert not rule.is_descent(bottom, top)


def test_standing_is_no_pushup_and_a_plank_no_squat(film: Any) -> None:
    assert find("pushup").posture.problem(moment("arm", film.but(move="squat"))) == "upright"
    assert find("squat").posture.problem(moment("leg", film.but(camera_yaw_degrees=90))) is not None


def test_hands_at_the_feet_are_no_squat(film: Any) -> None:
    now = moment("leg", film.but(move="squat"))
    points = now.points.copy()
    points[[Joint.LEFT_WRIST, Joint.RIGHT_WRIST], 1] = points[Joint.LEFT_ANKLE, 1]
    assert find("squat").posture.problem(Moment(now.view, points)) == "hands on the floor"


def test_one_low_knee_is_no_squat(film: Any) -> None:
    film = film.but(move="squat")
    top, bottom = moment("leg", film), moment("leg", film, 1.6)
    points = bottom.points.copy()
    points[Joint.LEFT_KNEE, 1] += 0.4 * bottom.view.length_px
    assert not find("squat").posture.is_descent(top, Moment(bottom.view, points))


def test_moving_hands_are_no_pushup(film: Any) -> None:
    top = moment("arm", film.but(move="curl"))
    assert not find("pushup").posture.is_descent(top, moment("arm", film.but(move="curl"), 1.6))
