"""Models of TensorFlow Lite, written operator by operator."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from vision.runtimes import litert
from vision.runtimes.litert import model_file

SIDE, CHANNELS = 16, 3
PICTURE = (1, SIDE, SIDE, CHANNELS)
HALVED = (1, SIDE // 2, SIDE // 2, CHANNELS)
UINT8, INT8, INT16 = schema.TensorType.UINT8, schema.TensorType.INT8, schema.TensorType.INT16
INT32, FLOAT16, FLOAT32 = schema.TensorType.INT32, schema.TensorType.FLOAT16, schema.TensorType.FLOAT32
ARITHMETIC = ("ADD", "SUB", "MUL", "DIV")
_TYPES = {
    np.dtype(np.float32): FLOAT32,
    np.dtype(np.float16): FLOAT16,
    np.dtype(np.int8): INT8,
    np.dtype(np.int32): INT32,
}


@dataclass(frozen=True)
class Quantised:
    """How numbers stand for others: (q - zero) x scale, of all or of each along the axis."""

    scale: tuple[float, ...]
    zero: tuple[int, ...] = (0,)
    axis: int = 0


class Network:
    """A model, written operator by operator on one picture."""

    def __init__(
        self, dtype: int = UINT8, shape: tuple[int, ...] = PICTURE, quantised: Quantised | None = None
    ) -> None:
        self.model = schema.ModelT()
        self.model.version, self.model.operatorCodes, self.model.buffers = 3, [], [schema.BufferT()]
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.graph.inputs = [self.tensor(shape, dtype, quantised)]
        self.model.subgraphs = [self.graph]
        self.last = 0

    def tensor(self, shape: tuple[int, ...], dtype: int = FLOAT32, quantised: Quantised | None = None) -> int:
        new = schema.TensorT()
        new.shape, new.type, new.name, new.buffer = list(shape), dtype, f"t{len(self.graph.tensors)}", 0
        if quantised is not None:
            of = new.quantization = schema.QuantizationParametersT()
            of.scale, of.zeroPoint = list(quantised.scale), list(quantised.zero)
            of.quantizedDimension = quantised.axis
        self.graph.tensors.append(new)
        return len(self.graph.tensors) - 1

    def constant(self, values: NDArray[Any], quantised: Quantised | None = None) -> int:
        number = self.tensor(values.shape, _TYPES[values.dtype], quantised)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self.model.buffers.append(buffer)
        self.graph.tensors[number].buffer = len(self.model.buffers) - 1
        return number

    def then(
        self,
        name: str,
        *others: int,
        shape: tuple[int, ...] = PICTURE,
        dtype: int = FLOAT32,
        quantised: Quantised | None = None,
    ) -> int:
        """An operator on the last tensor, and on others."""
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(schema.BuiltinOperator, name)
        code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), _version(name, dtype)
        self.model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes) - 1
        operator.inputs = [self.last, *others]
        operator.outputs = [self.tensor(shape, dtype, quantised)]
        operator.builtinOptionsType, operator.builtinOptions = _options(name)
        self.graph.operators.append(operator)
        self.last = operator.outputs[0]
        return self.last

    def halved(self) -> Self:
        """A first layer: it looks at neighbours."""
        self.then("AVERAGE_POOL_2D", shape=HALVED)
        return self

    def finished(self) -> Any:
        self.graph.outputs = [self.last]
        return self.model


def _version(name: str, dtype: int) -> int:
    return 3 if name == "CONV_2D" and dtype == INT8 else 1


def _options(name: str) -> tuple[int, Any]:
    if name in ARITHMETIC:
        stem = f"{name.capitalize()}Options"
        return getattr(schema.BuiltinOptions, stem), getattr(schema, f"{stem}T")()
    if name == "AVERAGE_POOL_2D":
        pool = schema.Pool2DOptionsT()
        pool.strideW = pool.strideH = pool.filterWidth = pool.filterHeight = 2
        return schema.BuiltinOptions.Pool2DOptions, pool
    if name == "CONV_2D":
        convolution = schema.Conv2DOptionsT()
        convolution.strideW = convolution.strideH = 1
        convolution.dilationWFactor = convolution.dilationHFactor = 1
        return schema.BuiltinOptions.Conv2DOptions, convolution
    return schema.BuiltinOptions.NONE, None


def loaded(model: Any) -> litert.LiteRtModel:
    """A `ModelT`, or the bytes of its file, as LiteRT runs it without any help."""
    content = model if isinstance(model, bytes) else model_file.write(model)
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    return litert.LiteRtModel(interpreter)


def some_picture(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, PICTURE, np.uint8)
