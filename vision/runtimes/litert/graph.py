"""A `.tflite` file written from nothing: tensors and operators of an int8 network, one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from vision.runtimes.litert import model_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_SCHEMA_VERSION: Final = 3
_OPERATOR = schema.BuiltinOperator
_VERSIONS = {_OPERATOR.CONV_2D: 3, _OPERATOR.RESHAPE: 1, _OPERATOR.FULLY_CONNECTED: 4}
"""The first of each operator that knows int8: any runtime has it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How whole numbers stand for others: `number = step * (whole - zero)`.

    Attributes:
        steps: float32, one for all numbers or one for each output of a layer.
        zero: the whole number that stands for 0.
    """

    steps: NDArray[np.float32]
    zero: int = 0

    def whole(self, numbers: NDArray[Any], dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
        """Numbers, outputs last, as the nearest whole ones."""
        found = np.rint(numbers / self.steps.astype(np.float64)) + self.zero
        return found.clip(np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor that is computed, or given."""

    number: int
    shape: tuple[int, ...]
    scale: Scale


@dataclass(frozen=True, slots=True)
class Weights:
    """Of one layer.

    Attributes:
        kernel: int8; (out, steps, 1, in) convolves, (out, in) is dense.
        scale: of the kernel.
        bias: int32 (out,), in products of the kernel's steps and those of what the layer is given.
    """

    kernel: NDArray[np.int8]
    scale: Scale
    bias: NDArray[np.int32]


class Graph:
    """Grows by a tensor or an operator at a time."""

    def __init__(self) -> None:
        self._buffers = [schema.BufferT()]  # the first is that of all tensors that are computed
        self._tensors: list[Any] = []
        self._operators: list[Any] = []

    def value(self, name: str, shape: tuple[int, ...], scale: Scale) -> Value:
        """An int8 tensor that is computed, or given."""
        return Value(self._tensor(name, shape, schema.TensorType.INT8, scale), shape, scale)

    def reshaped(self, value: Value, name: str, shape: tuple[int, ...]) -> Value:
        """The same numbers in another shape."""
        result = self.value(name, shape, value.scale)
        wanted = self._constant(f"{name}_shape", np.array(shape, np.int32), schema.TensorType.INT32)
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        self._operate(_OPERATOR.RESHAPE, [value.number, wanted], result, options)
        return result

    def convolve(
        self, value: Value, weights: Weights, result: Value, *, stride: int, rectified: bool
    ) -> None:
        """Over the first axis of a picture, as far as it goes without padding."""
        options = schema.Conv2DOptionsT()
        options.padding, options.strideH, options.strideW = schema.Padding.VALID, stride, 1
        self._layer(_OPERATOR.CONV_2D, value, weights, result, options, rectified=rectified)

    def connect(self, value: Value, weights: Weights, result: Value, *, rectified: bool) -> None:
        """Each output with all that is given."""
        options = schema.FullyConnectedOptionsT()
        self._layer(_OPERATOR.FULLY_CONNECTED, value, weights, result, options, rectified=rectified)

    def file(self, name: str, given: Value, answer: Value) -> bytes:
        """The whole of it."""
        graph = schema.SubGraphT()
        graph.name, graph.tensors, graph.operators = name, self._tensors, self._operators
        graph.inputs, graph.outputs = [given.number], [answer.number]
        model = schema.ModelT()
        model.version, model.subgraphs, model.buffers = _SCHEMA_VERSION, [graph], self._buffers
        model.operatorCodes = [_code(kind, version) for kind, version in _VERSIONS.items()]
        return model_file.write(model)

    def _layer(
        self, kind: int, value: Value, weights: Weights, result: Value, options: Any, *, rectified: bool
    ) -> None:
        functions, types = schema.ActivationFunctionType, schema.TensorType
        options.fusedActivationFunction = functions.RELU if rectified else functions.NONE
        sums = Scale(weights.scale.steps * value.scale.steps)
        name = self._tensors[result.number].name
        kernel = self._constant(f"{name}_kernel", weights.kernel, types.INT8, weights.scale)
        bias = self._constant(f"{name}_bias", weights.bias, types.INT32, sums)
        self._operate(kind, [value.number, kernel, bias], result, options)

    def _constant(self, name: str, content: NDArray[Any], dtype: int, scale: Scale | None = None) -> int:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(content).tobytes(), np.uint8)
        self._buffers.append(buffer)
        return self._tensor(name, content.shape, dtype, scale, buffer=len(self._buffers) - 1)

    def _tensor(
        self, name: str, shape: tuple[int, ...], dtype: int, scale: Scale | None, *, buffer: int = 0
    ) -> int:
        tensor = schema.TensorT()
        tensor.name, tensor.shape, tensor.type, tensor.buffer = name, list(shape), dtype, buffer
        if scale is not None:
            tensor.quantization = schema.QuantizationParametersT()
            tensor.quantization.scale = scale.steps
            tensor.quantization.zeroPoint = np.full(len(scale.steps), scale.zero, np.int64)
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _operate(self, kind: int, inputs: Sequence[int], result: Value, options: Any) -> None:
        operator = schema.OperatorT()
        operator.opcodeIndex = list(_VERSIONS).index(kind)
        operator.inputs, operator.outputs = list(inputs), [result.number]
        operator.builtinOptionsType = getattr(schema.BuiltinOptions, type(options).__name__.removesuffix("T"))
        operator.builtinOptions = options
        self._operators.append(operator)


def _code(kind: int, version: int) -> Any:
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = kind
    code.version = version
    return code
