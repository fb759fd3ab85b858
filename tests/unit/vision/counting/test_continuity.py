from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.continuity import Continuity, ContinuitySettings
from vision.counting.geometry import body_scale
from vision.keypoints import Joint, Pose


def shifted(pose: Pose, torsos: float) -> Pose:
    points = pose.points.copy()
    points[:, 0] += torsos * body_scale(pose.points)
    return Pose(points, pose.score)


def grown(pose: Pose, factor: float) -> Pose:
    points = pose.points.copy()
    centre = points[:, :2].mean(axis=0)
    points[:, :2] = centre + (points[:, :2] - centre) * factor
    return Pose(points, pose.score)


def begins_new_track(continuity: Continuity, time_s: float, pose: Pose) -> bool:
    new = not continuity.follows(time_s, pose)
    continuity.keep(time_s, pose)
    return new


def follows(first: Pose, second: Pose, elapsed_s: float, settings: ContinuitySettings | None = None) -> bool:
    continuity = Continuity(settings)
    assert begins_new_track(continuity, 5.0, first)
    return not begins_new_track(continuity, 5.0 + elapsed_s, second)


@pytest.mark.parametrize("fps", [5.0, 15.0, 30.0])
@pytest.mark.parametrize("move", ["pushup", "squat"])
def test_movement_is_no_cut(film: Any, move: str, fps: float) -> None:
    continuity = Continuity()
    fast = film.but(move=move, fps=fps, tempo_s=1.0, camera_noise_px=6.0)
    assert [begins_new_track(continuity, *frame) for frame in fast].count(True) == 1


@pytest.mark.parametrize("change", [{"camera_shift_px": 400.0}, {"camera_distance": 1.8}])
def test_a_jump_of_place_or_size_is_a_cut(film: Any, change: dict[str, float]) -> None:
    continuity = Continuity()
    continuity.keep(0.0, film.pose())
    assert not begins_new_track(continuity, 0.04, film.pose(0.04))
    assert begins_new_track(continuity, 0.08, film.but(**change).pose())


def test_long_unseen_and_backward_time_begin_anew(film: Any) -> None:
    continuity = Continuity()
    assert [begins_new_track(continuity, t, film.pose()) for t in (0.0, 0.9, 5.0, 4.0, 4.0)] == [
        True, False, True, True, False,
    ]  # fmt: skip
    continuity.reset()
    assert begins_new_track(continuity, 4.04, film.pose())


@given(torsos=st.floats(-3, 3), elapsed_s=st.floats(0.01, 3.9))
def test_how_far_a_body_may_go_depends_on_the_time_it_had(film: Any, torsos: float, elapsed_s: float) -> None:
    limit = min(max(0.5, 8.0 * elapsed_s), 1.5)
    if abs(abs(torsos) - limit) > 0.01:
        pose = film.pose()
        assert follows(pose, shifted(pose, torsos), elapsed_s) == (abs(torsos) < limit)


@given(times_s=st.lists(st.floats(0, 20), min_size=1, max_size=8), torsos=st.floats(-2, 2))
def test_to_ask_changes_nothing(film: Any, times_s: list[float], torsos: float) -> None:
    asked, told = Continuity(), Continuity()
    for time_s in times_s:
        pose = shifted(film.pose(), torsos * time_s)
        answer = asked.follows(time_s, pose)
        assert asked.follows(time_s, pose) == answer
        assert begins_new_track(asked, time_s, pose) == begins_new_track(told, time_s, pose) == (not answer)


def test_it_is_over_when_unseen_for_longer_than_the_gap(film: Any) -> None:
    continuity = Continuity(ContinuitySettings(gap_s=2.0))
    assert continuity.is_over(0.0)
    continuity.keep(1.0, film.pose())
    assert [continuity.is_over(time_s) for time_s in (0.9, 1.0, 3.0, 3.1)] == [True, False, False, True]


def test_two_skeletons_of_one_body_lie_near(film: Any) -> None:
    continuity = Continuity()
    assert not continuity.is_near(film.pose())
    continuity.keep(0.0, film.pose())
    assert continuity.is_near(shifted(film.pose(), 0.4))
    assert not continuity.is_near(shifted(film.pose(), 0.6))
    assert not continuity.is_near(grown(film.pose(), 2.0))


@given(factor=st.floats(0.3, 3))
def test_growth_and_shrinking_are_judged_alike(film: Any, factor: float) -> None:
    pose = film.pose()
    change = max(factor, 1 / factor)
    same = follows(pose, grown(pose, factor), 0.2)
    assert same == follows(grown(pose, factor), pose, 0.2)
    # Growing moves the points too, so that a little less is enough.
    assert 1.5 < change < 1.61 or same == (change < 1.6)


def test_who_jumps_and_grows_at_once_may_do_less_of_both(film: Any) -> None:
    pose = film.pose()
    assert follows(pose, shifted(pose, 0.6), 0.1)
    assert follows(pose, grown(pose, 1.45), 0.1)
    assert not follows(pose, shifted(grown(pose, 1.45), 0.6), 0.1)


def test_the_gap_is_the_settings(film: Any) -> None:
    pose = film.pose()
    for gap_s in (0.2, 3.0):
        settings = ContinuitySettings(gap_s=gap_s)
        assert follows(pose, pose, gap_s - 0.01, settings)
        assert not follows(pose, pose, gap_s + 0.01, settings)


def test_two_cuts_in_a_row_are_two(film: Any) -> None:
    continuity = Continuity()
    pose = film.pose()
    views = [pose, pose, shifted(pose, 4.0), grown(pose, 3.0), grown(pose, 3.0), pose]
    told = [begins_new_track(continuity, frame / 25, view) for frame, view in enumerate(views)]
    assert told == [True, False, True, True, False, True]


@given(seed=st.integers(0, 10_000), side=st.sampled_from(["LEFT", "RIGHT"]))
def test_joints_that_are_only_guessed_are_no_cut(film: Any, seed: int, side: str) -> None:
    random = np.random.default_rng(seed)
    hidden = [joint for joint in Joint if joint.name.startswith(side)]
    continuity = Continuity()
    told = []
    for frame in range(6):
        points = film.pose().points.copy()
        points[hidden] = np.column_stack(
            [random.uniform(0, 1200, (len(hidden), 2)), np.full(len(hidden), 0.03)]
        )
        told.append(begins_new_track(continuity, frame / 25, Pose(points, 0.9)))
    assert told == [True] + [False] * 5


@pytest.mark.parametrize("joint", [Joint.LEFT_WRIST, Joint.NOSE, Joint.RIGHT_ANKLE])
def test_one_wild_joint_is_no_cut(film: Any, joint: Joint) -> None:
    pose = film.pose()
    points = pose.points.copy()
    points[joint, :2] += 700
    assert follows(pose, Pose(points, 0.9), 0.04)
