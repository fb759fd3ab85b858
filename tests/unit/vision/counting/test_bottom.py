"""The lowest part of a descent, by the moments around it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.bottom import LOW, Bottom
from vision.counting.geometry import knee_degrees
from vision.counting.limbs import LimbGauge, LimbView
from vision.counting.posture import Moment
from vision.keypoints import Joint


def descent(film: Any, fps: float = 25.0) -> list[Moment]:
    gauge = LimbGauge("leg")
    frames = film.but(move="squat", reps=1, camera_yaw_degrees=90.0, fps=fps)
    views = [(gauge.measure(time_s, pose.points), pose.points) for time_s, pose in frames]
    return [Moment(view, points) for view, points in views if view is not None]


def seen(moments: list[Moment], fps: float = 25.0) -> Bottom:
    bottom = Bottom()
    for frame, moment in enumerate(moments):
        bottom.see(frame / fps, moment)
    return bottom


def at_bottom(moments: list[Moment]) -> float:
    return seen(moments).knee_degrees()


def curve(reaches: list[float]) -> list[Moment]:
    nowhere = np.zeros((17, 3), dtype=np.float32)
    return [Moment(LimbView(reach, reach, 0.0, 100.0, 100.0, 1.0), nowhere) for reach in reaches]


@pytest.mark.parametrize("fps", [5.0, 10.0, 25.0])
def test_it_is_the_angle_at_the_turn_at_any_rate(film: Any, fps: float) -> None:
    lowest = min(descent(film), key=lambda moment: moment.view.reach)
    assert at_bottom(descent(film, fps)) == pytest.approx(knee_degrees(lowest.points), abs=8)


def test_one_misplaced_knee_at_the_lowest_does_not_decide(film: Any) -> None:
    moments = descent(film)
    lowest = min(range(len(moments)), key=lambda at: moments[at].view.reach)
    points = moments[lowest].points.copy()
    points[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 1] += np.float32(60.0)
    wrong = [*moments[:lowest], replace(moments[lowest], points=points), *moments[lowest + 1 :]]
    assert abs(knee_degrees(points) - knee_degrees(moments[lowest].points)) > 10
    assert at_bottom(wrong) == pytest.approx(at_bottom(moments), abs=2)


def test_of_two_moments_the_more_open_one_counts(film: Any) -> None:
    lowest = min(descent(film), key=lambda moment: moment.view.reach)
    points = lowest.points.copy()
    points[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 1] += np.float32(60.0)
    pair = [replace(lowest, points=points), lowest]
    assert at_bottom(pair) == pytest.approx(max(knee_degrees(moment.points) for moment in pair))


def test_another_descent_knows_nothing_of_the_one_before(film: Any) -> None:
    deep, high = min(descent(film), key=lambda moment: moment.view.reach), descent(film)[0]
    bottom = Bottom()
    assert bottom.knee_degrees() == 180.0
    bottom.see(0.0, deep)
    bottom.begin()
    bottom.see(1.0, high)
    assert bottom.knee_degrees() == pytest.approx(knee_degrees(high.points))
    assert high.view.reach - deep.view.reach > LOW


def test_a_plateau_does_not_hide_how_far_the_knees_were_bent_for_a_quarter_of_it(film: Any) -> None:
    lowest = min(descent(film), key=lambda moment: moment.view.reach)
    open_knees = lowest.points.copy()
    open_knees[[Joint.LEFT_KNEE, Joint.RIGHT_KNEE], 1] += np.float32(60.0)
    bent, open_degrees = sorted([knee_degrees(lowest.points), knee_degrees(open_knees)])
    (most, few) = (
        (open_knees, lowest.points)
        if knee_degrees(open_knees) == open_degrees
        else (lowest.points, open_knees)
    )
    plateau = [replace(lowest, points=points) for points in [most] * 6 + [few] * 3]
    assert at_bottom(plateau) == pytest.approx(bent)
    assert at_bottom([*plateau[:7], *plateau[:2]]) == pytest.approx(open_degrees)


@pytest.mark.parametrize("tempo_s", [0.8, 1.6, 4.0])
@pytest.mark.parametrize("fps", [10.0, 25.0, 60.0])
def test_the_lower_half_of_a_swing_takes_half_of_its_time_at_any_rate(tempo_s: float, fps: float) -> None:
    frames = round(tempo_s * fps)
    swing = [1 - 0.25 * (1 - math.cos(2 * math.pi * frame / frames)) / 2 for frame in range(frames + 1)]
    assert seen(curve(swing), fps).lasted_s() == pytest.approx(tempo_s / 2, abs=0.25 / fps)


def test_of_a_turn_without_its_way_there_nobody_knows_how_long_it_was() -> None:
    assert seen([]).lasted_s() == math.inf
    assert seen(curve([0.7, 0.8, 0.9])).lasted_s() == math.inf


@given(st.lists(st.floats(-2.0, 2.0), min_size=1, max_size=80))
def test_no_turn_takes_longer_than_what_was_seen(reaches: list[float]) -> None:
    lasted_s = seen(curve(reaches)).lasted_s()
    assert lasted_s == math.inf or 0 <= lasted_s <= len(reaches) / 25.0
