"""A detector that always finds the same person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vision.pose.blazepose import ANCHOR_COUNT, anchors

if TYPE_CHECKING:
    from vision.runtimes import TensorSpec


class Detector:
    """Finds somebody amid the frame and takes them to be upright."""

    name, trouble = "played", ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def run(self, _inputs: object) -> list[Any]:
        boxes = np.zeros((1, ANCHOR_COUNT, 12), np.float32)
        scores = np.full((1, ANCHOR_COUNT, 1), -20, np.float32)
        points = np.array([(0.5, 0.5), (0.5, 0.2)] * 2)
        boxes[0, 7, 4:] = ((points - anchors()[7]) * 224).reshape(-1)
        scores[0, 7] = 5
        return [boxes, scores]
