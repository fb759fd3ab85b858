"""What is measured is what a box computes, and beside it what an Edge TPU would."""

from pathlib import Path

from benchmarks.counting import pose_models
from vision.runtimes.litert import LiteRtModel
from vision.runtimes.litert.entrance import Tabled


def test_movenet_is_measured_as_a_box_computes_it_and_as_it_is_written(movenet: Path) -> None:
    models = movenet.parent
    (ours,), (written,) = (pose_models.networks(name, models) for name in ("movenet", pose_models.INT8))
    assert isinstance(ours, Tabled)
    assert isinstance(written, LiteRtModel)
    assert pose_models.estimator_on([ours]).name == pose_models.estimator_on([written]).name == "movenet"


def test_blazepose_is_two_networks(blazepose: Path) -> None:
    networks = pose_models.networks("blazepose", blazepose.parent, threads=2)
    assert len(networks) == 2
    assert pose_models.estimator_on(networks).name == "blazepose"
