"""The network as an ONNX file, written and read back. The only file that knows the package `onnx`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from vision.phase.belief import LOGITS
from vision.phase.window import CHANNELS, STEPS
from vision.training.layers import CONVOLUTION_AXES, Layer

if TYPE_CHECKING:
    from collections.abc import Sequence

OPSET, IR_VERSION = 17, 8
"""Old enough for every onnxruntime that a box may have."""
TO_CHANNELS_FIRST, TO_CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def to_onnx(layers: Sequence[Layer]) -> bytes:
    """A file that does the same: poses (1, STEPS, 1, CHANNELS) in, logits (1, LOGITS) out."""
    nodes = [helper.make_node("Transpose", ["poses"], ["x"], perm=TO_CHANNELS_FIRST)]
    weights, value, flat = [], "x", False
    for number, layer in enumerate(layers):
        names = [f"kernel_{number}", f"bias_{number}"]
        if not layer.convolves and not flat:
            nodes.append(helper.make_node("Transpose", [value], ["last"], perm=TO_CHANNELS_LAST))
            nodes.append(helper.make_node("Flatten", ["last"], ["flat"]))
            value, flat = "flat", True
        kernel = layer.kernel.transpose(3, 2, 0, 1) if layer.convolves else layer.kernel
        weights += [
            numpy_helper.from_array(np.ascontiguousarray(each), name)
            for each, name in zip((kernel, layer.bias), names, strict=True)
        ]
        last = number == len(layers) - 1
        result = "logits" if last else f"sum_{number}"
        if layer.convolves:
            node = helper.make_node("Conv", [value, *names], [result], strides=(layer.stride, 1))
        else:
            node = helper.make_node("Gemm", [value, *names], [result])
        nodes.append(node)
        if not last:
            value = f"relu_{number}"
            nodes.append(helper.make_node("Relu", [result], [value]))
    poses = helper.make_tensor_value_info("poses", TensorProto.FLOAT, [1, STEPS, 1, CHANNELS])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, LOGITS])
    graph = helper.make_graph(nodes, "phase", [poses], [logits], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def from_onnx(content: bytes) -> list[Layer]:
    """The layers of a file that `to_onnx` wrote."""
    graph = onnx.load_from_string(content).graph
    weights = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    strides = {node.input[1]: node.attribute[0].ints[0] for node in graph.node if node.op_type == "Conv"}
    layers = []
    for number in range(len(weights) // 2):
        name = f"kernel_{number}"
        kernel = weights[name]
        turned = kernel.transpose(2, 3, 1, 0) if kernel.ndim == CONVOLUTION_AXES else kernel
        layers.append(Layer(turned, weights[f"bias_{number}"], int(strides.get(name, 1))))
    return layers
