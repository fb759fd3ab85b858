"""Which person belongs to a station: the part of the picture that a station owns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vision.keypoints import Joint

if TYPE_CHECKING:
    from vision.keypoints import Pose
    from vision.processes.messages import Zone

_MIN_CORNERS = 3
_MIN_SCORE = 0.2


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


def belongs(pose: Pose, zone: Zone, width: int, height: int) -> bool:
    """Whether this person is at the station that owns the zone."""
    x, y = centre(pose)
    return inside(zone, x / width, y / height)
