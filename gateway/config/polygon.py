"""Polygons in a picture: their area, whether they cross themselves, how much two of them share."""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise, product
from typing import Final

Corner = tuple[float, float]
Edge = tuple[Corner, Corner]

WHOLE_PICTURE: Final[tuple[Corner, ...]] = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


def area(polygon: Sequence[Corner]) -> float:
    """Return the area of a polygon that does not cross itself, in the square of its corners' unit."""
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in _edges(polygon))) / 2


def is_simple(polygon: Sequence[Corner]) -> bool:
    """Whether the outline crosses, touches or retraces itself nowhere; a corner may be given twice."""
    edges = [edge for edge in _edges(polygon) if edge[0] != edge[1]]
    for (first, one), (second, other) in combinations(enumerate(edges), 2):
        if second - first == 1:
            if _turns_back(one, other):
                return False
        elif first == 0 and second == len(edges) - 1:
            if _turns_back(other, one):
                return False
        elif _touch(one, other):
            return False
    return True


def shared_area(one: Sequence[Corner], other: Sequence[Corner]) -> float:
    """Return the area that lies in both polygons, each of any form.

    Between two heights at which nothing begins, ends or crosses, what they share is made of trapezoids: its
    area is the height times the width half-way up.
    """
    heights = {y for _, y in (*one, *other)}
    heights.update(y for a, b in product(_edges(one), _edges(other)) for y in _crossing(a, b))
    return sum(
        (bottom - top) * _shared_width(one, other, (top + bottom) / 2)
        for top, bottom in pairwise(sorted(heights))
    )


def _edges(polygon: Sequence[Corner]) -> list[Edge]:
    return list(zip(polygon, (*polygon[1:], polygon[0]), strict=True))


def _side(edge: Edge, point: Corner) -> float:
    """On which side of a line a point lies: positive, negative, or 0 on the line."""
    (x0, y0), (x1, y1) = edge
    return (x1 - x0) * (point[1] - y0) - (point[0] - x0) * (y1 - y0)


def _turns_back(edge: Edge, following: Edge) -> bool:
    """Whether an outline goes back along the edge on which it came."""
    (x0, y0), (x1, y1) = edge
    x2, y2 = following[1]
    return _side(edge, following[1]) == 0 and (x1 - x0) * (x2 - x1) + (y1 - y0) * (y2 - y1) < 0


def _touch(one: Edge, other: Edge) -> bool:
    sides = [_side(one, end) for end in other], [_side(other, end) for end in one]
    if all(low < 0 < high for low, high in map(sorted, sides)):
        return True
    return any(
        side == 0 and _within(edge, end)
        for edge, ends, found in ((one, other, sides[0]), (other, one, sides[1]))
        for end, side in zip(ends, found, strict=True)
    )


def _within(edge: Edge, point: Corner) -> bool:
    """Whether a point on the line of an edge lies between its ends."""
    return all(min(a, b) <= at <= max(a, b) for a, b, at in zip(*edge, point, strict=True))


def _crossing(one: Edge, other: Edge) -> Iterator[float]:
    """Yield the height at which two edges cross, if they do."""
    before, after = _side(other, one[0]), _side(other, one[1])
    if min(before, after) < 0 < max(before, after):
        yield one[0][1] + (one[1][1] - one[0][1]) * before / (before - after)


def _shared_width(one: Sequence[Corner], other: Sequence[Corner], y: float) -> float:
    return sum(
        max(min(right, right2) - max(left, left2), 0.0)
        for (left, right), (left2, right2) in product(_spans(one, y), _spans(other, y))
    )


def _spans(polygon: Sequence[Corner], y: float) -> list[tuple[float, float]]:
    """Return from where to where a polygon reaches at a height."""
    crossed = sorted(
        x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        for (x0, y0), (x1, y1) in _edges(polygon)
        if (y0 > y) != (y1 > y)
    )
    return list(zip(crossed[::2], crossed[1::2], strict=True))
