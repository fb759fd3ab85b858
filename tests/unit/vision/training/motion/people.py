"""Bodies for the tests of this folder, and what can be measured on them."""

from __future__ import annotations

import numpy as np

from vision.keypoints import Joint
from vision.training.body import MIRROR, Array, Body, Posture

ELBOWS = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
)
KNEES = (
    (Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
)
SHOULDERS, WRISTS = Joint.LEFT_SHOULDER, Joint.LEFT_WRIST
HIPS, KNEE, ANKLES = Joint.LEFT_HIP, Joint.LEFT_KNEE, Joint.LEFT_ANKLE
FEET_AND_HANDS = [Joint.LEFT_WRIST, Joint.RIGHT_WRIST, Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE]


def somebody(seed: int) -> tuple[Body, np.random.Generator]:
    """A body, and the generator that its style is drawn from."""
    rng = np.random.default_rng(seed)
    return Body.sample(rng), rng


def pair(places: Array, left: Joint) -> Array:
    """(n, 2, 3) of a joint, left and right."""
    return places[:, left : left + 2]


def middle(places: Array, left: Joint) -> Array:
    """(n, 3) between the left one and the right one."""
    return np.asarray(pair(places, left).mean(axis=1))


def mirrored(places: Array) -> Array:
    """The body (n, 17, 3) as a mirror in the plane between left and right shows it."""
    other = places * np.array([1.0, 1.0, -1.0])
    order = [0, *(joint + 1 if joint % 2 else joint - 1 for joint in range(1, 17))]
    return np.asarray(other[:, order])


def degrees(places: Array, chain: tuple[Joint, Joint, Joint]) -> Array:
    """(n,) the angle of a joint, 180 is straight."""
    first, vertex, last = (places[:, joint] for joint in chain)
    before, after = first - vertex, last - vertex
    cosine = (before * after).sum(-1) / np.linalg.norm(before, axis=-1) / np.linalg.norm(after, axis=-1)
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def out_of_reach_m(posture: Posture, places: Array) -> float:
    """How far hands and feet are at most from where the posture wants them."""
    wanted = np.concatenate([posture.wrist, posture.ankle], axis=1)
    return float(np.linalg.norm(places[:, FEET_AND_HANDS] - wanted, axis=-1).max())


def outwards(pairs: Array) -> Array:
    """(n, 2, 3) forward, up, right as forward, up, outwards."""
    return np.asarray(pairs * MIRROR)
