"""The networks as ONNX files that take plain values. The only file of the room that knows `onnx`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from recommender import effect, intensity
from recommender.encoding import MEASURED, MOST_DEVIATIONS, PHASE
from recommender.features import FEATURE_NAMES
from recommender.onnx_model import FEATURES_KEY, Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.encoding import Scale
    from recommender.training.weights import Weights

OPSET, IR_VERSION = 17, 8
"""Old enough for every onnxruntime that a box may have."""
PRODUCER: Final = "gymbox"
_ELEMENTS: Final = {"float": TensorProto.FLOAT, "int64": TensorProto.INT64}


class _Graph:
    """Nodes and constants, in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def add(self, operator: str, *inputs: str, named: str, **attributes: Any) -> str:
        """Append a node; the name of its result."""
        self.nodes.append(helper.make_node(operator, list(inputs), [named], **attributes))
        return named

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Append a constant; its name."""
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def float_constant(self, name: str, value: Any) -> str:
        """Append a constant of float32; its name."""
        return self.constant(name, np.asarray(value, dtype=np.float32))


def intensity_file(weights: Weights, scale: Scale, answer: Scale, metadata: Mapping[str, str]) -> bytes:
    """The intensity model: features and imputed in, minutes and intensity out, within their ranges."""
    graph = _Graph()
    said = _network(graph, weights, scale, workout=False)
    _within(graph, _in_units(graph, said, answer), intensity.LOWEST, intensity.HIGHEST, intensity.OUTPUT.name)
    return _written(graph, intensity.NAME, intensity.STATE_INPUTS, intensity.OUTPUT, metadata)


def effect_file(weights: Weights, scale: Scale, answer: Scale, metadata: Mapping[str, str]) -> bytes:
    """The effect model: the same and a workout in, its effect, probability of completion and RPE out.

    The network says the logit of the completion; `answer` scales the other two.
    """
    graph = _Graph()
    said = _network(graph, weights, scale, workout=True)
    columns = {}
    for column, name in enumerate(("effect", "logit", "rpe")):
        index = graph.constant(f"column_{name}", np.array([column]))
        columns[name] = graph.add("Gather", said, index, named=f"said_{name}", axis=1)
    graph.add("Sigmoid", columns["logit"], named="completion")
    graph.add("Concat", columns["effect"], "completion", columns["rpe"], named="answers", axis=1)
    _within(graph, _in_units(graph, "answers", answer), effect.LOWEST, effect.HIGHEST, effect.OUTPUT.name)
    return _written(graph, effect.NAME, effect.INPUTS, effect.OUTPUT, metadata)


def _network(graph: _Graph, weights: Weights, scale: Scale, *, workout: bool) -> str:
    """From the inputs to what the last layer says."""
    measured = graph.add(
        "Gather", "features", graph.constant("measured", np.array(MEASURED)), named="values", axis=1
    )
    numbers = graph.add("Concat", measured, "prescription", named="numbers", axis=1) if workout else measured
    graph.add("Sub", numbers, graph.float_constant("mean", scale.mean), named="centred")
    graph.add("Div", "centred", graph.float_constant("deviation", scale.deviation), named="scaled")
    low = graph.float_constant("least", -MOST_DEVIATIONS)
    high = graph.float_constant("most", MOST_DEVIATIONS)
    parts = [graph.add("Clip", "scaled", low, high, named="clipped"), "imputed"]
    graph.add(
        "Gather", "features", graph.constant("phase_column", np.array(PHASE)), named="phase_value", axis=1
    )
    graph.add("Round", "phase_value", named="phase_rounded")
    graph.add("Cast", "phase_rounded", named="phase", to=TensorProto.INT64)
    parts += [
        _embedded(graph, name, table)
        for name, table in zip(("phase", "workout_type")[: 1 + workout], weights.embeddings, strict=True)
    ]
    value = graph.add("Concat", *parts, named="row", axis=1)
    for number, layer in enumerate(weights.layers):
        kernel = graph.float_constant(f"kernel_{number}", layer.kernel)
        bias = graph.float_constant(f"bias_{number}", layer.bias)
        value = graph.add("Gemm", value, kernel, bias, named=f"sum_{number}")
        if number < len(weights.layers) - 1:
            value = graph.add("Relu", value, named=f"relu_{number}")
    return value


def _embedded(graph: _Graph, name: str, table: NDArray[np.float32]) -> str:
    first = graph.constant(f"{name}_first", np.array(0))
    last = graph.constant(f"{name}_last", np.array(len(table) - 1))
    known = graph.add("Clip", name, first, last, named=f"{name}_known")
    return graph.add(
        "Gather", graph.float_constant(f"{name}_table", table), known, named=f"{name}_embedded", axis=0
    )


def _in_units(graph: _Graph, said: str, answer: Scale) -> str:
    graph.add("Mul", said, graph.float_constant("answer_deviation", answer.deviation), named="spread")
    return graph.add("Add", "spread", graph.float_constant("answer_mean", answer.mean), named="in_units")


def _within(
    graph: _Graph, value: str, lowest: NDArray[np.float32], highest: NDArray[np.float32], name: str
) -> None:
    graph.add("Max", value, graph.float_constant("lowest", lowest), named="at_least")
    graph.add("Min", "at_least", graph.float_constant("highest", highest), named=name)


def _written(
    graph: _Graph, name: str, inputs: tuple[Tensor, ...], output: Tensor, metadata: Mapping[str, str]
) -> bytes:
    made = helper.make_graph(
        graph.nodes, name, [_info(each) for each in inputs], [_info(output)], graph.constants
    )
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name=PRODUCER
    )
    helper.set_model_props(model, {FEATURES_KEY: ",".join(FEATURE_NAMES), **metadata})
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString(deterministic=True))


def _info(tensor: Tensor) -> Any:
    shape: list[str | int | None] = ["rows"] if tensor.width is None else ["rows", tensor.width]
    return helper.make_tensor_value_info(tensor.name, _ELEMENTS[tensor.dtype], shape)
