"""Lengths and angles of a body in a frame."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Point = Sequence[float] | NDArray[np.floating]

LEAST_SCORE = 0.1
"""Where a joint with a lesser score lies is a guess."""
TORSO_CORNERS = (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER, Joint.LEFT_HIP, Joint.RIGHT_HIP)
LEGS = (
    (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
)
BONES = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, 1.7),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, 1.7),
    (Joint.LEFT_ELBOW, Joint.LEFT_WRIST, 2.0),
    (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST, 2.0),
    (Joint.LEFT_HIP, Joint.LEFT_KNEE, 1.15),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, 1.15),
    (Joint.LEFT_KNEE, Joint.LEFT_ANKLE, 1.2),
    (Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE, 1.2),
)
"""Bones with the length of the torso (mid-shoulder to mid-hip) in units of each."""


def distance(a: Point, b: Point) -> float:
    """Between two points (x, y)."""
    return math.hypot(float(a[0] - b[0]), float(a[1] - b[1]))


def angle_degrees(a: Point, b: Point, c: Point) -> float:
    """The angle at b of the points a, b, c: 180 is straight. Points that coincide count as straight."""
    before = (float(a[0] - b[0]), float(a[1] - b[1]))
    after = (float(c[0] - b[0]), float(c[1] - b[1]))
    length = math.hypot(*before) * math.hypot(*after)
    if length == 0:
        return 180.0
    cosine = (before[0] * after[0] + before[1] * after[1]) / length
    return math.degrees(math.acos(max(-1.0, min(1.0, cosine))))


def knee_degrees(points: NDArray[np.floating]) -> float:
    """Hip-knee-ankle by heights alone, 180 is straight; the better seen leg counts more.

    Thigh and shin each lean as far as their height falls short of their length; both are about as long as the
    longer-looking one. So it needs no memory of the leg, and holds from other sides than the side too, where
    the drawn angle does not. An upright camera is assumed: one that looks down steeply sees too open a knee
    from the front.
    """
    return _of_both(points, [_leg_degrees(*(points[joint] for joint in leg)) for leg in LEGS])


def drawn_knee_degrees(points: NDArray[np.floating]) -> float:
    """Hip-knee-ankle as drawn in the frame: right from the side, too open from elsewhere."""
    return _of_both(points, [angle_degrees(*(points[joint] for joint in leg)) for leg in LEGS])


def shin_px(points: NDArray[np.floating]) -> float:
    """How long a shin looks in the frame; the better seen leg counts more."""
    return _of_both(points, [distance(points[knee], points[ankle]) for _, knee, ankle in LEGS])


def _of_both(points: NDArray[np.floating], figures: Sequence[float]) -> float:
    """The mean of a figure of each leg, the better seen one's counting more."""
    weights = [max(float(points[list(leg), 2].min()), LEAST_SCORE) ** 2 for leg in LEGS]
    return sum(weight * figure for weight, figure in zip(weights, figures, strict=True)) / sum(weights)


def _leg_degrees(hip: NDArray[np.floating], knee: NDArray[np.floating], ankle: NDArray[np.floating]) -> float:
    bones = (hip, knee), (knee, ankle)
    length = max(1.0, *(distance(a, b) for a, b in bones))
    leans = (math.degrees(math.acos(max(-1.0, min(1.0, float(b[1] - a[1]) / length)))) for a, b in bones)
    return 180.0 - sum(leans)


def body_scale(points: NDArray[np.floating]) -> float:
    """Length of the torso in pixels as if nothing were foreshortened, by the longest-looking part.

    A part that is not seen has no say, unless next to nothing is seen.
    """
    rows = points.tolist()  # with so few numbers, plain ones are the quicker
    (ax, ay, _), (bx, by, _), (cx, cy, _), (dx, dy, _) = (rows[joint] for joint in TORSO_CORNERS)
    torso = math.hypot((ax + bx - cx - dx) / 2, (ay + by - cy - dy) / 2)
    parts = [(torso, min(rows[joint][2] for joint in TORSO_CORNERS))]
    for a, b, factor in BONES:
        (ax, ay, a_score), (bx, by, b_score) = rows[a], rows[b]
        parts.append((math.hypot(ax - bx, ay - by) * factor, min(a_score, b_score)))
    seen = [length for length, score in parts if score >= LEAST_SCORE]
    lengths = seen if len(seen) > 1 else [length for length, _ in parts]
    # The second longest: one misplaced joint must not double the person.
    return max(sorted(lengths)[-2], 1.0)
