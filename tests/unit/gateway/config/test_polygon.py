"""Areas of polygons, what they share, and outlines that cross themselves."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.config.polygon import WHOLE_PICTURE, Corner, area, is_simple, shared_area

Polygon = tuple[Corner, ...]

L_SHAPE: Polygon = ((0, 0), (0.8, 0), (0.8, 0.2), (0.2, 0.2), (0.2, 0.8), (0, 0.8))

fraction = st.floats(0, 1, width=16)
corner = st.tuples(fraction, fraction)
polygon = st.lists(corner, min_size=3, max_size=7).map(tuple)
side = st.floats(0.01, 0.5)


@st.composite
def stars(draw: st.DrawFn) -> Polygon:
    """Outlines of any form around a middle, as people draw them: they never cross themselves."""
    rays = draw(st.lists(st.floats(0.05, 0.45), min_size=3, max_size=9))
    turn = 2 * math.pi / len(rays)
    return tuple(
        (0.5 + ray * math.cos(turn * number), 0.5 + ray * math.sin(turn * number))
        for number, ray in enumerate(rays)
    )


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def moved(outline: Polygon, dx: float, dy: float) -> Polygon:
    return tuple((x + dx, y + dy) for x, y in outline)


def test_areas() -> None:
    assert area(WHOLE_PICTURE) == 1
    assert area(((0, 0), (1, 0), (0, 1))) == 0.5
    assert area(L_SHAPE) == pytest.approx(0.28)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (box(0.2, 0.2, 0.8, 0.8), box(0.5, 0.5, 1, 1), 0.09),
        (L_SHAPE, box(0.1, 0.1, 0.9, 0.9), 0.13),
        (L_SHAPE, box(0.8, 0, 1, 1), 0.0),  # they touch
        (L_SHAPE, box(0.3, 0.3, 0.7, 0.7), 0.0),  # in the bend of the L
        (L_SHAPE, L_SHAPE, 0.28),
        (L_SHAPE, tuple(reversed(L_SHAPE)), 0.28),
    ],
)
def test_what_two_share(one: Polygon, other: Polygon, share: float) -> None:
    assert shared_area(one, other) == pytest.approx(share)
    assert shared_area(other, one) == pytest.approx(share)


def test_two_triangles_that_cross_share_a_star() -> None:
    up, down = ((0, 0), (1, 0), (0.5, 0.75)), ((0, 0.5), (1, 0.5), (0.5, -0.25))
    seen = [
        (x + 0.5) / 400
        for x in range(400)
        for y in range(-100, 300)
        if _holds(up, (x + 0.5) / 400, (y + 0.5) / 400) and _holds(down, (x + 0.5) / 400, (y + 0.5) / 400)
    ]
    assert shared_area(up, down) == pytest.approx(len(seen) / 400**2, abs=2e-3)


def _holds(triangle: Polygon, x: float, y: float) -> bool:
    following = (*triangle[1:], triangle[0])
    sides = [
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        for (ax, ay), (bx, by) in zip(triangle, following, strict=True)
    ]
    return min(sides) > 0 or max(sides) < 0


@given(stars())
def test_a_zone_shares_all_of_itself_with_itself_and_the_picture(outline: Polygon) -> None:
    assert is_simple(outline)
    assert shared_area(outline, outline) == pytest.approx(area(outline), abs=1e-9)
    assert shared_area(outline, WHOLE_PICTURE) == pytest.approx(area(outline), abs=1e-9)


@given(stars(), stars(), st.floats(-1, 1), st.floats(-1, 1))
def test_a_share_is_the_same_from_both_sides_and_never_more_than_either(
    one: Polygon, other: Polygon, dx: float, dy: float
) -> None:
    other = moved(other, dx, dy)
    share = shared_area(one, other)
    assert share == pytest.approx(shared_area(other, one), abs=1e-9)
    assert -1e-12 <= share <= min(area(one), area(other)) + 1e-9


@given(stars(), stars(), st.floats(0.05, 0.95))
def test_a_zone_cut_in_two_shares_as_much_as_the_whole(one: Polygon, other: Polygon, cut: float) -> None:
    parts = box(0, 0, cut, 1), box(cut, 0, 1, 1)
    assert sum(shared_area(one, part) for part in parts) == pytest.approx(area(one), abs=1e-9)
    assert shared_area(one, other) <= area(one) + 1e-9


@given(stars(), stars())
def test_what_is_apart_shares_nothing(one: Polygon, other: Polygon) -> None:
    assert shared_area(one, moved(other, 1.0, 0.0)) == 0.0


@pytest.mark.parametrize(
    "outline",
    [
        box(0, 0, 1, 1),
        ((0, 0), (1, 0), (0, 1)),
        L_SHAPE,
        (*box(0, 0, 1, 1), (0, 0)),  # closed, as some programs write it
        ((0, 0), (0.5, 0), (1, 0), (1, 1)),  # a corner on the way
    ],
)
def test_simple_outlines(outline: Polygon) -> None:
    for start in range(len(outline)):
        walked = (*outline[start:], *outline[:start])
        assert is_simple(walked)
        assert is_simple(tuple(reversed(walked)))


@pytest.mark.parametrize(
    "outline",
    [
        ((0, 0), (1, 1), (1, 0), (0, 1)),  # a bow tie
        ((0, 0), (1, 0), (0.2, 0.9), (0.5, -0.5), (0.8, 0.9)),  # across and back
        ((0, 0), (1, 0), (1, 1), (0.5, 0), (0, 1)),  # a corner on another edge
        ((0, 0), (0.8, 0), (0.4, 0), (0.4, 1)),  # back along the way
        ((0, 0), (1, 0), (1, 1), (0.5, 0.5), (1, 1), (0, 1)),  # there and back
        ((0, 0), (0.5, 0.5), (1, 1)),  # a line
    ],
)
def test_outlines_that_are_not(outline: Polygon) -> None:
    for start in range(len(outline)):
        walked = (*outline[start:], *outline[:start])
        assert not is_simple(walked)
        assert not is_simple(tuple(reversed(walked)))


@given(polygon)
def test_the_way_around_does_not_matter(outline: Polygon) -> None:
    assume(len(set(outline)) == len(outline))
    assert is_simple(outline) == is_simple(tuple(reversed(outline)))
