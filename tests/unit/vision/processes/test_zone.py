"""Who stands at a station."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import Joint, Pose
from vision.processes.zone import belongs, centre, inside

LEFT_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
L_SHAPE = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.3), (0.3, 0.3), (0.3, 1.0), (0.0, 1.0))

fractions = st.floats(0.001, 0.999)


def person(x: float, y: float, *, hips: float = 0.9, rest: float = 0.9) -> Pose:
    points = np.zeros((17, 3), np.float32)
    points[:, :2] = x, y
    points[:, 2] = rest
    points[[Joint.LEFT_HIP, Joint.RIGHT_HIP], 2] = hips
    return Pose(points, 0.9)


@pytest.mark.parametrize("zone", [(), ((0.1, 0.1),), ((0.1, 0.1), (0.2, 0.2))])
def test_without_a_zone_the_whole_picture_counts(zone: tuple[tuple[float, float], ...]) -> None:
    assert inside(zone, 0.99, 0.01)


@given(fractions, fractions)
def test_two_halves_share_every_point(x: float, y: float) -> None:
    assert inside(LEFT_HALF, x, y) != inside(RIGHT_HALF, x, y)


@given(fractions, fractions, st.integers(0, 3))
def test_it_does_not_matter_where_the_polygon_begins_or_which_way_it_turns(
    x: float, y: float, turn: int
) -> None:
    turned = LEFT_HALF[turn:] + LEFT_HALF[:turn]
    assert inside(turned, x, y) == inside(LEFT_HALF, x, y) == inside(turned[::-1], x, y)


def test_a_polygon_with_a_notch() -> None:
    assert inside(L_SHAPE, 0.9, 0.1)
    assert inside(L_SHAPE, 0.1, 0.9)
    assert not inside(L_SHAPE, 0.9, 0.9)


def test_the_hips_say_where_a_person_is() -> None:
    pose = person(100, 100)
    pose.points[Joint.LEFT_WRIST, :2] = 900, 900
    assert centre(pose) == (100, 100)


def test_one_hip_is_enough() -> None:
    pose = person(100, 100)
    pose.points[Joint.LEFT_HIP] = 500, 500, 0.1
    assert centre(pose) == (100, 100)


def test_without_hips_what_is_seen_says_it() -> None:
    pose = person(200, 50, hips=0.0)
    pose.points[[Joint.LEFT_HIP, Joint.RIGHT_HIP], :2] = 0, 0
    assert centre(pose) == (200, 50)


def test_without_any_sure_point_the_middle_of_all_says_it() -> None:
    assert centre(person(30, 40, hips=0.0, rest=0.0)) == (30, 40)


def test_a_person_belongs_to_one_of_two_stations() -> None:
    assert belongs(person(300, 400), LEFT_HALF, 1280, 720)
    assert not belongs(person(300, 400), RIGHT_HALF, 1280, 720)
    assert belongs(person(1000, 400), RIGHT_HALF, 1280, 720)
