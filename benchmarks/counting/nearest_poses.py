"""The peer of phone apps: the nearest labelled poses vote, the votes are smoothed, thresholds make reps.

Re-implemented from the description of ML Kit's pose classification: a pose is centred on its hips and scaled;
of the labelled poses, the 30 that are nearest by their worst joint difference and of these the 10 nearest by
the mean vote for their label; votes are an exponential moving average over the last 10 results; a repetition
is entered above 6 votes for the bottom position and left, and counted, below 4. Labelled poses have 33 points
with depth; only the 17 that every pose model here has are used, without depth.
"""

from __future__ import annotations

import csv
from collections import Counter, deque
from typing import TYPE_CHECKING

import numpy as np

from vision.keypoints import Joint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.keypoints import Pose

Votes = Counter[str]
Thresholds = tuple[float, float]
"""Votes, of ten: entered above the first, left below the second."""

USUAL: Thresholds = (6.0, 4.0)
CHOICES: tuple[Thresholds, ...] = tuple(
    (enter / 2, leave / 2) for enter in range(6, 20) for leave in range(2, 18) if leave < enter
)
"""What somebody would try who fits the thresholds to clips."""
BOTTOMS: Mapping[str, str] = {"pushup": "pushups_down", "squat": "squats_down"}
"""The label that counts, by exercise; other exercises have no labelled poses."""

WORST_K, MEAN_K = 30, 10
WINDOW, ALPHA = 10, 0.2
BLIND_S = 0.1
"""After a longer gap between two frames the average begins anew."""
BODY_PER_TORSO = 2.5
LANDMARKS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Of MediaPipe's 33 points, those in the order of `Joint`."""
PAIRS = (
    (Joint.LEFT_SHOULDER, Joint.LEFT_ELBOW),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ELBOW),
    (Joint.LEFT_ELBOW, Joint.LEFT_WRIST),
    (Joint.RIGHT_ELBOW, Joint.RIGHT_WRIST),
    (Joint.LEFT_HIP, Joint.LEFT_KNEE),
    (Joint.RIGHT_HIP, Joint.RIGHT_KNEE),
    (Joint.LEFT_KNEE, Joint.LEFT_ANKLE),
    (Joint.RIGHT_KNEE, Joint.RIGHT_ANKLE),
    (Joint.LEFT_SHOULDER, Joint.LEFT_WRIST),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_WRIST),
    (Joint.LEFT_HIP, Joint.LEFT_ANKLE),
    (Joint.RIGHT_HIP, Joint.RIGHT_ANKLE),
    (Joint.LEFT_HIP, Joint.LEFT_WRIST),
    (Joint.RIGHT_HIP, Joint.RIGHT_WRIST),
    (Joint.LEFT_SHOULDER, Joint.LEFT_ANKLE),
    (Joint.RIGHT_SHOULDER, Joint.RIGHT_ANKLE),
    (Joint.LEFT_HIP, Joint.LEFT_WRIST),  # the description has this pair twice, so it weighs twice
    (Joint.RIGHT_HIP, Joint.RIGHT_WRIST),
    (Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW),
    (Joint.LEFT_KNEE, Joint.RIGHT_KNEE),
    (Joint.LEFT_WRIST, Joint.RIGHT_WRIST),
    (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE),
)


class BadSamplesError(ValueError):
    """A file of labelled poses cannot be used; the text says where and why."""


def embed(points: NDArray[np.floating]) -> NDArray[np.float64]:
    """What poses are compared by: differences between joints, (..., 23, 2), of points (..., 17, 2)."""
    hips = (points[..., Joint.LEFT_HIP, :] + points[..., Joint.RIGHT_HIP, :]) / 2
    shoulders = (points[..., Joint.LEFT_SHOULDER, :] + points[..., Joint.RIGHT_SHOULDER, :]) / 2
    reach = np.linalg.norm(points - hips[..., None, :], axis=-1).max(axis=-1)
    torso = np.linalg.norm(hips - shoulders, axis=-1)
    size = np.maximum(np.maximum(reach, torso * BODY_PER_TORSO), 1e-9)
    first, second = np.array(PAIRS).T
    limbs = points[..., first, :] - points[..., second, :]
    parts = np.concatenate([(hips - shoulders)[..., None, :], limbs], axis=-2)
    return np.asarray(parts / size[..., None, None], np.float64)


