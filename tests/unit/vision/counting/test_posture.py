from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.carried import CARRIED_SHARE_LEAST, CARRIED_SHARE_MOST, HINGE_SHARE_LEAST, body_moved
from vision.counting.exercises import POSTURES, find
from vision.counting.limbs import Limb, LimbGauge, LimbView
from vision.counting.posture import TRAVEL_LEAST, Moment
from vision.keypoints import Joint

BOTH: list[tuple[str, Limb]] = [("pushup", "arm"), ("squat", "leg")]
TOP = LimbView(reach=1.0, chord=1.0, carried_px=100, bearing_px=200, length_px=100, score=0.9)


def moment(limb: Limb, film: Any, at_s: float = 0.0) -> Moment:
    gauge = LimbGauge(limb)
    for time_s, pose in film:
        view = gauge.measure(time_s, pose.points)
        if time_s >= at_s:
            assert view is not None
            return Moment(view, pose.points)
    raise AssertionError


@pytest.mark.parametrize("yaw_degrees", range(0, 360, 45))
def test_postures_hold_for_their_own_exercise(film: Any, yaw_degrees: int) -> None:
    for move, limb in BOTH:
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


@given(travel=st.floats(0, 1), carried=st.floats(0, 3), hinged=st.floats(0, 1))
def test_the_body_must_move_and_the_hinges_bend(travel: float, carried: float, hinged: float) -> None:
    bottom = replace(
        TOP,
        reach=1 - travel,
        carried_px=100 + 100 * travel * carried,
        bearing_px=200 - 100 * travel * (1 - carried),
        chord=1 - travel * hinged,
    )
    edges = (
        (travel, TRAVEL_LEAST),
        (carried, CARRIED_SHARE_LEAST),
        (-carried, -CARRIED_SHARE_MOST),
        (hinged, HINGE_SHARE_LEAST),
    )
    if all(abs(value - edge) > 1e-3 for value, edge in edges):
        assert body_moved(TOP, bottom) == all(value > edge for value, edge in edges)


@pytest.mark.parametrize(("move", "limb"), BOTH)
def test_unseen_joints_have_no_say(film: Any, move: str, limb: Limb) -> None:
    rule = find(move).posture
    now = moment(limb, film.but(move=move))
    points = now.points.copy()
    working = {
        joint for joint in Joint if joint.name.endswith(("WRIST", "ELBOW") if limb == "arm" else ("KNEE",))
    }
    idle = [joint for joint in Joint if joint not in working]
    points[idle] = (0, 5000, 0.1)
    assert rule.problem(Moment(now.view, points)) is None


@given(seed=st.integers(0, 10_000))
def test_a_hidden_leg_does_not_spoil_a_squat(film: Any, seed: int) -> None:
    random = np.random.default_rng(seed)
    top, bottom = (moment("leg", film.but(move="squat"), at_s) for at_s in (0.0, 1.6))
    guessed = []
    for now in (top, bottom):
        points = now.points.copy()
        for joint in (Joint.LEFT_KNEE, Joint.LEFT_ANKLE):
            points[joint] = (*random.uniform(0, 1000, 2), 0.05)
        guessed.append(Moment(now.view, points))
    assert find("squat").posture.is_descent(*guessed)


def test_a_foot_in_the_air_is_no_squat(film: Any) -> None:
    top, bottom = (moment("leg", film.but(move="squat"), at_s) for at_s in (0.0, 1.6))
    points = bottom.points.copy()
    points[Joint.RIGHT_ANKLE, 1] -= 0.4 * bottom.view.length_px
    assert not find("squat").posture.is_descent(top, Moment(bottom.view, points))


@pytest.mark.parametrize("name", ["hands_loaded", "on_two_feet"])
def test_nothing_to_see_is_no_reason_against(name: str) -> None:
    nothing = Moment(TOP, np.zeros((17, 3), dtype=np.float32))
    assert POSTURES[name].problem(nothing) is None
    assert not POSTURES[name].is_descent(nothing, nothing)
