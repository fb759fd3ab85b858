"""From the accelerator to the CPU and back, with a played accelerator and a played clock."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vision import runtimes
from vision.runtimes import ModelFileError, RuntimeUnavailableError, TensorSpec, edgetpu, failover
from vision.runtimes.failover import FailoverModel
from vision.runtimes.remote import AcceleratorLostError
from vision.runtimes.worker import Ready

INPUTS = (TensorSpec("in", (1, 2), "uint8"),)
OUTPUTS = (TensorSpec("out", (1, 1), "float32"),)
PICTURE = np.zeros((1, 2), np.uint8)


class Cpu:
    name, trouble, inputs, outputs = "litert", "", INPUTS, OUTPUTS

    def run(self, _inputs: object) -> list[Any]:
        return ["cpu"]


class Accelerator:
    def __init__(self, box: "Box") -> None:
        self.box = box
        self.closed = False

    def ready(self) -> Ready | None:
        if isinstance(self.box.loads, AcceleratorLostError):
            raise self.box.loads
        return self.box.loads

    def run(self, _inputs: object, deadline_s: float) -> list[Any]:
        assert not self.closed
        self.box.deadlines.append(deadline_s)
        self.box.now_s += self.box.takes_s
        if self.box.takes_s > deadline_s:
            raise AcceleratorLostError(f"no answer within {deadline_s:.1f} s")
        return ["tpu"]

    def close(self) -> None:
        self.closed = True


class Box:
    """A model, its accelerators one after the other, and how they do."""

    def __init__(self, *, asked: bool = False) -> None:
        self.now_s = 1000.0
        self.takes_s = 0.01
        self.loads: Ready | AcceleratorLostError | None = None
        self.launch_error: OSError | None = None
        self.launched: list[Accelerator] = []
        self.deadlines: list[float] = []
        self.model = FailoverModel(
            runtime="edgetpu", standby=Cpu(), launch=self.launch, asked=asked, clock=lambda: self.now_s
        )

    def launch(self) -> Accelerator:
        if self.launch_error:
            raise self.launch_error
        self.launched.append(Accelerator(self))
        return self.launched[-1]

    def run(self) -> tuple[str, str]:
        (where,) = self.model.run([PICTURE])
        return str(where), self.model.name


@pytest.fixture
def box() -> Iterator[Box]:
    box = Box()
    yield box
    assert all(each.closed for each in box.launched[:-1]), "an old process was left"


def test_the_cpu_works_until_the_accelerator_is_loaded(box: Box) -> None:
    assert (box.model.inputs, box.model.outputs) == (INPUTS, OUTPUTS)
    assert [box.run(), box.run()] == [("cpu", "litert")] * 2
    box.loads = Ready(INPUTS, OUTPUTS)
    assert box.run() == ("tpu", "edgetpu")
    assert len(box.launched) == 1
    assert box.model.trouble == ""


def test_a_missed_deadline_gives_the_same_frame_to_the_cpu_and_is_told(box: Box) -> None:
    box.loads = Ready(INPUTS, OUTPUTS)
    box.run()
    box.run()
    box.takes_s = 0.6
    assert box.run() == ("cpu", "litert")
    assert box.model.trouble == "edgetpu failed (no answer within 0.5 s); poses run on the CPU with litert"
    assert box.launched[0].closed
    assert box.run() == ("cpu", "litert")
    assert len(box.launched) == 1, "not tried again at once"
    box.takes_s = 0.01
    box.now_s += 10
    box.run()
    assert box.run() == ("tpu", "edgetpu")
    assert box.model.trouble == ""


def test_one_that_never_loads_is_ended(box: Box) -> None:
    box.run()
    box.now_s += 21
    assert box.run() == ("cpu", "litert")
    assert box.launched[0].closed
    assert box.model.trouble == "", "nobody asked for an Edge TPU, and none was ever there"


def test_what_was_asked_for_and_does_not_start_is_trouble() -> None:
    box = Box(asked=True)
    box.loads = AcceleratorLostError("no library")
    box.run()
    assert box.model.trouble == "", "it is only starting"
    assert box.run() == ("cpu", "litert")
    assert "edgetpu failed (no library)" in box.model.trouble


def test_a_file_of_another_model_is_not_used() -> None:
    box = Box(asked=True)
    box.loads = Ready(INPUTS, INPUTS)
    box.run()
    assert box.run() == ("cpu", "litert")
    assert "another model" in box.model.trouble


def test_a_process_that_cannot_be_started_is_no_end_either() -> None:
    box = Box(asked=True)
    box.launch_error = OSError("no memory")
    assert box.run() == ("cpu", "litert")
    assert "no memory" in box.model.trouble


def test_a_folder_without_anything_for_it_runs_on_the_cpu_alone(movenet_with_edgetpu: Path) -> None:
    compiled = movenet_with_edgetpu / "edgetpu.tflite"
    for runtime in ("cpu", "litert"):
        model, path = failover.load(runtime, movenet_with_edgetpu)
        assert (type(model), path.name) == (type(runtimes.load("litert", path)), "cpu.tflite")
    compiled.unlink()
    assert not isinstance(failover.load("auto", movenet_with_edgetpu)[0], FailoverModel)
    assert isinstance(failover.load("edgetpu", movenet_with_edgetpu)[0], FailoverModel), (
        "it may be pulled yet"
    )
    (movenet_with_edgetpu / "cpu.tflite").unlink()
    with pytest.raises(ModelFileError, match=r"cpu\.tflite: No such file.*gymbox models pull"):
        failover.load("edgetpu", movenet_with_edgetpu)
    with pytest.raises(RuntimeUnavailableError, match="no such runtime"):
        failover.load("abacus", movenet_with_edgetpu)


def test_auto_hopes_for_an_accelerator_only_with_its_library(
    movenet_with_edgetpu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edgetpu, "missing_library", lambda: "not installed")
    assert not isinstance(failover.load("auto", movenet_with_edgetpu)[0], FailoverModel)
    assert isinstance(failover.load("edgetpu", movenet_with_edgetpu)[0], FailoverModel)
    monkeypatch.setattr(edgetpu, "missing_library", lambda: "")
    assert isinstance(failover.load("auto", movenet_with_edgetpu)[0], FailoverModel)
