"""A `.tflite` file as objects that can be changed, and back (TensorFlow Lite's `schema.fbs`, version 3)."""

from __future__ import annotations

from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

FILE_IDENTIFIER = b"TFL3"
_AT_FIRST_BYTES = 1 << 20


def read(content: bytes) -> Any:
    """The `ModelT` of a file that LiteRT has loaded, so that it is known to be whole."""
    return schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))


def write(model: Any) -> bytes:
    """The file of a `ModelT`."""
    builder = flatbuffers.Builder(_AT_FIRST_BYTES)
    builder.Finish(model.Pack(builder), FILE_IDENTIFIER)
    return bytes(builder.Output())


def operator_kind(model: Any, operator: Any) -> int:
    """One of `schema.BuiltinOperator`; of its two places the greater counts, says the schema."""
    code = model.operatorCodes[operator.opcodeIndex]
    return max(int(code.builtinCode), int(code.deprecatedBuiltinCode))


def constant(model: Any, tensor: Any) -> bytes | None:
    """The bytes of a tensor that the file holds; None of one that is computed."""
    data = model.buffers[tensor.buffer].data
    return None if data is None or len(data) == 0 else bytes(data)


def shape(tensor: Any) -> tuple[int, ...]:
    """Empty of a single number."""
    return () if tensor.shape is None else tuple(int(size) for size in tensor.shape)
