"""BlazePose: a detector finds a person once, then a landmark model follows a rotated square around them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import cv2
import numpy as np

from vision import runtimes
from vision.keypoints import Pose
from vision.pose.model_shape import require_shapes
from vision.pose.sought import STALE_S, anybody

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from vision.pose.sought import Sought, Window

DETECTOR_SIZE = 224
LANDMARK_SIZE = 256
STRIDES_AND_ANCHORS = ((8, 2), (16, 2), (32, 6))
ANCHOR_COUNT = 2254
BODY_COUNT, LANDMARK_COUNT = 33, 39
"""33 body landmarks, then the two that place the next square, then four that nobody documents."""
CENTRE, CIRCLE = 33, 34
ROI_SCALE = 1.25
OVERLAP = 0.3
DETECTION_SCORE = 0.5
MOST_PEOPLE = 4
"""More than these are not looked at in one frame: each costs a run of the landmark model."""
PRESENCE_SCORE = 0.5
"""Below this the landmark model itself says that nobody is in its square."""
TRACK_GAP_S = 1.0
"""After a longer gap the person may be anywhere: look at the whole frame again."""
HEATMAP_KERNEL = 7
HEATMAP_SCORE = 0.5
"""A lower peak is none. With the body upside down in its square the model guesses, but sees few peaks."""
TURN_EVERY_S = 0.5
"""How often the other way up is tried while peaks are that low: each try costs a landmark run."""

# Nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles of the 33.
COCO_FROM_BLAZEPOSE = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)


@dataclass(frozen=True, slots=True)
class Roi:
    """A rotated square in the frame, in pixels; at rotation 0 the person stands upright in it."""

    x: float
    y: float
    side: float
    rotation: float

    def to_frame(self, size: int) -> NDArray[np.float64]:
        """The 2x3 matrix from pixels of a `size` square picture to pixels of the frame."""
        scale = self.side / size
        cos, sin = math.cos(self.rotation) * scale, math.sin(self.rotation) * scale
        half = size / 2
        return np.array(
            [
                [cos, -sin, self.x - half * cos + half * sin],
                [sin, cos, self.y - half * sin - half * cos],
            ]
        )

    def turned(self) -> Roi:
        """The same square the other way up."""
        return replace(self, rotation=self.rotation + math.pi)


class Look(NamedTuple):
    """What the landmark model sees in a square: the person, their next square, the mean peak (0..1)."""

    pose: Pose
    roi: Roi
    clarity: float


def roi_from_alignment(centre: NDArray[np.floating], circle: NDArray[np.floating]) -> Roi:
    """The square around a body from its mid-hip and a point on the circle around it, above the head."""
    dx, dy = float(circle[0] - centre[0]), float(circle[1] - centre[1])
    rotation = math.atan2(dx, -dy)
    return Roi(float(centre[0]), float(centre[1]), 2 * math.hypot(dx, dy) * ROI_SCALE, rotation)


def anchors() -> NDArray[np.float32]:
    """Centres (x, y in 0..1) of the detector's anchors, in output order."""
    layers = []
    for stride, count in STRIDES_AND_ANCHORS:
        cells = DETECTOR_SIZE // stride
        axis = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(axis, axis, indexing="ij")
        layers.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), count, axis=0))
    return np.concatenate(layers).astype(np.float32)


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))), dtype=np.float32)


