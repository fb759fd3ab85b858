"""Which person belongs to a station: the part of the picture that a station owns."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vision.keypoints import Joint
from vision.pose.sought import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.keypoints import Pose
    from vision.processes.messages import Zone

_MIN_CORNERS = 3
_MIN_SCORE = 0.2
MARGIN = 0.15
"""The limbs of somebody in a zone reach this share of its size beyond it, on every side."""


def inside(zone: Zone, x: float, y: float) -> bool:
    """Whether a point lies in a polygon; a polygon without an inside stands for the whole picture."""
    if len(zone) < _MIN_CORNERS:
        return True
    crossings = 0
    for (x1, y1), (x2, y2) in zip(zone, (*zone[1:], zone[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            crossings += 1
    return crossings % 2 == 1


def centre(pose: Pose) -> tuple[float, float]:
    """Where a person is, in pixels: between the hips, or amid whatever is seen of them."""
    for joints in ((Joint.LEFT_HIP, Joint.RIGHT_HIP), tuple(Joint)):
        seen = [pose.points[joint] for joint in joints if pose.points[joint][2] >= _MIN_SCORE]
        if seen:
            break
    else:
        seen = list(pose.points)
    return float(sum(p[0] for p in seen)) / len(seen), float(sum(p[1] for p in seen)) / len(seen)


def beyond_px(zone: Zone, x: float, y: float, width: int, height: int) -> float:
    """How far a point (pixels) of a frame of this size lies outside a polygon; 0 inside."""
    if inside(zone, x / width, y / height):
        return 0.0
    corners = [complex(corner_x * width, corner_y * height) for corner_x, corner_y in zone]
    return min(_apart(complex(x, y), a, b) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True))


def _apart(point: complex, a: complex, b: complex) -> float:
    """From a point to the line between two others, x + yi each."""
    along, out = b - a, point - a
    length = abs(along)
    if length == 0:
        return abs(out)
    share = min(max((out * along.conjugate()).real / length**2, 0.0), 1.0)
    return abs(out - share * along)


def window(zone: Zone, width: int, height: int) -> Window:
    """The part of a frame of this size to search for somebody in a polygon: around it, with a margin."""
    if len(zone) < _MIN_CORNERS:
        return Window(0, 0, width, height)
    (left, right), (top, bottom) = (
        _span([corner[axis] * size for corner in zone], size) for axis, size in ((0, width), (1, height))
    )
    return Window(left, top, right, bottom)


def _span(places: Sequence[float], size: int) -> tuple[int, int]:
    margin = MARGIN * (max(places) - min(places))
    low = min(max(math.floor(min(places) - margin), 0), size - 1)
    return low, min(max(math.ceil(max(places) + margin), low + 1), size)
