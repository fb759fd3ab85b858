"""When a stream asks whether a descent is the exercise's: from where it began, and not by one frame alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, cycle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from vision.counting import exercises
from vision.counting import stream as stream_module
from vision.counting.bottom import Bottom
from vision.counting.carried import FEET_RISE_MOST, feet_planted, knees_in_view, leg_misjudged
from vision.counting.counter import CountingSettings, StationCounter
from vision.counting.geometry import drawn_knee_degrees, knee_degrees
from vision.counting.limbs import LimbGauge
from vision.counting.posture import Moment
from vision.counting.signals import gauges
from vision.counting.stream import StreamCounter
from vision.keypoints import Joint, Pose

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vision.counting.reps import Rep

ANKLES = [Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]
HIPS = [Joint.LEFT_HIP, Joint.RIGHT_HIP]


class Scripted:
    """A posture: fits unless `wrong`, answers in turn whether a descent is real, keeps what it was shown."""

    def __init__(self, answers: Iterable[bool]) -> None:
        self.answers = iter(answers)
        self.shown: list[tuple[Moment, Moment]] = []
        self.wrong = False

    def problem(self, _now: Moment) -> str | None:
        return "wrong" if self.wrong else None

    def is_descent(self, top: Moment, bottom: Moment) -> bool:
        self.shown.append((top, bottom))
        return next(self.answers)


def full_reps(film: Any, rule: Scripted) -> list[Rep]:
    squat = replace(exercises.find("squat"), posture=rule)
    stream = StreamCounter(squat, gauges("leg", "reach")[0], CountingSettings())
    stream.begin(0.0)
    return [rep for time_s, pose in film for rep in stream.update(time_s, pose) if not rep.partial]


@pytest.mark.parametrize("fps", [5.0, 10.0, 25.0])
def test_a_descent_that_looks_wrong_in_one_frame_is_judged_again_at_its_lowest(film: Any, fps: float) -> None:
    squats = film.but(move="squat", reps=1, fps=fps)
    rule = Scripted([False, True])
    assert len(full_reps(squats, rule)) == 1
    (_, at_first), (_, at_last) = rule.shown
    assert at_last.view.reach <= at_first.view.reach
    assert not full_reps(squats, Scripted([False, False]))


@pytest.mark.parametrize("at_its_lowest", [True, False])
def test_once_real_is_real_and_what_speaks_against_it_later_is_told(
    film: Any, *, at_its_lowest: bool
) -> None:
    (rep,) = full_reps(film.but(move="squat", reps=1), Scripted([True, at_its_lowest]))
    assert rep.contested is not at_its_lowest


def test_who_is_up_before_it_is_believed_is_judged_by_the_lowest_all_the_same(film: Any) -> None:
    rule = Scripted([False, True])
    squat = exercises.find("squat")
    slow = replace(squat, posture=rule, phase=replace(squat.phase, dwell_s=0.4))
    stream = StreamCounter(slow, gauges("leg", "reach")[0], CountingSettings())
    stream.begin(0.0)
    for time_s, pose in film.but(move="squat", reps=1, rest_s=2.0):
        stream.update(time_s, pose)
    (_, at_first), (_, at_last) = rule.shown
    assert at_last.view.reach <= at_first.view.reach


@pytest.mark.parametrize(("wrong_s", "full"), [((0.0, 0.5), 1), ((0.0, 1.2), 0), ((0.7, 1.2), 0)])
def test_a_posture_that_is_believed_was_right_from_the_first_such_frame_in_a_row(
    film: Any, wrong_s: tuple[float, float], full: int
) -> None:
    rule = Scripted(cycle([True]))
    squat = replace(exercises.find("squat"), posture=rule)
    stream = StreamCounter(squat, gauges("leg", "reach")[0], CountingSettings(posture_s=0.8))
    stream.begin(0.0)
    stream.in_posture = False
    reps = []
    for time_s, pose in film.but(move="squat", reps=1):
        rule.wrong = wrong_s[0] <= time_s < wrong_s[1]
        reps += stream.update(time_s, pose)
    assert len(reps) == full
    assert all(rep.started_s < 1.0 for rep in reps), "long before it was believed"


def test_a_movement_that_was_another_one_does_not_cost_the_next(film: Any) -> None:
    three = film.but(move="squat", reps=3)
    other_first = Scripted(chain([False, False], cycle([True])))
    assert len(full_reps(three, other_first)) == 2


def test_a_descent_is_measured_from_where_it_began_not_from_long_before(film: Any) -> None:
    frames = []
    for time_s, pose in film.but(move="squat", reps=1, rest_s=3.0):
        points = pose.points.copy()
        points[HIPS, 1] -= np.float32(2.0 if time_s < 1 else 0.0)  # a little taller at first
        points[Joint.NOSE, 0] = time_s
        frames.append((time_s, Pose(points, pose.score)))
    rule = Scripted(cycle([True]))
    full_reps(frames, rule)
    top, bottom = rule.shown[0]
    assert top.points[Joint.NOSE, 0] > 2.5
    assert top.view.reach - bottom.view.reach > 0.3


@pytest.mark.parametrize(("rise", "planted"), [(0.0, True), (0.5, True), (1.5, False)])
def test_feet_that_the_model_puts_too_high_say_nothing_of_the_knees(
    film: Any, rise: float, *, planted: bool
) -> None:
    frames = [pose.points for _, pose in film.but(move="squat", reps=1, camera_yaw_degrees=90.0)]
    gauge = LimbGauge("leg")
    moments = [Moment(view, p) for n, p in enumerate(frames) if (view := gauge.measure(n / 25, p))]
    top, low = moments[0], min(moments, key=lambda moment: moment.view.reach)
    points = low.points.copy()
    points[ANKLES, 1] -= np.float32(rise * FEET_RISE_MOST * low.view.length_px)
    view = replace(low.view, bearing_px=float(points[ANKLES, 1].mean()))
    assert feet_planted(top, Moment(view, points)) is planted


@pytest.mark.parametrize("depth", [0.5, 1.0])
def test_a_leg_that_is_no_legs_length_makes_no_full_rep(
    film: Any, monkeypatch: pytest.MonkeyPatch, depth: float
) -> None:
    monkeypatch.setattr(Bottom, "knee_degrees", lambda _bottom: 100.0)
    monkeypatch.setattr(stream_module, "leg_misjudged", lambda _bottom, _degrees: True)
    squats = film.but(move="squat", reps=1, depth=depth)
    assert not full_reps(squats, Scripted(cycle([True])))


@pytest.mark.parametrize(
    ("squat", "knees_degrees", "full"),
    [
        ({"depth": 0.5, "tempo_s": 2.4}, 119.0, 1),  # little travel, but bent knees
        ({"depth": 0.5, "tempo_s": 2.4}, 121.0, 0),
        ({"depth": 0.5, "tempo_s": 1.2}, 100.0, 0),  # a bounce
        ({"depth": 1.0, "tempo_s": 1.2}, 109.0, 1),  # quick, but deep
        ({"depth": 1.0, "tempo_s": 1.2}, 111.0, 0),  # by travel deep, by the knees and the time a bounce
        ({"depth": 1.0, "tempo_s": 2.4}, 125.0, 1),
    ],
)
def test_knees_and_time_may_contradict_the_travel(
    film: Any, monkeypatch: pytest.MonkeyPatch, squat: dict[str, float], knees_degrees: float, full: int
) -> None:
    monkeypatch.setattr(Bottom, "knee_degrees", lambda _bottom: knees_degrees)
    monkeypatch.setattr(stream_module, "leg_misjudged", lambda _bottom, _degrees: False)
    for fps in (5.0, 10.0, 25.0):
        squats = film.but(move="squat", reps=1, fps=fps, **squat)
        assert len(full_reps(squats, Scripted(cycle([True])))) == full, fps


@pytest.mark.parametrize(
    ("deepest", "too_long", "misjudged"), [(0.15, 1.0, False), (0.15, 1.8, True), (1.0, 1.8, False)]
)
def test_a_leg_whose_shins_are_too_short_for_it_is_believed_only_when_knees_bend(
    film: Any, deepest: float, too_long: float, *, misjudged: bool
) -> None:
    gauge = LimbGauge("leg")
    frames = [pose.points for _, pose in film.but(move="squat", reps=1, camera_yaw_degrees=90.0)]
    moments = [Moment(view, p) for n, p in enumerate(frames) if (view := gauge.measure(n / 25, p))]
    top, low = moments[0].view.reach, min(moment.view.reach for moment in moments)
    at_turn = min(moments, key=lambda moment: abs(moment.view.reach - (top + deepest * (low - top))))
    view = replace(at_turn.view, length_px=too_long * at_turn.view.length_px)
    assert leg_misjudged(Moment(view, at_turn.points), 120.0) is misjudged


def test_knees_that_close_by_height_alone_do_not_save_a_leg_that_is_too_long(film: Any) -> None:
    gauge = LimbGauge("leg")
    points = film.but(move="squat", reps=1, camera_yaw_degrees=0.0).pose(1.6).points
    view = gauge.measure(0.0, points)
    assert view is not None
    too_long = Moment(replace(view, length_px=2.5 * view.length_px), points)
    assert knee_degrees(points) < 110 < drawn_knee_degrees(points)
    assert leg_misjudged(too_long, 110.0)


@pytest.mark.parametrize(("yaw_degrees", "shown"), [(0, False), (45, True), (90, True), (135, True)])
def test_knees_are_in_view_from_the_side_and_nearly_so(film: Any, yaw_degrees: float, *, shown: bool) -> None:
    points = film.but(move="squat", reps=1, camera_yaw_degrees=yaw_degrees).pose(1.6).points
    view = LimbGauge("leg").measure(0.0, points)
    assert view is not None
    assert knees_in_view(Moment(view, points)) is shown


@pytest.mark.parametrize("camera_height", [0.5, 1.2])
@pytest.mark.parametrize("yaw_degrees", [0.0, 30.0, 60.0, 90.0, 150.0, 180.0])
def test_quick_squats_count_from_any_side(film: Any, camera_height: float, yaw_degrees: float) -> None:
    quick = film.but(
        move="squat",
        reps=3,
        tempo_s=1.2,
        depth=0.85,
        camera_yaw_degrees=yaw_degrees,
        camera_height=camera_height,
    )
    counter = StationCounter(["squat"])
    reps = [rep for time_s, pose in quick for rep in counter.update(time_s, pose)]
    assert [rep.partial for rep in reps] == [False] * 3


@pytest.mark.parametrize("fps", [5.0, 10.0, 25.0])
def test_an_arm_that_is_lost_at_the_top_of_a_curl_and_found_in_the_next_counts_both(
    film: Any, fps: float
) -> None:
    arm = gauges("arm", "reach_per_side")[0]
    stream = StreamCounter(exercises.find("curl"), arm, CountingSettings())
    stream.begin(0.0)
    reps = []
    for time_s, pose in film.but(move="curl", reps=2, camera_yaw_degrees=60.0, fps=fps):
        points = pose.points.copy()
        if 1.8 < time_s < 3.0:
            points[:, 2] = 0.0
        reps += stream.update(time_s, Pose(points, pose.score))
    assert [rep.partial for rep in reps] == [False, False]
    first, second = reps
    assert first.turned_s == pytest.approx(1.6, abs=0.2)
    assert second.turned_s == pytest.approx(3.6, abs=0.2)
