from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from vision import runtimes
from vision.phase.belief import LOGITS
from vision.phase.window import CHANNELS, STEPS
from vision.training.layers import Layer, logits
from vision.training.onnx_file import from_onnx, to_onnx

if TYPE_CHECKING:
    from pathlib import Path


def layer(rng: np.random.Generator, *shape: int, stride: int = 1) -> Layer:
    kernel = rng.normal(0, 0.2, shape).astype(np.float32)
    return Layer(kernel, rng.normal(0, 0.2, shape[-1]).astype(np.float32), stride)


@pytest.fixture(scope="module")
def layers() -> list[Layer]:
    rng = np.random.default_rng(5)
    steps = (STEPS - 3) // 2 + 1
    return [
        layer(rng, 3, 1, CHANNELS, 6, stride=2),
        layer(rng, 2, 1, 6, 5),
        layer(rng, (steps - 1) * 5, 7),
        layer(rng, 7, LOGITS),
    ]


def test_the_file_does_the_sums(layers: list[Layer], tmp_path: Path) -> None:
    path = tmp_path / "cpu.onnx"
    path.write_bytes(to_onnx(layers))
    model = runtimes.load("onnx", path)
    assert [(spec.name, spec.shape) for spec in model.inputs] == [("poses", (1, STEPS, 1, CHANNELS))]
    windows = np.random.default_rng(6).normal(0, 1, (5, STEPS, CHANNELS)).astype(np.float32)
    for window, expected in zip(windows, logits(layers, windows), strict=True):
        (answer,) = model.run([window[None, :, None]])
        assert answer.shape == (1, LOGITS)
        assert answer[0] == pytest.approx(expected, abs=1e-5)


def test_what_was_written_is_read_back(layers: list[Layer]) -> None:
    for written, found in zip(layers, from_onnx(to_onnx(layers)), strict=True):
        assert np.array_equal(written.kernel, found.kernel)
        assert np.array_equal(written.bias, found.bias)
        assert written.stride == found.stride


def test_the_same_layers_give_the_same_file(layers: list[Layer]) -> None:
    assert to_onnx(layers) == to_onnx(layers)
