"""Whom the estimators follow when they are told where to look and whom to take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import Joint, Pose
from vision.pose.blazepose import ANCHOR_COUNT, LANDMARK_COUNT, MOST_PEOPLE, BlazePose, anchors
from vision.pose.movenet import INPUT_SIZE, MoveNet, search_places
from vision.pose.sought import Sought, Window, anybody

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vision.runtimes import TensorSpec

WIDTH, HEIGHT = 640, 480
FRAME = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
WHOLE = Window(0, 0, WIDTH, HEIGHT)


def near(x: float) -> Callable[[Pose], bool]:
    return lambda pose: abs(float(pose.points[Joint.LEFT_HIP, 0]) - x) < 40


def hips(pose: Pose | None) -> float:
    assert pose is not None
    return float(pose.points[Joint.LEFT_HIP, 0])


class Runtime:
    """What is needed of a runtime here."""

    name, trouble = "played", ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def __init__(self) -> None:
        self.pictures: list[np.ndarray[Any, Any]] = []


class Crowd(Runtime):
    """MoveNet's model: sees the brightest column of its picture as a person of a fixed height."""

    def run(self, inputs: Sequence[np.ndarray[Any, Any]]) -> list[Any]:
        picture = inputs[0][0].astype(float).sum(axis=2)
        self.pictures.append(picture)
        column = int(picture.sum(axis=0).argmax())
        rows = np.flatnonzero(picture[:, column])
        out = np.zeros((1, 1, 17, 3), dtype=np.float32)
        if len(rows):
            top, size = rows[0] / INPUT_SIZE, (rows[-1] - rows[0]) / INPUT_SIZE
            heights = np.array([0, 0, 0, 0, 0, 0.2, 0.2, 0.35, 0.35, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 1, 1])
            out[0, 0, :, 0] = top + size * heights
            out[0, 0, :, 1] = (column + 0.5) / INPUT_SIZE
            out[0, 0, :, 2] = 0.8
        return [out]


def street(*people: tuple[int, int]) -> np.ndarray[Any, Any]:
    """A frame with people: (x, brightness)."""
    frame = FRAME.copy()
    for x, brightness in people:
        cv2.rectangle(frame, (x - 6, 140), (x + 6, 340), (brightness,) * 3, -1)
    return frame


def test_movenet_sees_nobody_outside_the_window() -> None:
    frame = street((100, 250), (500, 120))
    estimator = MoveNet(Crowd())
    assert abs(hips(estimator.estimate(frame, 0.0)) - 100) < 10
    right = Sought(Window(300, 0, 640, 480), lambda _: True)
    estimator.reset()
    assert abs(hips(estimator.estimate(frame, 0.04, right)) - 500) < 10


def test_movenet_finds_the_one_who_is_wanted_behind_others_by_searching_parts() -> None:
    frame = street((100, 250), (500, 120))
    estimator = MoveNet(Crowd())
    sought = Sought(WHOLE, near(500))
    found = [estimator.estimate(frame, n / 25, sought) for n in range(len(search_places(WHOLE)))]
    assert found[0] is None, "the one most in view is another"
    assert any(found)
    assert all(near(500)(pose) for pose in found if pose)


def test_movenet_keeps_its_place_while_somebody_else_is_found_there() -> None:
    model = Crowd()
    estimator = MoveNet(model)
    sought = Sought(WHOLE, near(300))
    assert estimator.estimate(street((300, 120)), 0.0, sought) is not None
    hidden = [estimator.estimate(street((300, 120), (380, 250)), n / 25, sought) for n in range(1, 11)]
    assert hidden == [None] * 10
    before = len(model.pictures)
    assert estimator.estimate(street((300, 120)), 0.44, sought) is not None
    assert len(model.pictures) == before + 1, "found at once in the old place"


def test_movenet_looks_twice_a_frame_at_most_and_once_when_all_is_well() -> None:
    model = Crowd()
    estimator = MoveNet(model)
    sought = Sought(WHOLE, near(300))
    for n, frame in enumerate([street((300, 120))] * 5 + [street((380, 250))] * 20):
        before = len(model.pictures)
        estimator.estimate(frame, n / 25, sought)
        assert len(model.pictures) - before <= (1 if n < 5 else 2)


def test_movenet_looks_home_first_when_asked() -> None:
    estimator = MoveNet(Crowd())
    frame = street((120, 120), (500, 250))
    home = estimator.estimate(street((120, 120)), 0.0)
    assert home is not None
    estimator.estimate(street((500, 250)), 0.5)
    assert abs(hips(estimator.estimate(frame, 0.52)) - 500) < 10
    there = Sought(WHOLE, lambda _: True, home)
    assert abs(hips(estimator.estimate(frame, 0.54, there)) - 120) < 10


