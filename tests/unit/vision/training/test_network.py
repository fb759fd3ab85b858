"""Keras and TensorFlow take seconds to load: what needs them stands here and in test_train.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vision import runtimes
from vision.phase.belief import EXERCISES, LOGITS, PHASES
from vision.phase.model import PhaseModel
from vision.phase.window import CHANNELS, STEPS
from vision.training.evaluation import score
from vision.training.examples import Examples
from vision.training.onnx_file import to_onnx

if TYPE_CHECKING:
    from pathlib import Path

    from vision.training.network import Network

pytest.importorskip("keras", reason="the extra `train` is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def easy(count: int = 600) -> Examples:
    """Windows whose first channels say everything."""
    rng = np.random.default_rng(4)
    exercise = rng.integers(0, len(EXERCISES), count).astype(np.int8)
    phase = rng.integers(0, len(PHASES), count).astype(np.int8)
    windows = rng.normal(0, 0.1, (count, STEPS, CHANNELS)).astype(np.float32)
    windows[np.arange(count), :, exercise] += 1
    windows[np.arange(count), :, 10 + phase] += 1
    return Examples(windows, exercise, phase, (phase == PHASES.index("down")).astype(np.float32))


def learned(seed: int = 1, epochs: int = 30) -> Network:
    from vision.training.network import Network  # noqa: PLC0415 - loads TensorFlow

    network = Network(seed)
    network.fit(easy(), epochs=epochs, learning_rate=3e-3, on_epoch=lambda _done: None)
    return network


@pytest.fixture(scope="module")
def network() -> Network:
    return learned()


def test_it_learns(network: Network) -> None:
    found = score(network.logits(easy().windows), easy())
    assert found.exercise > 0.95
    assert found.phase > 0.9
    assert found.depth_error < 0.15


def test_the_onnx_file_says_the_same(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "cpu.onnx"
    path.write_bytes(to_onnx(network.layers))
    model = PhaseModel("test", tmp_path, runtimes.load("onnx", path))
    windows = easy().windows[:20]
    assert np.stack([model.logits(window) for window in windows]) == pytest.approx(
        network.logits(windows), abs=1e-5
    )


def test_the_int8_file_says_nearly_the_same(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "cpu.tflite"
    path.write_bytes(network.to_int8(easy().windows))
    model = PhaseModel("test", tmp_path, runtimes.load("litert", path))
    assert [spec.dtype for spec in (*model.runtime.inputs, *model.runtime.outputs)] == ["int8", "int8"]
    answers = np.stack([model.logits(window) for window in easy().windows])
    assert score(answers, easy()).exercise > 0.94


EDGE_TPU = {"CONV_2D", "FULLY_CONNECTED", "RESHAPE"}


def test_every_operator_is_one_that_the_edge_tpu_has(network: Network, tmp_path: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType  # noqa: PLC0415 - beside the runtime

    path = tmp_path / "cpu.tflite"
    path.write_bytes(network.to_int8(easy().windows))
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(str(path), experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    assert {each["op_name"] for each in interpreter._get_ops_details()} <= EDGE_TPU
    types = {each["dtype"] for each in interpreter.get_tensor_details() if len(each["shape"])}
    assert types <= {np.int8, np.int32}


def test_the_same_seed_gives_the_same_network(network: Network) -> None:
    again = learned()
    for mine, theirs in zip(network.layers, again.layers, strict=True):
        assert np.array_equal(mine.kernel, theirs.kernel)


def test_a_network_can_go_on_from_another(network: Network) -> None:
    from vision.training.network import Network  # noqa: PLC0415 - loads TensorFlow

    copy = Network(9)
    windows = easy().windows[:5]
    assert network.logits(windows).shape == (5, LOGITS)
    assert copy.logits(windows) != pytest.approx(network.logits(windows), abs=1e-3)
    copy.layers = network.layers
    assert copy.logits(windows) == pytest.approx(network.logits(windows), abs=1e-6)
