"""BlazePose at a few frames a second: a body that has left its square since is looked at once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.unit.vision.pose.played import Detector
from vision.keypoints import Joint
from vision.pose.blazepose import LANDMARK_COUNT, BlazePose
from vision.pose.sought import STALE_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.runtimes import TensorSpec

SIZE = 480
PULL = 0.5
"""How much of the way from its square's middle to the body this landmark model sees in one look."""


class Landmarks:
    """Sees a bright spot as the whole body, but off the middle of its square only half as far as it is."""

    name, trouble = "played", ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def __init__(self) -> None:
        self.looks = 0

    def run(self, inputs: Sequence[Any]) -> list[Any]:
        self.looks += 1
        rows, columns = np.nonzero(inputs[0][0].sum(axis=2) > 1)
        x, y = (float(np.mean(axis)) if len(axis) else 128.0 for axis in (columns, rows))
        raw = np.zeros((LANDMARK_COUNT, 5), np.float32)
        raw[:, 0], raw[:, 1], raw[:, 3] = 128 + PULL * (x - 128), 128 + PULL * (y - 128), 3.0
        raw[34, 1] -= 100
        heat = np.full((1, 64, 64, LANDMARK_COUNT), 2, np.float32)
        return [raw.reshape(1, -1), np.array([[0.99]], np.float32), None, heat]


def spot(x: int) -> np.ndarray[Any, Any]:
    frame = np.zeros((SIZE, SIZE, 3), np.uint8)
    frame[230:250, x - 10 : x + 10] = 255
    return frame


@pytest.mark.parametrize(("elapsed_s", "looks"), [(STALE_S / 2, 1), (STALE_S * 1.5, 2), (0.2, 2)])
def test_a_square_from_long_ago_is_followed_by_a_look_where_the_body_is_now(
    elapsed_s: float, looks: int
) -> None:
    model = Landmarks()
    estimator = BlazePose(Detector(), model)
    estimator.estimate(spot(240), 0.0)
    assert model.looks == 1, "whoever was just found is looked at once"
    pose = estimator.estimate(spot(300), elapsed_s)
    assert pose is not None
    assert model.looks == 1 + looks
    off_px = abs(float(pose.points[Joint.LEFT_HIP, 0]) - 300)
    assert (off_px < 25) is (looks == 2)
