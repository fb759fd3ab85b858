"""Both pose estimators: their arithmetic on invented outputs, and the real models where they are pulled."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import Joint
from vision.pose import load_estimator
from vision.pose.blazepose import (
    ANCHOR_COUNT,
    LANDMARK_COUNT,
    BlazePose,
    Roi,
    anchors,
    decode_detections,
    refine,
    roi_from_alignment,
)
from vision.pose.movenet import MoveNet, around, next_crop, person_score
from vision.pose.sought import Window

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vision.pose import PoseEstimator
    from vision.runtimes import TensorSpec

FRAME = np.zeros((480, 640, 3), dtype=np.uint8)


class Scripted:
    """A runtime that answers what it is told and remembers how often."""

    name, trouble = "scripted", ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def __init__(self, answers: Sequence[list[Any]]) -> None:
        self.answers = list(answers)
        self.calls = 0

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        assert len(inputs) == 1
        self.calls += 1
        return self.answers[min(self.calls, len(self.answers)) - 1]


# BlazePose


def detection(score: float, points: Sequence[tuple[float, float]] = ((0.5, 0.6), (0.5, 0.2))) -> list[Any]:
    boxes = np.zeros((1, ANCHOR_COUNT, 12), dtype=np.float32)
    scores = np.full((1, ANCHOR_COUNT, 1), -20, dtype=np.float32)
    anchor = 1000
    flat = [*points, *points]
    boxes[0, anchor, 2:4] = 100
    boxes[0, anchor, 4:] = ((np.array(flat) - anchors()[anchor]) * 224).reshape(-1)
    scores[0, anchor] = math.log(score / (1 - score))
    return [boxes, scores]


def landmarks(flag: float) -> list[Any]:
    raw = np.zeros((LANDMARK_COUNT, 5), dtype=np.float32)
    raw[:, :2] = 128
    raw[34, :2] = (128, 28)
    raw[:, 3] = 3.0
    return [
        raw.reshape(1, -1).copy(),
        np.array([[flag]], dtype=np.float32),
        None,
        np.full((1, 64, 64, LANDMARK_COUNT), 9, dtype=np.float32),
    ]


def test_anchors_cover_the_picture_in_the_models_order() -> None:
    places = anchors()
    assert places.shape == (ANCHOR_COUNT, 2)
    assert places[0] == pytest.approx([0.5 / 28, 0.5 / 28])
    assert places[2] == pytest.approx([1.5 / 28, 0.5 / 28])
    assert places[-1] == pytest.approx([6.5 / 7, 6.5 / 7])


@given(
    x=st.floats(-500, 900),
    y=st.floats(-500, 900),
    side=st.floats(1, 2000),
    rotation=st.floats(-math.pi, math.pi),
)
def test_a_square_maps_its_centre_and_keeps_lengths(x: float, y: float, side: float, rotation: float) -> None:
    matrix = Roi(x, y, side, rotation).to_frame(256)
    assert matrix @ [128, 128, 1] == pytest.approx([x, y], abs=1e-6 * side + 1e-6)
    top, bottom = matrix @ [128, 0, 1], matrix @ [128, 256, 1]
    assert np.linalg.norm(top - bottom) == pytest.approx(side)


@pytest.mark.parametrize(
    ("circle", "rotation"), [((100, 50), 0), ((150, 100), 90), ((100, 150), 180), ((50, 100), -90)]
)
def test_the_square_turns_with_the_body(circle: tuple[float, float], rotation: float) -> None:
    roi = roi_from_alignment(np.array([100.0, 100.0]), np.array(circle, dtype=float))
    assert math.degrees(roi.rotation) == pytest.approx(rotation)
    assert roi.side == pytest.approx(125)
    assert roi.to_frame(256) @ [128, 128 - 256 / 2 / 1.25, 1] == pytest.approx(circle)


def test_decoding_finds_the_alignment_points() -> None:
    boxes, scores = detection(0.9)
    (found,) = decode_detections(boxes, scores, anchors())
    assert found[0][:2] == pytest.approx(np.array([[0.5, 0.6], [0.5, 0.2]]), abs=1e-5)
    assert found[1] == pytest.approx(0.9)


def test_a_doubtful_detection_is_nobody() -> None:
    boxes, scores = detection(0.45)
    assert decode_detections(boxes, scores, anchors()) == []


def test_refining_goes_to_a_clear_peak_only() -> None:
    spots = np.full((LANDMARK_COUNT, 5), 0.5, dtype=np.float32)
    heat = np.full((64, 64, LANDMARK_COUNT), -20, dtype=np.float32)
    heat[33, 31, 0] = 9
    heat[33, 31, 1] = -1
    moved, peaks = refine(spots, heat)
    assert peaks[:3] == pytest.approx([1.0, 1 / (1 + math.e), 0.0], abs=1e-3)
    assert moved[0, :2] == pytest.approx([31 / 64, 33 / 64], abs=1e-3)
    assert moved[1, :2] == pytest.approx([0.5, 0.5])


@given(x=st.floats(-2, 3), y=st.floats(-2, 3))
def test_refining_survives_landmarks_outside(x: float, y: float) -> None:
    spots = np.tile(np.array([x, y, 0, 0, 0], dtype=np.float32), (LANDMARK_COUNT, 1))
    moved, peaks = refine(spots, np.zeros((64, 64, LANDMARK_COUNT), dtype=np.float32))
    assert np.isfinite(moved).all()
    assert ((peaks >= 0) & (peaks <= 1)).all()


def test_detects_once_then_follows() -> None:
    detector, model = Scripted([detection(0.9)]), Scripted([landmarks(0.99)])
    estimator = BlazePose(detector, model)
    poses = [estimator.estimate(FRAME, frame / 25) for frame in range(5)]
    assert (detector.calls, model.calls) == (1, 5)
    assert all(pose is not None and pose.points.shape == (17, 3) for pose in poses)
    assert poses[0] is not None
    assert poses[0].score == pytest.approx(0.99)
    assert poses[0].points[Joint.NOSE, 2] == pytest.approx(0.99 / (1 + math.exp(-3)), abs=1e-3)


def test_looks_again_at_once_when_the_person_is_lost() -> None:
    detector = Scripted([detection(0.9)])
    model = Scripted([landmarks(0.99), landmarks(0.1), landmarks(0.98)])
    estimator = BlazePose(detector, model)
    assert estimator.estimate(FRAME, 0.0) is not None
    again = estimator.estimate(FRAME, 0.04)
    assert again is not None
    assert again.score == pytest.approx(0.98)
    assert detector.calls == 2


@pytest.mark.parametrize("times_s", [(0.0, 5.0), (5.0, 0.0)])
def test_a_jump_in_time_looks_at_the_whole_frame_again(times_s: tuple[float, float]) -> None:
    detector = Scripted([detection(0.9)])
    estimator = BlazePose(detector, Scripted([landmarks(0.99)]))
    for time_s in times_s:
        estimator.estimate(FRAME, time_s)
    assert detector.calls == 2


def test_reset_looks_at_the_whole_frame_again() -> None:
    detector = Scripted([detection(0.9)])
    estimator = BlazePose(detector, Scripted([landmarks(0.99)]))
    estimator.estimate(FRAME, 0.0)
    estimator.reset()
    estimator.estimate(FRAME, 0.04)
    assert detector.calls == 2


def test_nobody_detected_runs_no_landmarks() -> None:
    model = Scripted([landmarks(0.99)])
    assert BlazePose(Scripted([detection(0.2)]), model).estimate(FRAME, 0.0) is None
    assert model.calls == 0


@pytest.mark.parametrize("broken", [0, 2])
def test_a_landmark_model_that_says_nan_sees_nobody_and_recovers(broken: int) -> None:
    bad = landmarks(0.99)
    bad[0 if broken == 0 else 1][0, 0] = np.nan
    estimator = BlazePose(Scripted([detection(0.9)]), Scripted([landmarks(0.99), bad, bad, landmarks(0.99)]))
    assert [estimator.estimate(FRAME, t / 25) is not None for t in range(3)] == [True, False, True]


# MoveNet


def body(x: float = 320, y: float = 240, size: float = 40, score: float = 0.6) -> np.ndarray[Any, Any]:
    points = np.zeros((17, 3), dtype=np.float32)
    rows = np.array([-3, -3, -3, -3, -3, -2, -2, -1, -1, 0, 0, 0, 0, 1, 1, 2, 2])
    points[:, 0] = x + np.where(np.arange(17) % 2, -0.5, 0.5) * size
    points[:, 1] = y + rows * size
    points[:, 2] = score
    return points


def answer(points: np.ndarray[Any, Any], side: float = 640, left: float = 0, top: float = -80) -> list[Any]:
    out = np.zeros((1, 1, 17, 3), dtype=np.float32)
    out[0, 0, :, 0] = (points[:, 1] - top) / side
    out[0, 0, :, 1] = (points[:, 0] - left) / side
    out[0, 0, :, 2] = points[:, 2]
    return [out]


@given(
    left=st.integers(0, 3000), top=st.integers(0, 3000), width=st.integers(1, 900), height=st.integers(1, 900)
)
def test_a_window_is_inside_its_square(left: int, top: int, width: int, height: int) -> None:
    crop = around(Window(left, top, left + width, top + height))
    assert crop.side == max(width, height)
    assert crop.x <= left <= left + width <= crop.x + crop.side
    assert crop.y <= top <= top + height <= crop.y + crop.side


def test_the_crop_holds_every_seen_joint() -> None:
    points = body()
    crop = next_crop(points, 640, 480)
    assert crop is not None
    assert (points[:, 0] >= crop.x).all()
    assert (points[:, 0] <= crop.x + crop.side).all()
    assert (points[:, 1] >= crop.y).all()
    assert (points[:, 1] <= crop.y + crop.side).all()


@pytest.mark.parametrize("hidden", [(11, 12), (5, 6)])
def test_without_a_torso_there_is_no_crop(hidden: tuple[int, int]) -> None:
    points = body()
    points[list(hidden), 2] = 0.1
    assert next_crop(points, 640, 480) is None


@given(st.lists(st.floats(0, 1, width=32), min_size=17, max_size=17))
def test_a_person_needs_a_torso_and_half_a_body(scores: list[float]) -> None:
    score = person_score(np.array(scores, dtype=np.float32))
    assert 0 <= score <= 1
    assert score <= max(scores[5], scores[6], scores[11], scores[12]) + 1e-6


def test_movenet_gives_pixels_of_the_frame() -> None:
    pose = MoveNet(Scripted([answer(body())])).estimate(FRAME, 0.0)
    assert pose is not None
    assert pose.points == pytest.approx(body(), abs=1e-3)


def test_movenet_sees_nobody_in_low_scores() -> None:
    assert MoveNet(Scripted([answer(body(score=0.15))])).estimate(FRAME, 0.0) is None


@pytest.mark.parametrize("column", [0, 2])
def test_a_movenet_that_says_nan_sees_nobody_and_recovers(column: int) -> None:
    points = body()
    points[Joint.LEFT_HIP, column] = np.nan
    estimator = MoveNet(Scripted([answer(body()), answer(points), answer(points), answer(body())]))
    assert [estimator.estimate(FRAME, t / 25) is not None for t in range(3)] == [True, False, True]


def test_movenet_looks_at_the_whole_frame_when_the_crop_loses_the_person() -> None:
    model = Scripted([answer(body()), answer(body(score=0.1)), answer(body(x=500))])
    estimator = MoveNet(model)
    estimator.estimate(FRAME, 0.0)
    pose = estimator.estimate(FRAME, 0.04)
    assert model.calls == 3
    assert pose is not None
    assert pose.points == pytest.approx(body(x=500), abs=1e-3)


def test_movenet_starts_over_on_another_frame_size_or_after_a_gap() -> None:
    model = Scripted([answer(body())])
    estimator = MoveNet(model)
    for frame, time_s in ((FRAME, 0.0), (FRAME, 9.0)):
        pose = estimator.estimate(frame, time_s)
        assert pose is not None
        assert pose.points == pytest.approx(body(), abs=1e-3)
    assert estimator.estimate(np.zeros((640, 480, 3), dtype=np.uint8), 9.04) is not None
    estimator.reset()
    pose = estimator.estimate(FRAME, 9.08)
    assert pose is not None
    assert pose.points == pytest.approx(body(), abs=1e-3)


# The real models


@pytest.fixture(scope="module", params=["movenet", "blazepose"])
def estimator(request: pytest.FixtureRequest) -> PoseEstimator:
    folder: Path = request.getfixturevalue(request.param)
    return load_estimator(request.param, folder.parent)


def squatting(folder: Path) -> np.ndarray[Any, Any]:
    image = cv2.imread(str(folder / "models" / "squat.bmp"))
    assert image is not None
    return image


def reference(folder: Path) -> np.ndarray[Any, Any]:
    with (folder / "models" / "movenet_single_pose_lightning_ptq_reference.csv").open() as file:
        rows = list(csv.DictReader(file))
    columns = ("keypoint_x", "keypoint_y", "keypoint_score")
    return np.array([[float(row[column]) for column in columns] for row in rows])


def test_agrees_with_the_published_reference(estimator: PoseEstimator, reference_data: Path) -> None:
    image = squatting(reference_data)
    height, width = image.shape[:2]
    stretched: np.ndarray[Any, Any] = cv2.resize(image, (max(height, width),) * 2)
    estimator.reset()
    pose = estimator.estimate(stretched, 0.0)
    assert pose is not None
    expected = reference(reference_data)
    sure = expected[:, 2] > 0.4
    off = np.linalg.norm(pose.points[:, :2] / max(height, width) - expected[:, :2], axis=1)[sure]
    assert np.median(off) < (0.02 if estimator.name == "movenet" else 0.05)


def test_following_a_still_picture_stays_put(estimator: PoseEstimator, reference_data: Path) -> None:
    image = squatting(reference_data)
    estimator.reset()
    poses = [estimator.estimate(image, frame / 25) for frame in range(5)]
    first, last = poses[1], poses[-1]
    assert first is not None
    assert last is not None
    sure = first.points[:, 2] > 0.4
    moved = np.linalg.norm(first.points[sure, :2] - last.points[sure, :2], axis=1)
    assert np.median(moved) < 0.02 * image.shape[0]


@pytest.mark.parametrize("kind", ["black", "grey", "noise", "stripes"])
def test_nobody_is_seen_where_nobody_is(estimator: PoseEstimator, kind: str) -> None:
    random = np.random.default_rng(3)
    frames = {
        "black": np.zeros((360, 640, 3)),
        "grey": np.full((360, 640, 3), 128),
        "noise": random.integers(0, 255, (360, 640, 3)),
        "stripes": np.tile((np.arange(640) // 40 % 2 * 200)[None, :, None], (360, 1, 3)),
    }
    estimator.reset()
    assert [estimator.estimate(frames[kind].astype(np.uint8), t / 25) for t in range(3)] == [None] * 3
