from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given, settings
from hypothesis import strategies as st

from vision import runtimes
from vision.phase.belief import LOGITS
from vision.phase.model import PACKAGED, PhaseModel
from vision.phase.window import CHANNELS, STEPS
from vision.runtimes.litert.graph import Scale
from vision.training.layers import Layer, logits
from vision.training.onnx_file import from_onnx
from vision.training.tflite_file import scale_of_values, to_tflite, whole_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

EDGE_TPU = {"CONV_2D", "FULLY_CONNECTED", "RESHAPE"}


def layer(rng: np.random.Generator, *shape: int, stride: int = 1) -> Layer:
    width = np.prod(shape[:-1])
    kernel = rng.normal(0, np.sqrt(2 / width), shape).astype(np.float32)
    return Layer(kernel, rng.normal(0, 0.2, shape[-1]).astype(np.float32), stride)


def network(seed: int) -> list[Layer]:
    rng = np.random.default_rng(seed)
    return [
        layer(rng, 3, 1, CHANNELS, 12, stride=2),
        layer(rng, 2, 1, 12, 10),
        layer(rng, 80, 16),
        layer(rng, 16, LOGITS),
    ]


def windows(seed: int, count: int = 200) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(0, 1, (count, STEPS, CHANNELS)).astype(np.float32)


def interpreter(content: bytes) -> Any:
    """Without what makes it quick: every operator as it stands in the file."""
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    found = Interpreter(model_content=content, experimental_op_resolver_type=plain)
    found.allocate_tensors()
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_file_says_nearly_the_same(seed: int, tmp_path: Path) -> None:
    layers, shown = network(seed), windows(seed)
    path = tmp_path / "cpu.tflite"
    path.write_bytes(to_tflite(layers, shown))
    model = PhaseModel("test", tmp_path, runtimes.load("litert", path))
    assert [
        (spec.name, spec.shape, spec.dtype) for spec in (*model.runtime.inputs, *model.runtime.outputs)
    ] == [
        ("poses", (1, STEPS, 1, CHANNELS), "int8"),
        ("logits", (1, LOGITS), "int8"),
    ]
    found, exact = np.stack([model.logits(each) for each in shown]), logits(layers, shown)
    assert np.abs(found - exact).mean() < 0.02 * np.ptp(exact)
    assert np.corrcoef(found.ravel(), exact.ravel())[0, 1] > 0.99


def test_every_operator_and_number_is_one_that_the_edge_tpu_has() -> None:
    found = interpreter(to_tflite(network(1), windows(1)))
    assert {each["op_name"] for each in found._get_ops_details()} <= EDGE_TPU
    assert {each["dtype"] for each in found.get_tensor_details()} <= {np.int8, np.int32}
    kernels = {
        each["name"]: each["quantization_parameters"]
        for each in found.get_tensor_details()
        if each["name"].endswith("_kernel")
    }
    assert [(name, len(each["scales"])) for name, each in kernels.items()] == [
        ("layer_1_kernel", 12),
        ("layer_2_kernel", 10),
        ("layer_3_kernel", 1),
        ("logits_kernel", 1),
    ]
    assert not any(each["zero_points"].any() for each in kernels.values())


def test_the_packaged_file_is_what_the_packaged_weights_give() -> None:
    """Its values' ends come from simulated people; its weights and operators from the other file alone."""
    layers = from_onnx((PACKAGED / "cpu.onnx").read_bytes())
    packaged = interpreter((PACKAGED / "cpu.tflite").read_bytes())
    again = interpreter(to_tflite(layers, windows(2)))
    kernels = [each for each in packaged.get_tensor_details() if each["name"].endswith("_kernel")]
    assert len(kernels) == len(layers)
    for mine in kernels:
        (other,) = (each for each in again.get_tensor_details() if each["name"] == mine["name"])
        assert np.array_equal(packaged.get_tensor(mine["index"]), again.get_tensor(other["index"]))


def test_the_same_layers_give_the_same_file() -> None:
    assert to_tflite(network(3), windows(3)) == to_tflite(network(3), windows(3))


def test_the_order_of_sums_does_not_show() -> None:
    """The same network with its inner outputs in another order adds up in another order."""
    layers, shown = network(4), windows(4)
    turned = np.random.default_rng(4).permutation(16)
    *first, third, last = layers
    shuffled = [
        *first,
        Layer(third.kernel[:, turned], third.bias[turned]),
        Layer(last.kernel[turned], last.bias),
    ]
    assert not np.array_equal(logits(shuffled, shown), logits(layers, shown))
    assert _scales(to_tflite(shuffled, shown)) == _scales(to_tflite(layers, shown))


def _scales(content: bytes) -> dict[str, list[float]]:
    found = interpreter(content).get_tensor_details()
    return {each["name"]: each["quantization_parameters"]["scales"].tolist() for each in found}


@pytest.mark.parametrize("dead", [0, 1, 2, 3])
def test_a_layer_that_never_answers_breaks_nothing(dead: int) -> None:
    layers, shown = network(5), windows(5)
    layers[dead] = Layer(
        np.zeros_like(layers[dead].kernel), -np.ones_like(layers[dead].bias), layers[dead].stride
    )
    found = interpreter(to_tflite(layers, shown))
    found.set_tensor(found.get_input_details()[0]["index"], np.zeros((1, STEPS, 1, CHANNELS), np.int8))
    found.invoke()
    (answer,) = found.get_output_details()
    scale, zero = answer["quantization"]
    said = (found.get_tensor(answer["index"])[0].astype(float) - zero) * scale
    assert said == pytest.approx(logits(layers, shown[:1])[0], abs=2 * scale)


@given(least=st.floats(-1e3, 1e3), greatest=st.floats(-1e3, 1e3))
def test_values_between_the_least_and_the_greatest_are_met_within_a_step(
    least: float, greatest: float
) -> None:
    values = np.array([least, greatest])
    scale = scale_of_values(values)
    step = float(scale.steps[0])
    shown = (scale.whole(values, np.int8).astype(float) - scale.zero) * step
    assert -128 <= scale.zero <= 127
    assert scale.whole(np.zeros(1), np.int8)[0] == scale.zero
    assert np.abs(shown - values).max() <= 1.5 * step + 1e-3 * np.abs(values).max()


@settings(deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.floats(0, 1e3), bias=st.floats(-1e6, 1e6))
@pytest.mark.parametrize("shape", [(3, 1, 4, 6), (12, 6)])
def test_weights_and_bias_fit_whatever_their_sizes(
    shape: tuple[int, ...], seed: int, size: float, bias: float
) -> None:
    kernel = np.random.default_rng(seed).normal(0, size, shape).astype(np.float32)
    one = Layer(kernel, np.full(6, bias, np.float32))
    given_ = Scale(np.array([0.03], np.float32))
    found = whole_weights(one, given_)
    whole, scale = np.moveaxis(found.kernel, 0, -1).astype(float), found.scale
    assert np.abs(whole).max() <= 127
    assert np.abs(whole * scale.steps - kernel).max() <= 0.51 * scale.steps.max()
    sums = Scale(scale.steps * given_.steps)
    held = found.bias.astype(float) * sums.steps
    assert held == pytest.approx(one.bias, rel=1e-5, abs=float(sums.steps.max()))
