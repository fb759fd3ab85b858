"""An int8 model computed in floats: its own weights, and nothing rounded from one layer to the next.

Int8 is what an accelerator takes. A CPU that has no quick products of bytes computes floats sooner, and what
is not rounded away between layers shows: keypoints tremble less from frame to frame.
"""

from __future__ import annotations

import platform
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from vision.runtimes.litert import model_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STORED = {
    schema.TensorType.INT8: np.int8,
    schema.TensorType.UINT8: np.uint8,
    schema.TensorType.INT32: np.int32,
}
"""How the numbers of a quantised tensor may be stored; weights and answers as bytes, biases as int32."""
_ROUNDING = (schema.BuiltinOperator.QUANTIZE, schema.BuiltinOperator.DEQUANTIZE)


_X86 = frozenset({"x86_64", "AMD64"})
_BYTE_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni"})
_CPU_INFO = Path("/proc/cpuinfo")


def are_quicker(machine: str, cpu_info: str) -> bool:
    """Whether floats are the quicker ones on a CPU: on x86 without its instructions for products of bytes.

    Args:
        machine: as `platform.machine` names it. ARM's CPUs are taken to be quicker in bytes, and so are
            those with these instructions: measured was only one without.
        cpu_info: the text of `/proc/cpuinfo`.
    """
    return machine in _X86 and _BYTE_PRODUCTS.isdisjoint(cpu_info.split())


def are_quicker_here() -> bool:
    """Whether floats are the quicker ones on this machine."""
    try:
        cpu_info = _CPU_INFO.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return are_quicker(platform.machine(), cpu_info)


def compute_in_floats(model: Any) -> bool:
    """Change a `ModelT`, so that whatever was quantised within it is float32.

    Returns:
        False, and nothing is changed, where nothing is quantised, or in a way that this does not know, or
        where the model takes or gives quantised numbers, as its inputs and outputs are its users'.
    """
    graph = model.subgraphs[0]
    quantised = [tensor for tensor in graph.tensors if _is_quantised(tensor)]
    kinds = {model_file.operator_kind(model, operator) for operator in graph.operators}
    outer = [graph.tensors[each] for each in (*graph.inputs, *graph.outputs)]
    if (
        not quantised
        or len(model.subgraphs) > 1
        or schema.BuiltinOperator.CUSTOM in kinds
        or any(tensor.type not in _STORED for tensor in quantised)
        or any(_is_quantised(tensor) for tensor in outer)
    ):
        return False
    for tensor in quantised:
        stored = model_file.constant(model, tensor)
        if stored is not None:
            buffer = schema.BufferT()
            buffer.data = np.frombuffer(_real(stored, tensor).tobytes(), np.uint8)
            model.buffers.append(buffer)
            tensor.buffer = len(model.buffers) - 1
        tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
    _leave_out_rounding(model)
    return True


def _is_quantised(tensor: Any) -> bool:
    of = tensor.quantization
    return of is not None and of.scale is not None and len(of.scale) > 0


def _real(stored: bytes, tensor: Any) -> NDArray[np.float32]:
    """What the numbers of a constant stand for: (q - zero point) x scale, of all or of each channel."""
    of = tensor.quantization
    numbers = np.frombuffer(stored, _STORED[tensor.type]).reshape(model_file.shape(tensor))
    scale = np.asarray(of.scale, np.float64)
    zero = np.zeros_like(scale) if of.zeroPoint is None else np.asarray(of.zeroPoint, np.float64)
    if len(scale) > 1:
        by_channel = [1] * numbers.ndim
        by_channel[of.quantizedDimension] = -1
        scale, zero = scale.reshape(by_channel), zero.reshape(by_channel)
    return np.asarray((numbers - zero) * scale, np.float32)


def _leave_out_rounding(model: Any) -> None:
    """Drop what only went from floats to bytes, back, or to other bytes: it is from floats to floats now."""
    graph = model.subgraphs[0]
    same_as: dict[int, int] = {}
    kept = []
    for operator in graph.operators:
        operator.inputs = [same_as.get(int(each), int(each)) for each in operator.inputs]
        if model_file.operator_kind(model, operator) in _ROUNDING and _is_of_floats(graph, operator):
            same_as[int(operator.outputs[0])] = operator.inputs[0]
        else:
            kept.append(operator)
    graph.operators = kept
    graph.outputs = [same_as.get(int(each), int(each)) for each in graph.outputs]


def _is_of_floats(graph: Any, operator: Any) -> bool:
    ends = (operator.inputs[0], operator.outputs[0])
    return all(graph.tensors[each].type == schema.TensorType.FLOAT32 for each in ends)
