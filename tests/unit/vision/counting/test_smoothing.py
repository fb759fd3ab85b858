from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision.counting.smoothing import PoseSmoother, SmoothingSettings
from vision.keypoints import Joint, Pose


def smoothed(film: Any, **changes: Any) -> Any:
    smoother = PoseSmoother()
    return np.array([smoother.update(time_s, pose).points for time_s, pose in film.but(**changes)])


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
    pose = film.pose()
    smoother.update(0.0, pose)
    wild = pose.points.copy()
    wild[Joint.LEFT_WRIST] = (0, 0, 0)
    after = smoother.update(0.04, Pose(wild, 0.9)).points
    assert after[Joint.LEFT_WRIST, :2] == pytest.approx(pose.points[Joint.LEFT_WRIST, :2])
    assert 0 < after[Joint.LEFT_WRIST, 2] < 0.9


def test_time_that_stands_still_changes_nothing(film: Any) -> None:
    smoother = PoseSmoother(SmoothingSettings(rest_hz=1.0))
    first = smoother.update(1.0, film.pose())
    for time_s in (1.0, 0.5):
        again = smoother.update(time_s, film.pose(1.6))
        assert again.points == pytest.approx(first.points)


def test_reset_takes_the_next_pose_as_it_is(film: Any) -> None:
    smoother = PoseSmoother()
    smoother.update(0.0, film.pose())
    smoother.reset()
    assert smoother.update(0.1, film.pose(1.6)).points == pytest.approx(film.pose(1.6).points)


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


def test_the_same_seconds_give_the_same_curve_at_every_rate(film: Any) -> None:
    fine = smoothed(film, fps=60.0)[::6, Joint.LEFT_SHOULDER, 1]
    for fps, every in ((30.0, 3), (20.0, 2), (10.0, 1)):
        coarse = smoothed(film, fps=fps)[::every, Joint.LEFT_SHOULDER, 1]
        assert np.abs(coarse - fine).max() < 0.15 * np.ptp(fine)


@pytest.mark.parametrize("scale", [0.1, 0.5, 3.0])
def test_a_larger_picture_gives_the_same_curve(film: Any, scale: float) -> None:
    smoother = PoseSmoother()
    expected = smoothed(film)
    for (time_s, pose), smooth in zip(film, expected, strict=True):
        points = pose.points.copy()
        points[:, :2] = points[:, :2] * scale + [30, -70]
        again = smoother.update(time_s, Pose(points, pose.score)).points
        assert again[:, :2] == pytest.approx(smooth[:, :2] * scale + [30, -70], abs=0.02)


def test_faster_movement_is_followed_more_closely(film: Any) -> None:
    def lag(speed_px: float) -> float:
        smoother = PoseSmoother()
        start = film.pose().points
        for frame in range(20):
            points = start.copy()
            points[:, 0] += speed_px * frame
            after = smoother.update(frame / 25, Pose(points, 0.9)).points
        return float(np.abs(points[:, 0] - after[:, 0]).mean() / speed_px)

    assert lag(40.0) < 0.5 * lag(1.0)


def test_what_comes_in_is_not_changed(film: Any) -> None:
    smoother = PoseSmoother()
    for at_s in (0.0, 1.0, 1.6):
        before = film.pose(at_s).points
        pose = Pose(before.copy(), 0.9)
        smoother.update(at_s, pose).points[:] = 0
        if at_s:
            assert (pose.points == before).all()


def test_reset_keeps_nothing_of_the_past(film: Any) -> None:
    used, fresh = PoseSmoother(), PoseSmoother()
    for time_s, pose in film.but(move="squat", camera_noise_px=9.0):
        used.update(time_s, pose)
    used.reset()
    for time_s, pose in film:
        assert (used.update(time_s, pose).points == fresh.update(time_s, pose).points).all()
