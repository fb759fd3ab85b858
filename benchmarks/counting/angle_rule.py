"""The peer that most counters are: a repetition whenever one joint's angle falls below 90 after above 145.

Re-implemented from its description; ultralytics' AIGym does this with these thresholds on the right side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vision.counting.geometry import angle_degrees
from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from vision.keypoints import Pose

Angle = tuple[Joint, Joint, Joint]
Thresholds = tuple[float, float]
"""Degrees: above the first is up, below the second is down."""

USUAL: Thresholds = (145.0, 90.0)
CHOICES: tuple[Thresholds, ...] = tuple(
    (float(up), float(down)) for up in range(110, 171, 5) for down in range(60, 131, 5) if down < up
)
"""What somebody would try who fits the thresholds to clips."""
SEEN_SCORE = 0.3
"""A side whose worst joint scores less is left out of its frame."""

ELBOW: tuple[Angle, Angle] = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
)
KNEE: tuple[Angle, Angle] = (
    (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
)
HIP: tuple[Angle, Angle] = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_HIP, Joint.LEFT_KNEE),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP, Joint.RIGHT_KNEE),
)
ARMPIT: tuple[Angle, Angle] = (
    (Joint.LEFT_HIP, Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW),
    (Joint.RIGHT_HIP, Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW),
)
ANGLES: Mapping[str, tuple[Angle, Angle]] = {
    "pushup": ELBOW,
    "pullup": ELBOW,
    "curl": ELBOW,
    "squat": KNEE,
    "lunge": KNEE,
    "situp": HIP,
    "jumping_jack": ARMPIT,
}
"""The left and the right angle that such a counter watches, by exercise."""


def angles_degrees(
    poses: Iterable[tuple[float, Pose | None]], exercise: str, *, better_side: bool
) -> list[float]:
    """The exercise's angle in every frame where it is seen: on the right, or on the better-seen side."""
    sides = ANGLES[exercise] if better_side else ANGLES[exercise][1:]
    found = []
    for _, pose in poses:
        if pose is None:
            continue
        scores = [float(pose.points[list(angle), 2].min()) for angle in sides]
        best = max(scores)
        if best >= SEEN_SCORE:
            a, b, c = sides[scores.index(best)]
            found.append(angle_degrees(pose.points[a], pose.points[b], pose.points[c]))
    return found


def count(angles: Sequence[float], thresholds: Thresholds = USUAL) -> int:
    """How often the angle falls below the lower threshold after it was above the upper one."""
    up, down = thresholds
    reps, was_up = 0, False
    for angle in angles:
        if angle > up:
            was_up = True
        elif angle < down and was_up:
            reps, was_up = reps + 1, False
    return reps
