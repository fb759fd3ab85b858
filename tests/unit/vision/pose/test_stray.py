"""MoveNet's crop comes from the frame before: a body that has left it since is looked at once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.keypoints import Joint, Pose
from vision.pose.movenet import INPUT_SIZE, Crop, MoveNet, next_crop
from vision.pose.sought import Sought, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.runtimes import TensorSpec

WIDTH, HEIGHT = 640, 480
PULL = 0.5
"""How much of the way from its crop's middle to the body this model sees in one look."""
ROWS = np.array([0, 0, 0, 0, 0, 0.2, 0.2, 0.35, 0.35, 0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 1, 1])


class Model:
    """Sees a bright bar as somebody upright, but off the middle of its crop only half as far as it is."""

    name, trouble = "played", ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def __init__(self, blind_from: float = np.inf) -> None:
        self.looks = 0
        self.blind_from = blind_from

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        self.looks += 1
        rows, columns = np.nonzero(inputs[0][0].sum(axis=2))
        out = np.zeros((1, 1, 17, 3), np.float32)
        if len(rows) and self.looks < self.blind_from:
            out[0, 0, :, 0] = (rows[0] + (rows[-1] - rows[0]) * ROWS) / INPUT_SIZE
            out[0, 0, :, 1] = 0.5 + PULL * ((columns.mean() + 0.5) / INPUT_SIZE - 0.5)
            out[0, 0, :, 2] = 0.8
        return [out]


def bar(x: int) -> np.ndarray[Any, Any]:
    frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    cv2.rectangle(frame, (x - 6, 140), (x + 6, 340), (255, 255, 255), -1)
    return frame


def hips(pose: Pose | None) -> float:
    assert pose is not None
    return float(pose.points[Joint.LEFT_HIP, 0])


@pytest.mark.parametrize("fps", [5, 10, 30])
@pytest.mark.parametrize(("moved_px", "looks"), [(0, 1), (20, 1), (80, 2)])
def test_a_body_that_has_left_its_crop_is_seen_where_it_is_now(moved_px: int, looks: int, fps: int) -> None:
    model = Model()
    estimator = MoveNet(model)
    estimator.estimate(bar(320), 0.0)
    assert model.looks == 1, "whoever was just found is looked at once"
    off_px = abs(hips(estimator.estimate(bar(320 + moved_px), 1 / fps)) - 320 - moved_px)
    assert model.looks == 1 + looks
    assert off_px == pytest.approx(moved_px * PULL**looks, abs=3)


def test_where_the_second_look_shows_nobody_the_first_stands() -> None:
    model = Model(blind_from=3)
    estimator = MoveNet(model)
    estimator.estimate(bar(320), 0.0)
    assert hips(estimator.estimate(bar(400), 0.1)) == pytest.approx(360, abs=3)
    assert model.looks == 3


def test_a_second_look_does_not_go_over_to_somebody_else() -> None:
    estimator = MoveNet(Model())
    sought = Sought(Window(0, 0, WIDTH, HEIGHT), lambda pose: hips(pose) < 370)
    estimator.estimate(bar(320), 0.0, sought)
    assert hips(estimator.estimate(bar(400), 0.1, sought)) == pytest.approx(360, abs=3)


@given(x=st.floats(-0.2, 0.2), y=st.floats(-0.2, 0.2), larger=st.floats(0.7, 1.3), height=st.floats(60, 400))
def test_a_crop_that_does_not_stray_holds_the_body(x: float, y: float, larger: float, height: float) -> None:
    body = np.zeros((17, 3), np.float32)
    body[:, 0], body[:, 1], body[:, 2] = 1000, 1000 + (ROWS - 0.5) * height, 0.8
    wanted = next_crop(body, 2000, 2000)
    assert wanted is not None
    assert not wanted.strays_from(wanted)
    crop = Crop(wanted.x + x * wanted.side, wanted.y + y * wanted.side, wanted.side * larger)
    top, bottom = float(body[:, 1].min()), float(body[:, 1].max())
    holds = crop.y <= top + 0.01 and bottom <= crop.y + crop.side + 0.01
    assert holds or crop.strays_from(wanted)
