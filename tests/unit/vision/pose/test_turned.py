"""BlazePose and a body that lies the other way up in its square: seen by its peaks, at a bounded cost."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.vision.pose.played import Detector
from vision.keypoints import Joint
from vision.pose.blazepose import LANDMARK_COUNT, TURN_EVERY_S, BlazePose, Roi
from vision.pose.sought import STALE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.runtimes import TensorSpec

HEAD_UP = np.zeros((480, 480, 3), np.uint8)
HEAD_UP[100:200, 220:260] = 255
HEAD_DOWN = HEAD_UP[::-1].copy()


class Landmarks:
    """As sure as ever of a body that stands in every square, with clear peaks only where the head is up."""

    name, trouble = "played", ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def __init__(self, *, blurred: bool = False, refuses_the_other_way: bool = False) -> None:
        self.blurred, self.refuses = blurred, refuses_the_other_way
        self.looks = 0

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        self.looks += 1
        picture = inputs[0][0]
        head_up = picture[:128].sum() > picture[128:].sum()
        raw = np.zeros((LANDMARK_COUNT, 5), np.float32)
        raw[:, :2], raw[:, 3] = 128, 3.0
        raw[0, :2], raw[34, :2] = (128, 40), (128, 28)
        heat = np.full((1, 64, 64, LANDMARK_COUNT), 2 if head_up and not self.blurred else -2, np.float32)
        flag = 0.2 if self.refuses and self.looks % 2 == 0 else 0.99
        return [raw.reshape(1, -1), np.array([[flag]], np.float32), None, heat]


def nose_above_hips_px(estimator: BlazePose, frame: np.ndarray[Any, Any], time_s: float) -> float:
    pose = estimator.estimate(frame, time_s)
    assert pose is not None
    return float(pose.points[Joint.LEFT_HIP, 1] - pose.points[Joint.NOSE, 1])


def test_a_body_that_is_upside_down_in_its_square_is_seen_the_right_way_up() -> None:
    model = Landmarks()
    estimator = BlazePose(Detector(), model)
    assert nose_above_hips_px(estimator, HEAD_DOWN, 0.0) < 0
    assert model.looks == 2
    assert all(nose_above_hips_px(estimator, HEAD_DOWN, n / 25) < 0 for n in range(1, 26))
    assert model.looks == 2 + 25, "once turned it is followed like any other"


def test_whoever_is_clear_costs_one_look_a_frame() -> None:
    model = Landmarks()
    estimator = BlazePose(Detector(), model)
    assert all(nose_above_hips_px(estimator, HEAD_UP, n / 25) > 0 for n in range(25))
    assert model.looks == 25


def test_a_body_that_turns_over_is_found_again_within_the_time_between_two_tries() -> None:
    estimator = BlazePose(Detector(), Landmarks())
    assert nose_above_hips_px(estimator, HEAD_UP, 0.0) > 0
    late = [n / 25 for n in range(1, 51) if nose_above_hips_px(estimator, HEAD_DOWN, n / 25) > 0]
    assert max(late, default=0.0) <= TURN_EVERY_S


@settings(max_examples=20)  # each is seconds of pictures
@given(fps=st.floats(1.5, 60).filter(lambda fps: abs(1 / fps - STALE_S) > 1e-6))
def test_a_blurred_picture_costs_no_more_than_a_few_tries_and_turns_nobody(fps: float) -> None:
    model = Landmarks(blurred=True)
    estimator = BlazePose(Detector(), model)
    times_s = [n / fps for n in range(round(3 * fps) + 1)]
    for time_s in times_s:
        assert nose_above_hips_px(estimator, HEAD_UP, time_s) > 0
    stale = (len(times_s) - 1) * (1 / fps > STALE_S)
    tries = model.looks - len(times_s) - stale
    assert 1 <= tries <= min(len(times_s), 1 + math.ceil(times_s[-1] / TURN_EVERY_S))


def test_where_the_other_way_up_shows_nobody_the_first_look_stands() -> None:
    estimator = BlazePose(Detector(), Landmarks(blurred=True, refuses_the_other_way=True))
    assert nose_above_hips_px(estimator, HEAD_UP, 0.0) > 0


def test_a_clock_that_starts_again_is_no_reason_to_wait() -> None:
    model = Landmarks(blurred=True)
    estimator = BlazePose(Detector(), model)
    estimator.estimate(HEAD_UP, 100.0)
    estimator.reset()
    estimator.estimate(HEAD_UP, 0.0)
    assert model.looks == 4


@given(
    x=st.floats(0, 256), y=st.floats(0, 256), rotation=st.floats(-math.pi, math.pi), side=st.floats(1, 2000)
)
def test_turned_is_the_same_square_from_the_other_end(
    x: float, y: float, rotation: float, side: float
) -> None:
    roi = Roi(300.0, 200.0, side, rotation)
    assert roi.turned().to_frame(256) @ [256 - x, 256 - y, 1] == pytest.approx(
        roi.to_frame(256) @ [x, y, 1], abs=1e-6 * side
    )