def _overlap(box: NDArray[np.floating], boxes: NDArray[np.floating]) -> NDArray[np.floating]:
    low = np.maximum(box[:2] - box[2:] / 2, boxes[:, :2] - boxes[:, 2:] / 2)
    high = np.minimum(box[:2] + box[2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2)
    inter = np.prod(np.maximum(high - low, 0), axis=1)
    union = np.prod(box[2:]) + np.prod(boxes[:, 2:], axis=1) - inter
    shares: NDArray[np.floating] = inter / np.maximum(union, 1e-9)
    return shares


def decode_detections(
    raw_boxes: NDArray[np.float32], raw_scores: NDArray[np.float32], centres: NDArray[np.float32]
) -> list[tuple[NDArray[np.float32], float]]:
    """The people found, surest first: alignment points (4, 2) in 0..1 of the detector's picture, and a score.

    Boxes that overlap the best one of a person are averaged with it by score, which steadies the points.
    """
    scores = _sigmoid(raw_scores.reshape(-1))
    keep = scores >= DETECTION_SCORE
    scores, raw = scores[keep], raw_boxes.reshape(ANCHOR_COUNT, 12)[keep] / DETECTOR_SIZE
    boxes = raw[:, :4].copy()
    boxes[:, :2] += centres[keep]
    points = raw[:, 4:].reshape(-1, 4, 2) + centres[keep][:, None, :]
    people: list[tuple[NDArray[np.float32], float]] = []
    left = np.ones(len(scores), dtype=bool)
    while left.any() and len(people) < MOST_PEOPLE:
        best = int(np.argmax(np.where(left, scores, -1)))
        near = left & (_overlap(boxes[best], boxes) > OVERLAP)
        near[best] = True
        weights = scores[near] / scores[near].sum()
        people.append((np.einsum("n,npc->pc", weights, points[near]), float(scores[best])))
        left &= ~near
    return people


def refine(
    landmarks: NDArray[np.float32], heatmap: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Pull each landmark (x, y in 0..1) to the centre of its heat-map peak, where there is a clear one.

    Returns the landmarks (n, 5) and how high the peaks are, 0..1 (n,).
    """
    size = heatmap.shape[0]
    reach = HEATMAP_KERNEL // 2
    cells = np.floor(landmarks[:, :2] * size).astype(int)
    offsets = np.arange(-reach, reach + 1)
    columns = cells[:, 0, None] + offsets
    rows = cells[:, 1, None] + offsets
    inside = ((rows >= 0) & (rows < size))[:, :, None] & ((columns >= 0) & (columns < size))[:, None, :]
    picked = heatmap[
        np.clip(rows, 0, size - 1)[:, :, None],
        np.clip(columns, 0, size - 1)[:, None, :],
        np.arange(len(landmarks))[:, None, None],
    ]
    weights = np.where(inside, _sigmoid(picked), 0)
    total, peaks = weights.sum(axis=(1, 2)), weights.max(axis=(1, 2))
    clear = (peaks >= HEATMAP_SCORE) & (total > 0)
    safe = np.where(clear, total, 1)
    x = (weights.sum(axis=1) * columns).sum(axis=1) / safe / size
    y = (weights.sum(axis=2) * rows).sum(axis=1) / safe / size
    refined = landmarks.copy()
    refined[clear, 0] = x[clear]
    refined[clear, 1] = y[clear]
    return refined, peaks


class BlazePose:
    """Detector and landmark model as one estimator."""

    name = "blazepose"

    def __init__(self, detector: runtimes.Runtime, landmarks: runtimes.Runtime) -> None:
        self._detector = detector
        self._landmarks = landmarks
        self._anchors = anchors()
        self._roi: Roi | None = None
        self._seen_s = self._turned_s = -math.inf

    @classmethod
    def load(cls, folder: Path, runtime: str = "auto", threads: int = 1) -> BlazePose:
        """Load `detector.tflite` and `landmarks.tflite` of a model folder."""
        if runtime not in {"auto", "cpu", "litert"}:
            raise runtimes.RuntimeUnavailableError(
                f"BlazePose runs on litert only, not on {runtime}; choose the runtime litert or auto, "
                "or the pose model movenet"
            )
        detector_path, landmarks_path = folder / "detector.tflite", folder / "landmarks.tflite"
        detector = runtimes.load(runtime, detector_path, threads)
        landmarks = runtimes.load(runtime, landmarks_path, threads)
        require_shapes(
            detector,
            detector_path,
            inputs=[((1, DETECTOR_SIZE, DETECTOR_SIZE, 3), "float32")],
            outputs=[((1, ANCHOR_COUNT, 12), "float32"), ((1, ANCHOR_COUNT, 1), "float32")],
        )
        require_shapes(
            landmarks,
            landmarks_path,
            inputs=[((1, LANDMARK_SIZE, LANDMARK_SIZE, 3), "float32")],
            outputs=[((1, LANDMARK_COUNT * 5), "float32"), ((1, 1), "float32")],
        )
        return cls(detector, landmarks)

    @property
    def runtime(self) -> str:
        """The runtime that executes it."""
        return self._landmarks.name

    @property
    def trouble(self) -> str:
        """Why another runtime executes it than should."""
        return self._landmarks.trouble

    def twin(self) -> BlazePose:
        """Another one on the same models, with a person of its own to follow."""
        return BlazePose(self._detector, self._landmarks)

    def reset(self) -> None:
        """Forget the tracked person."""
        self._roi = None

    def estimate(
        self, frame_bgr: NDArray[np.uint8], time_s: float, sought: Sought | None = None
    ) -> Pose | None:
        """The person in this frame, or None."""
        sought = sought or anybody(frame_bgr.shape[1], frame_bgr.shape[0])
        if not 0 <= time_s - self._seen_s <= TRACK_GAP_S:
            self._roi = None
        refused = False
        for roi in self._squares(frame_bgr, sought):
            found = self._look_both_ways(frame_bgr, roi, time_s)
            if found is not None and roi is self._roi and time_s - self._seen_s > STALE_S:
                found = self._look(frame_bgr, found.roi) or found
            if found is not None and sought.accepts(found.pose):
                self._roi, self._seen_s = found.roi, time_s
                return found.pose
            refused |= found is not None
        if not refused:
            self._roi = None
        return None

    def _squares(self, frame: NDArray[np.uint8], sought: Sought) -> Iterator[Roi]:
        """Where the person may be: where they were last, or whoever the detector finds."""
        if self._roi is not None and sought.home is None:
            yield self._roi
        yield from self._detect(frame, sought.window)
        if self._roi is not None and sought.home is not None:
            yield self._roi

    def _detect(self, frame: NDArray[np.uint8], window: Window) -> Iterator[Roi]:
        part = frame[window.top : window.bottom, window.left : window.right]
        square = Roi(window.width / 2, window.height / 2, max(window.width, window.height), 0.0)
        picture = _crop(part, square, DETECTOR_SIZE)
        boxes, scores = self._detector.run([(picture.astype(np.float32) / 127.5 - 1)[None]])[:2]
        for alignment, _score in decode_detections(boxes, scores, self._anchors):
            points = _transform(alignment * DETECTOR_SIZE, square.to_frame(DETECTOR_SIZE)) + window[:2]
            yield roi_from_alignment(points[0], points[1])

    def _look_both_ways(self, frame: NDArray[np.uint8], roi: Roi, time_s: float) -> Look | None:
        """The person in a square of the frame, whichever way up they are clearer."""
        found = self._look(frame, roi)
        if found is None or found.clarity >= HEATMAP_SCORE or 0 <= time_s - self._turned_s < TURN_EVERY_S:
            return found
        self._turned_s = time_s
        turned = self._look(frame, roi.turned())
        return found if turned is None or turned.clarity <= found.clarity else turned

    def _look(self, frame: NDArray[np.uint8], roi: Roi) -> Look | None:
        picture = _crop(frame, roi, LANDMARK_SIZE)
        raw, flag, _mask, heatmap = self._landmarks.run([(picture.astype(np.float32) / 255)[None]])[:4]
        presence = float(flag.reshape(-1)[0])
        if not (presence >= PRESENCE_SCORE and np.isfinite(raw).all()):
            return None
        landmarks = raw.reshape(LANDMARK_COUNT, 5)
        landmarks[:, :2] /= LANDMARK_SIZE
        landmarks, peaks = refine(landmarks, heatmap[0])
        frame_points = _transform(landmarks[:, :2] * LANDMARK_SIZE, roi.to_frame(LANDMARK_SIZE))
        chosen = list(COCO_FROM_BLAZEPOSE)
        scores = _sigmoid(landmarks[chosen, 3]) * presence
        points = np.concatenate([frame_points[chosen], scores[:, None]], axis=1).astype(np.float32)
        square = roi_from_alignment(frame_points[CENTRE], frame_points[CIRCLE])
        return Look(Pose(points, presence), square, float(peaks[:BODY_COUNT].mean()))


def _crop(frame: NDArray[np.uint8], roi: Roi, size: int) -> NDArray[np.uint8]:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture = cv2.warpAffine(frame, roi.to_frame(size), (size, size), flags=flags)
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def _transform(points: NDArray[np.floating], matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    moved: NDArray[np.float64] = points @ matrix[:, :2].T + matrix[:, 2]
    return moved
