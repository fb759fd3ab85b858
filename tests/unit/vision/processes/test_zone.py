"""Who stands at a station."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import Joint, Pose
from vision.processes.messages import Zone
from vision.processes.zone import MARGIN, beyond_px, centre, inside, window

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


@given(fractions, fractions, st.sampled_from([LEFT_HALF, RIGHT_HALF, L_SHAPE]))
def test_inside_is_no_distance_and_outside_is_some(x: float, y: float, zone: Zone) -> None:
    far = beyond_px(zone, x * 640, y * 360, 640, 360)
    assert (far == 0) == inside(zone, x, y) or far < 1e-6


@given(st.floats(0, 640), st.floats(0, 360), st.floats(-50, 50), st.floats(-50, 50))
def test_a_step_changes_the_distance_by_no_more_than_its_length(
    x: float, y: float, dx: float, dy: float
) -> None:
    there, here = (beyond_px(L_SHAPE, *place, 640, 360) for place in ((x + dx, y + dy), (x, y)))
    assert abs(there - here) <= np.hypot(dx, dy) + 1e-6


@pytest.mark.parametrize(
    ("x", "y", "far_px"), [(100, 100, 0), (420, 100, 100), (320, 460, 100), (380, 440, 100), (-3, -4, 5)]
)
def test_distances_are_pixels_to_the_nearest_edge(x: float, y: float, far_px: float) -> None:
    assert beyond_px(LEFT_HALF, x, y, 640, 360) == pytest.approx(far_px)


def test_the_whole_picture_has_no_outside() -> None:
    assert beyond_px((), -50, 900, 640, 360) == 0
    assert window((), 640, 360) == (0, 0, 640, 360)


def test_a_window_reaches_a_little_beyond_the_zone() -> None:
    assert window(((0.4, 0.5), (0.6, 0.5), (0.6, 0.9)), 1000, 500) == (370, 220, 630, 480)
    assert MARGIN == 0.15


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=3, max_size=8),
    st.integers(1, 4000),
    st.integers(1, 4000),
)
def test_a_window_holds_its_zone_and_stays_in_the_frame(
    zone: list[tuple[float, float]], width: int, height: int
) -> None:
    found = window(tuple(zone), width, height)
    assert 0 <= found.left < found.right <= width
    assert 0 <= found.top < found.bottom <= height
    for x, y in zone:
        assert found.left <= x * width <= found.right
        assert found.top <= y * height <= found.bottom
