"""The vocabulary of a body in a frame: 17 named points, how they join, and a pose."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Joint(IntEnum):
    """Index of each keypoint in COCO order; left and right are the person's own."""

    NOSE = 0
    LEFT_EYE = 1
    RIGHT_EYE = 2
    LEFT_EAR = 3
    RIGHT_EAR = 4
    LEFT_SHOULDER = 5
    RIGHT_SHOULDER = 6
    LEFT_ELBOW = 7
    RIGHT_ELBOW = 8
    LEFT_WRIST = 9
    RIGHT_WRIST = 10
    LEFT_HIP = 11
    RIGHT_HIP = 12
    LEFT_KNEE = 13
    RIGHT_KNEE = 14
    LEFT_ANKLE = 15
    RIGHT_ANKLE = 16


COCO_KEYPOINTS = tuple(joint.name.lower() for joint in Joint)

SKELETON = (
    (Joint.NOSE, Joint.LEFT_EYE),
    (Joint.NOSE, Joint.RIGHT_EYE),
    (Joint.LEFT_EYE, Joint.LEFT_EAR),
    (Joint.RIGHT_EYE, Joint.RIGHT_EAR),
    (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER),
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW),
    (Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW),
    (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    (Joint.LEFT_SHOULDER, Joint.LEFT_HIP),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_HIP),
    (Joint.LEFT_HIP, Joint.RIGHT_HIP),
    (Joint.LEFT_HIP, Joint.LEFT_KNEE),
    (Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE),
    (Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
)


FARTHEST_PX = 1e6


@dataclass(frozen=True, slots=True)
class Pose:
    """One person in one frame.

    Attributes:
        points: float32 (17, 3): x and y in pixels of the whole frame, score 0..1, in `COCO_KEYPOINTS` order.
        score: how sure the pose model is that somebody is there, 0..1.
    """

    points: NDArray[np.float32]
    score: float

    @property
    def is_possible(self) -> bool:
        """Whether these are places and scores at all: a model that goes wrong says NaN, or nowhere near."""
        # A comparison with NaN is false.
        return all(abs(each) < FARTHEST_PX for each in self.points.ravel().tolist()) and self.score >= 0
