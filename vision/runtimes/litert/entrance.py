"""What a LiteRT model does to each byte of its picture before the first layer, as one look-up table.

Models that take bytes begin by scaling them: cast, quantise, subtract, multiply, one operator after another
over the whole picture, on one core. No such operator looks at a pixel's neighbours, so of each channel only
256 values can come out. The model's own beginning is asked for them once, and the rest starts from the table.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from vision.runtimes.litert import model_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from vision.runtimes import Runtime

BYTE_VALUES = 256
_OPERATOR = schema.BuiltinOperator
POINTWISE = frozenset(
    (
        _OPERATOR.ADD,
        _OPERATOR.CAST,
        _OPERATOR.DEQUANTIZE,
        _OPERATOR.DIV,
        _OPERATOR.MUL,
        _OPERATOR.QUANTIZE,
        _OPERATOR.SUB,
    )
)


@dataclass(frozen=True, slots=True)
class Parts:
    """A model cut in two, each a whole `.tflite` file."""

    entrance: bytes
    rest: bytes


def cut(model: Any) -> Parts | None:
    """A `ModelT` apart from what it does to each byte by itself; None when it does not begin like that."""
    count = _pointwise(model)
    if not count:
        return None
    graph = model.subgraphs[0]
    operators, border = graph.operators, [int(each) for each in graph.operators[count - 1].outputs]
    return Parts(
        entrance=_part(model, operators[:count], graph.inputs, border),
        rest=_part(model, operators[count:], border, graph.outputs),
    )


def _part(model: Any, operators: list[Any], inputs: list[int], outputs: list[int]) -> bytes:
    part, graph = copy(model), copy(model.subgraphs[0])
    graph.operators, graph.inputs, graph.outputs = operators, inputs, outputs
    part.subgraphs, part.signatureDefs = [graph], None  # signatures name the inputs of the whole
    used = {graph.tensors[each].buffer for operator in operators for each in operator.inputs if each >= 0}
    part.buffers = [each if number in used else schema.BufferT() for number, each in enumerate(model.buffers)]
    part.metadata = None
    return model_file.write(part)


class Tabled:
    """A model that starts from the table of what its entrance does."""

    trouble = ""

    def __init__(self, entrance: Runtime, rest: Runtime) -> None:
        """Put together what was cut, both parts loaded."""
        self.name = rest.name
        self.inputs = entrance.inputs
        self.outputs = rest.outputs
        self._run_rest = rest.run
        self._table = _table(entrance)

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """Execute the model once; the arrays returned are the caller's own."""
        (picture,) = inputs
        return self._run_rest([cv2.LUT(picture[0], self._table).reshape(picture.shape)])


def _table(entrance: Runtime) -> NDArray[Any]:
    """What comes of each byte: (256, 1, channels), or quicker (256, 1, 1) where all channels are alike."""
    shape = entrance.inputs[0].shape
    values = (np.arange(prod(shape[:-1])) % BYTE_VALUES).astype(np.uint8)
    picture = np.repeat(values, shape[-1]).reshape(shape)
    found = entrance.run([picture])[0]
    table = found.reshape(-1, 1, shape[-1])[:BYTE_VALUES]
    alike = bool((table == table[..., :1]).all())
    return np.ascontiguousarray(table[..., :1] if alike else table)


def _pointwise(model: Any) -> int:
    """How many operators at the beginning treat every byte of the picture by itself."""
    graph = model.subgraphs[0]
    if len(model.subgraphs) != 1 or len(graph.inputs) != 1 or not _is_picture(graph.tensors[graph.inputs[0]]):
        return 0
    here, passed, count = int(graph.inputs[0]), set[int](), 0
    for operator in graph.operators:
        if not _treats_bytes_alone(model, operator, here):
            break
        passed.add(here)
        here, count = int(operator.outputs[0]), count + 1
    asked_again = passed & {int(each) for operator in graph.operators[count:] for each in operator.inputs}
    return 0 if asked_again or here in graph.outputs else count


def _is_picture(tensor: Any) -> bool:
    shape = model_file.shape(tensor)
    return (
        tensor.type == schema.TensorType.UINT8
        and len(shape) == 4  # noqa: PLR2004 - one picture: (1, height, width, channels)
        and shape[0] == 1
        and prod(shape[:-1]) >= BYTE_VALUES
    )


def _treats_bytes_alone(model: Any, operator: Any, here: int) -> bool:
    tensors, inputs = model.subgraphs[0].tensors, [int(each) for each in operator.inputs]
    return (
        model_file.operator_kind(model, operator) in POINTWISE
        and inputs.count(here) == 1
        and model_file.shape(tensors[operator.outputs[0]]) == model_file.shape(tensors[here])
        and all(_is_same_everywhere(model, tensors[each]) for each in inputs if each != here)
    )


def _is_same_everywhere(model: Any, tensor: Any) -> bool:
    """Whether it is a constant with one value, or with one for each channel."""
    stored = model_file.constant(model, tensor)
    return stored is not None and all(size == 1 for size in model_file.shape(tensor)[:-1])