class LabelledPoses:
    """Poses with labels, to be near to."""

    def __init__(self, labels: Sequence[str], points: NDArray[np.floating]) -> None:
        """`points` are (n, 17, 2)."""
        self._labels = tuple(labels)
        # Samples along the last axis: what is done to all of them at once is then done fast.
        self._embedded = np.ascontiguousarray(np.moveaxis(embed(points), 0, -1), np.float32)

    @classmethod
    def read(cls, path: Path) -> LabelledPoses:
        """Read rows of `name, label, x1, y1, z1, …, x33, y33, z33`.

        Raises:
            BadSamplesError: the file cannot be read, is empty or a row is not of that kind.
        """
        labels: list[str] = []
        points: list[NDArray[np.float64]] = []
        try:
            with path.open(newline="", encoding="utf-8") as file:
                for number, row in enumerate(csv.reader(file), 1):
                    try:
                        places = np.array(row[2:], float).reshape(33, 3)
                    except ValueError as error:
                        raise BadSamplesError(f"{path}: row {number} is no labelled pose: {error}") from error
                    labels.append(row[1])
                    points.append(places[LANDMARKS, :2])
        except (OSError, UnicodeDecodeError) as error:
            raise BadSamplesError(f"{path} cannot be read: {error}") from error
        if not labels:
            raise BadSamplesError(f"{path} holds no labelled poses")
        return cls(labels, np.array(points))

    def votes(self, points: NDArray[np.floating]) -> Votes:
        """The labels of the nearest poses; `points` (17, 2) count as they are seen and mirrored."""
        as_seen = embed(points).astype(np.float32)[..., None]
        mirrored = as_seen * np.array([[-1], [1]], np.float32)
        away, away_mirrored = np.abs(self._embedded - as_seen), np.abs(self._embedded - mirrored)
        worst = np.minimum(away.max(axis=(0, 1)), away_mirrored.max(axis=(0, 1)))
        near = np.argsort(worst, kind="stable")[:WORST_K]
        mean = np.minimum(away[..., near].mean(axis=(0, 1)), away_mirrored[..., near].mean(axis=(0, 1)))
        return Counter(self._labels[index] for index in near[np.argsort(mean, kind="stable")[:MEAN_K]])


def smoothed(results: Iterable[tuple[float, float]]) -> Iterator[float]:
    """Moving averages of results with their times; a gap begins anew."""
    window: deque[float] = deque(maxlen=WINDOW)
    before_s = float("-inf")
    for time_s, result in results:
        if time_s - before_s > BLIND_S:
            window.clear()
        before_s = time_s
        window.appendleft(result)
        weights = (1 - ALPHA) ** np.arange(len(window))
        yield float(weights @ np.array(window) / weights.sum())


def confidences(
    poses: Iterable[tuple[float, Pose | None]], labelled: LabelledPoses
) -> dict[str, list[float]]:
    """By exercise, the smoothed votes of ten for its bottom, in every frame that shows somebody."""
    frames = [
        (time_s, None if pose is None else labelled.votes(pose.points[:, :2])) for time_s, pose in poses
    ]
    found = {}
    for exercise, label in BOTTOMS.items():
        averages = smoothed((time_s, 0.0 if votes is None else votes[label]) for time_s, votes in frames)
        # A frame without a person weighs on the average, but the counter is not asked.
        shown = zip(averages, frames, strict=True)
        found[exercise] = [average for average, (_, votes) in shown if votes is not None]
    return found


def count(confidences: Iterable[float], thresholds: Thresholds = USUAL) -> int:
    """How often the bottom is entered and left again."""
    enter, leave = thresholds
    reps, inside = 0, False
    for confidence in confidences:
        if not inside:
            inside = confidence > enter
        elif confidence < leave:
            reps, inside = reps + 1, False
    return reps