@given(
    left=st.integers(0, 500), top=st.integers(0, 500), width=st.integers(1, 900), height=st.integers(1, 900)
)
def test_the_parts_of_a_search_cover_the_window(left: int, top: int, width: int, height: int) -> None:
    window = Window(left, top, left + width, top + height)
    whole, *parts = search_places(window)
    assert whole.side == max(window.width, window.height)
    for x in np.linspace(window.left, window.right, 7):
        for y in np.linspace(window.top, window.bottom, 7):
            assert any(
                part.x - 1e-6 <= x <= part.x + part.side + 1e-6
                and part.y - 1e-6 <= y <= part.y + part.side + 1e-6
                for part in parts
            )


class Detector(Runtime):
    """BlazePose's detector: people at these places of its picture (x, y of the hips, score)."""

    def __init__(self, *people: tuple[float, float, float]) -> None:
        super().__init__()
        self.people = people

    def run(self, inputs: Sequence[np.ndarray[Any, Any]]) -> list[Any]:
        self.pictures.append(inputs[0])
        boxes = np.zeros((1, ANCHOR_COUNT, 12), dtype=np.float32)
        scores = np.full((1, ANCHOR_COUNT, 1), -20, dtype=np.float32)
        for number, (x, y, score) in enumerate(self.people):
            anchor = 100 * (number + 1)
            boxes[0, anchor, :2] = (np.array([x, y]) - anchors()[anchor]) * 224
            boxes[0, anchor, 2:4] = 20
            points = np.array([(x, y), (x, y - 0.2)] * 2)
            boxes[0, anchor, 4:] = ((points - anchors()[anchor]) * 224).reshape(-1)
            scores[0, anchor] = math.log(score / (1 - score))
        return [boxes, scores]


class Landmarks(Runtime):
    """BlazePose's landmark model: somebody in the middle of every square."""

    def run(self, inputs: Sequence[np.ndarray[Any, Any]]) -> list[Any]:
        self.pictures.append(inputs[0])
        raw = np.zeros((LANDMARK_COUNT, 5), dtype=np.float32)
        raw[:, :2], raw[:, 3] = 128, 3.0
        raw[34, :2] = (128, 28)
        heat = np.full((1, 64, 64, LANDMARK_COUNT), 9, dtype=np.float32)
        return [raw.reshape(1, -1), np.array([[0.99]], dtype=np.float32), None, heat]


def test_blazepose_takes_the_one_who_is_wanted_of_several() -> None:
    detector, model = Detector((0.25, 0.5, 0.9), (0.75, 0.5, 0.7)), Landmarks()
    estimator = BlazePose(detector, model)
    assert abs(hips(estimator.estimate(FRAME, 0.0)) - 160) < 5
    estimator.reset()
    wanted = Sought(WHOLE, near(480))
    for n in range(3):
        assert abs(hips(estimator.estimate(FRAME, n / 25, wanted)) - 480) < 5
    assert len(detector.pictures) == 2, "detected once, then followed"


def test_blazepose_searches_the_window_and_answers_in_the_frame() -> None:
    estimator = BlazePose(Detector((0.5, 0.5, 0.9)), Landmarks())
    right = Sought(Window(400, 100, 600, 300), lambda _: True)
    pose = estimator.estimate(FRAME, 0.0, right)
    assert pose is not None
    assert abs(pose.points[Joint.LEFT_HIP, :2] - (500, 200)).max() < 1


def test_blazepose_keeps_its_place_while_it_finds_others() -> None:
    detector = Detector((0.25, 0.5, 0.9))
    estimator = BlazePose(detector, Landmarks())
    estimator.estimate(FRAME, 0.0, anybody(WIDTH, HEIGHT))
    nobody = Sought(WHOLE, lambda _: False)
    assert [estimator.estimate(FRAME, n / 25, nobody) for n in (1, 2)] == [None, None]
    detector.people = ()
    assert abs(hips(estimator.estimate(FRAME, 0.12, Sought(WHOLE, near(160)))) - 160) < 5


def test_blazepose_looks_for_whoever_is_home_before_it_follows() -> None:
    detector = Detector((0.25, 0.5, 0.9))
    estimator = BlazePose(detector, Landmarks())
    estimator.estimate(FRAME, 0.0)
    detector.people = ((0.75, 0.5, 0.9),)
    assert abs(hips(estimator.estimate(FRAME, 0.04)) - 160) < 5
    home = Pose(np.zeros((17, 3), np.float32), 0.9)
    assert abs(hips(estimator.estimate(FRAME, 0.08, Sought(WHOLE, lambda _: True, home))) - 480) < 5


def test_a_crowd_costs_no_more_than_a_few_looks() -> None:
    crowd, model = Detector(*((0.1 * n, 0.5, 0.9) for n in range(1, 10))), Landmarks()
    assert BlazePose(crowd, model).estimate(FRAME, 0.0, Sought(WHOLE, lambda _: False)) is None
    assert len(model.pictures) == MOST_PEOPLE
