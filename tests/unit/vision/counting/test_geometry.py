from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.counting.geometry import (
    BONES,
    TORSO_CORNERS,
    angle_degrees,
    body_scale,
    distance,
    drawn_knee_degrees,
    knee_degrees,
)
from vision.keypoints import SKELETON, Joint

FAR = st.floats(-1e4, 1e4)
POINT = st.tuples(FAR, FAR).map(np.array)


@given(a=POINT, b=POINT, c=POINT)
def test_a_distance_is_a_distance(a: Any, b: Any, c: Any) -> None:
    assert distance(a, b) == distance(b, a) >= 0
    assert distance(a, a) == 0
    assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-6


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
    side = body_scale(film.but(camera_yaw_degrees=90).pose().points)
    assert body_scale(film.but(camera_yaw_degrees=yaw_degrees).pose().points) == pytest.approx(side, rel=0.45)


def test_scale_is_never_nothing() -> None:
    assert body_scale(np.zeros((17, 3))) == 1.0


@given(
    bend=st.floats(1, 179),
    turn=st.floats(0, 360),
    before=st.floats(0.1, 1e3),
    after=st.floats(0.1, 1e3),
    at=POINT,
)
def test_an_angle_survives_turning_moving_and_other_lengths(
    bend: float, turn: float, before: float, after: float, at: Any
) -> None:
    first, last = math.radians(turn), math.radians(turn + bend)
    a = at + before * np.array([math.cos(first), math.sin(first)])
    c = at + after * np.array([math.cos(last), math.sin(last)])
    assert angle_degrees(a, at, c) == pytest.approx(bend, abs=0.01)


@given(scale=st.floats(0.05, 20), x=FAR, y=FAR)
def test_scale_grows_with_the_body_and_not_with_its_place(
    film: Any, scale: float, x: float, y: float
) -> None:
    points = film.pose().points.astype(np.float64)
    moved = points.copy()
    moved[:, :2] = points[:, :2] * scale + [x, y]
    assert body_scale(moved) == pytest.approx(scale * body_scale(points), rel=1e-6)


@pytest.mark.parametrize("joint", list(Joint))
def test_no_single_seen_joint_inflates_the_body_beyond_its_next_part(film: Any, joint: Joint) -> None:
    points = film.but(move="squat").pose().points
    before = body_scale(points)
    wild = points.copy()
    wild[joint, :2] += 10_000
    parts = sum(joint in bone[:2] for bone in BONES) + (joint in TORSO_CORNERS)
    assert parts > 1 or body_scale(wild) < 1.6 * before


@given(seed=st.integers(0, 10_000), side=st.sampled_from(["LEFT", "RIGHT"]))
def test_guessed_joints_do_not_change_the_scale(film: Any, seed: int, side: str) -> None:
    hidden = [joint for joint in Joint if joint.name.startswith(side)]
    points = film.but(camera_unseen=tuple(hidden)).pose().points
    wild = points.copy()
    wild[hidden, :2] = np.random.default_rng(seed).uniform(-3000, 3000, (len(hidden), 2))
    assert body_scale(wild) == body_scale(points)


def test_where_next_to_nothing_is_seen_the_guesses_are_all_there_is(film: Any) -> None:
    points = film.pose().points.copy()
    points[:, 2] = 0.0
    assert body_scale(points) == pytest.approx(body_scale(film.pose().points))


def test_bones_are_the_limbs_of_the_skeleton() -> None:
    drawn = {frozenset(bone) for bone in SKELETON}
    assert all(frozenset((a, b)) in drawn for a, b, _ in BONES)
    assert len({frozenset((a, b)) for a, b, _ in BONES}) == len(BONES) == 8


@pytest.mark.parametrize(("depth", "degrees"), [(0.3, 144), (0.5, 120), (0.7, 96), (1.0, 60)])
@pytest.mark.parametrize("yaw_degrees", [60, 90, 270])
def test_the_knee_of_a_squat(film: Any, depth: float, degrees: float, yaw_degrees: float) -> None:
    squat = film.but(move="squat", depth=depth, camera_yaw_degrees=yaw_degrees, camera_height=0.8)
    assert knee_degrees(squat.pose(1.6).points) == pytest.approx(degrees, abs=10)


@given(scale=st.floats(0.01, 50), x=st.floats(-500, 500))
def test_the_knee_knows_neither_size_nor_place(film: Any, scale: float, x: float) -> None:
    points = film.but(move="squat").pose(1.2).points.astype(np.float64)
    moved = points * (scale, scale, 1) + (x, 0, 0)
    assert knee_degrees(moved) == pytest.approx(knee_degrees(points), abs=0.5 + 1 / scale)


def test_a_leg_that_is_nowhere_is_straight() -> None:
    assert 0 <= knee_degrees(np.zeros((17, 3))) <= 180


def test_a_drawn_knee_is_right_from_the_side_and_open_from_the_front(film: Any) -> None:
    side, front = (
        film.but(move="squat", camera_yaw_degrees=yaw_degrees).pose(1.6).points.copy()
        for yaw_degrees in (90, 0)
    )
    assert drawn_knee_degrees(side) == pytest.approx(knee_degrees(side), abs=10)
    assert drawn_knee_degrees(front) > knee_degrees(front) + 30
    side[Joint.LEFT_ANKLE] = side[Joint.LEFT_KNEE]
    side[Joint.LEFT_ANKLE, 2] = 0.0
    right = side[[Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE]]
    assert drawn_knee_degrees(side) == pytest.approx(angle_degrees(*right), abs=2), "the leg that is seen"
