"""A model in a process of its own: it answers, refuses, hangs and is gone."""

import gc
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from vision.runtimes import edgetpu
from vision.runtimes.remote import AcceleratorLostError, RemoteModel
from vision.runtimes.worker import Ready

FRAME = np.zeros((1, 192, 192, 3), np.uint8)


def loaded(model: RemoteModel) -> Ready:
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s:
        if (found := model.ready()) is not None:
            return found
        time.sleep(0.02)
    pytest.fail("it did not load the model")


def test_it_answers_from_another_process(movenet_with_edgetpu: Path) -> None:
    model = RemoteModel("litert", movenet_with_edgetpu / "cpu.tflite")
    found = loaded(model)
    assert [(spec.shape, spec.dtype) for spec in found.inputs] == [((1, 192, 192, 3), "uint8")]
    assert model.run([FRAME], 5.0)[0].shape == (1, 1, 17, 3)
    model.close()
    model.close()
    assert not psutil.pid_exists(model.pid)


def test_one_that_nobody_holds_is_ended(movenet_with_edgetpu: Path) -> None:
    model = RemoteModel("litert", movenet_with_edgetpu / "cpu.tflite")
    pid = model.pid
    del model
    gc.collect()
    assert not psutil.pid_exists(pid)


def test_a_file_that_it_cannot_load_is_told(tmp_path: Path) -> None:
    model = RemoteModel("litert", tmp_path / "cpu.tflite")
    with pytest.raises(AcceleratorLostError, match="No such file"):
        loaded(model)
    with pytest.raises(AcceleratorLostError, match="its process ended"):
        model.run([FRAME], 5.0)
    model.close()


def test_without_a_library_it_says_so(movenet_with_edgetpu: Path) -> None:
    if not edgetpu.missing_library():
        pytest.skip("this machine has Coral's library")
    model = RemoteModel("edgetpu", movenet_with_edgetpu / "edgetpu.tflite")
    with pytest.raises(AcceleratorLostError, match="is not installed"):
        loaded(model)
    model.close()


@pytest.mark.parametrize(
    ("mood", "reason"),
    [("hung", "no answer within 0.5 s"), ("failing", "failed to invoke"), ("slow", "no answer within 0.5 s")],
)
def test_a_device_that_stops_answering_is_noticed_in_time(
    fake_edgetpu: Any, movenet_with_edgetpu: Path, mood: str, reason: str
) -> None:
    model = RemoteModel("edgetpu", movenet_with_edgetpu / "edgetpu.tflite")
    loaded(model)
    assert model.run([FRAME], 0.5)[0].shape == (1, 1, 17, 3)
    fake_edgetpu.become(mood)
    started_s = time.monotonic()
    with pytest.raises(AcceleratorLostError, match=reason):
        model.run([FRAME], 0.5)
    model.close()
    assert time.monotonic() - started_s < 10.0
    assert not psutil.pid_exists(model.pid)


def test_a_device_that_hangs_while_it_is_tried_is_waited_for_by_nobody(
    fake_edgetpu: Any, movenet_with_edgetpu: Path
) -> None:
    fake_edgetpu.become("hung")
    started_s = time.monotonic()
    model = RemoteModel("edgetpu", movenet_with_edgetpu / "edgetpu.tflite")
    assert model.ready() is None
    model.close()
    assert time.monotonic() - started_s < 10.0
