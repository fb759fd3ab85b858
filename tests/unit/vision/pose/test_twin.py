"""One loaded model for the cameras of a box: each follows a person of its own."""

from typing import Any

import numpy as np
import pytest

from vision.pose.blazepose import BlazePose
from vision.pose.movenet import MoveNet
from vision.runtimes import TensorSpec


class Model:
    """Sees a person of full score wherever it looks."""

    name, trouble = "litert", "the accelerator is lost"
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()

    def run(self, _inputs: object) -> list[Any]:
        points = np.random.default_rng(1).uniform(0.4, 0.6, (1, 1, 17, 3)).astype(np.float32)
        points[..., 2] = 0.9
        return [points]


def test_a_twin_has_the_model_and_not_the_person() -> None:
    first = MoveNet(Model())
    second = first.twin()
    assert first.estimate(np.zeros((720, 1280, 3), np.uint8), 1.0) is not None
    assert first._crop is not None
    assert second._crop is None
    assert second._model is first._model


@pytest.mark.parametrize("estimator", [MoveNet(Model()), BlazePose(Model(), Model())])
def test_what_runs_the_model_and_its_trouble_are_those_of_the_model(estimator: MoveNet | BlazePose) -> None:
    for each in (estimator, estimator.twin()):
        assert (each.runtime, each.trouble) == ("litert", "the accelerator is lost")
