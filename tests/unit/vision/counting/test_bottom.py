"""The knees at the turn, by the moments around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vision.counting.bottom import LOW, Bottom
from vision.counting.geometry import knee_degrees
from vision.counting.limbs import LimbGauge
from vision.counting.posture import Moment
from vision.keypoints import Joint


def descent(film: Any, fps: float = 25.0) -> list[Moment]:
    gauge = LimbGauge("leg")
    frames = film.but(move="squat", reps=1, camera_yaw_degrees=90.0, fps=fps)
    views = [(gauge.measure(time_s, pose.points), pose.points) for time_s, pose in frames]
    return [Moment(view, points) for view, points in views if view is not None]


def at_bottom(moments: list[Moment]) -> float:
    bottom = Bottom()
    bottom.begin(moments[0])
    for moment in moments:
        bottom.see(moment)
    return bottom.knee_degrees()


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
    bottom.begin(deep)
    bottom.see(deep)
    bottom.begin(high)
    bottom.see(high)
    assert bottom.knee_degrees() == pytest.approx(knee_degrees(high.points))
    assert high.view.reach - deep.view.reach > LOW
