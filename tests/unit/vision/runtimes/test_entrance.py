"""A model that begins by scaling its picture is cut there: the same answers, found through a table."""

from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vision.runtimes import entrance, litert

SIDE, CHANNELS = 16, 3
PICTURE = (1, SIDE, SIDE, CHANNELS)
ARITHMETIC = {
    "ADD": (schema.BuiltinOptions.AddOptions, schema.AddOptionsT),
    "SUB": (schema.BuiltinOptions.SubOptions, schema.SubOptionsT),
    "MUL": (schema.BuiltinOptions.MulOptions, schema.MulOptionsT),
    "DIV": (schema.BuiltinOptions.DivOptions, schema.DivOptionsT),
}


class Network:
    """A model of TensorFlow Lite, written operator by operator on one picture."""

    def __init__(self, dtype: int = schema.TensorType.UINT8, shape: tuple[int, ...] = PICTURE) -> None:
        self._model = schema.ModelT()
        self._model.version, self._model.operatorCodes, self._model.buffers = 3, [], [schema.BufferT()]
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._graph.inputs = [self.tensor(shape, dtype)]
        self._model.subgraphs = [self._graph]
        self.last = 0

    def tensor(self, shape: tuple[int, ...], dtype: int = schema.TensorType.FLOAT32) -> int:
        new = schema.TensorT()
        new.shape, new.type, new.name, new.buffer = list(shape), dtype, f"t{len(self._graph.tensors)}", 0
        self._graph.tensors.append(new)
        return len(self._graph.tensors) - 1

    def constant(self, values: NDArray[np.float32]) -> int:
        number = self.tensor(values.shape)
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(values.tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        self._graph.tensors[number].buffer = len(self._model.buffers) - 1
        return number

    def then(self, name: str, *others: int, shape: tuple[int, ...] = PICTURE) -> int:
        """An operator on the last tensor, and on others."""
        code = schema.OperatorCodeT()
        code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
        code.version = 1
        self._model.operatorCodes.append(code)
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self._model.operatorCodes) - 1
        operator.inputs = [self.last, *others]
        operator.outputs = [self.tensor(shape)]
        if name in ARITHMETIC:
            operator.builtinOptionsType, options = ARITHMETIC[name]
            operator.builtinOptions = options()
        elif name == "AVERAGE_POOL_2D":
            operator.builtinOptionsType = schema.BuiltinOptions.Pool2DOptions
            pool = operator.builtinOptions = schema.Pool2DOptionsT()
            pool.strideW = pool.strideH = pool.filterWidth = pool.filterHeight = 2
        self._graph.operators.append(operator)
        self.last = operator.outputs[0]
        return self.last

    def halved(self) -> "Network":
        """The first layer: it looks at neighbours."""
        self.then("AVERAGE_POOL_2D", shape=(1, SIDE // 2, SIDE // 2, CHANNELS))
        return self

    def written(self) -> bytes:
        self._graph.outputs = [self.last]
        builder = flatbuffers.Builder(1024)
        builder.Finish(self._model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def loaded(content: bytes) -> litert.LiteRtModel:
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    return litert.LiteRtModel(interpreter)


def tabled(model: bytes) -> entrance.Tabled:
    parts = entrance.cut(model)
    assert parts is not None
    return entrance.Tabled(loaded(parts.entrance), loaded(parts.rest))


def scaled() -> Network:
    network = Network()
    network.then("CAST")
    network.then("SUB", network.constant(np.float32([127.5])))
    return network


number = st.floats(0.25, 200, width=32)
constants = st.one_of(
    number.map(lambda value: np.float32([value])),
    st.lists(number, min_size=CHANNELS, max_size=CHANNELS).map(np.float32),
    st.lists(number, min_size=CHANNELS, max_size=CHANNELS).map(lambda v: np.float32(v).reshape(1, 1, 1, -1)),
)


@settings(deadline=None)
@given(
    steps=st.lists(st.tuples(st.sampled_from(sorted(ARITHMETIC)), constants), max_size=4),
    seed=st.integers(0, 1000),
)
def test_through_the_table_comes_what_the_whole_model_says(
    steps: list[tuple[str, NDArray[np.float32]]], seed: int
) -> None:
    network = Network()
    network.then("CAST")
    for name, values in steps:
        network.then(name, network.constant(values))
    model = network.halved().written()
    picture = np.random.default_rng(seed).integers(0, 256, PICTURE, np.uint8)

    whole, apart = loaded(model), tabled(model)

    assert np.array_equal(whole.run([picture])[0], apart.run([picture])[0])
    assert (apart.inputs, apart.outputs[0].shape) == (whole.inputs, whole.outputs[0].shape)


def test_a_model_that_begins_with_a_layer_stays_whole() -> None:
    assert entrance.cut(Network(schema.TensorType.FLOAT32).halved().written()) is None


def test_a_model_of_numbers_that_are_no_bytes_stays_whole() -> None:
    network = Network(schema.TensorType.FLOAT32)
    network.then("SUB", network.constant(np.float32([1])))
    assert entrance.cut(network.halved().written()) is None


def test_a_model_that_is_all_entrance_stays_whole() -> None:
    assert entrance.cut(scaled().written()) is None


def test_a_picture_of_few_pixels_stays_whole() -> None:
    network = Network(shape=(1, 2, 2, CHANNELS))
    network.then("CAST", shape=(1, 2, 2, CHANNELS))
    network.then("AVERAGE_POOL_2D", shape=(1, 1, 1, CHANNELS))
    assert entrance.cut(network.written()) is None


def test_a_constant_that_differs_from_place_to_place_ends_the_entrance() -> None:
    network = scaled()
    mask = np.random.default_rng(1).random(PICTURE, np.float32)
    network.then("MUL", network.constant(mask))
    model = network.halved().written()
    picture = np.random.default_rng(2).integers(0, 256, PICTURE, np.uint8)

    assert np.array_equal(loaded(model).run([picture])[0], tabled(model).run([picture])[0])


@pytest.mark.parametrize("at", [0, 1])
def test_a_model_that_comes_back_to_the_bare_picture_stays_whole(at: int) -> None:
    network = Network()
    cast = network.then("CAST")
    network.then("SUB", network.constant(np.float32([127.5])))
    again = (network.then("CAST"), cast)[at]  # the second cast is of floats: pointwise as well
    network.then("AVERAGE_POOL_2D", shape=(1, SIDE // 2, SIDE // 2, CHANNELS))
    network.last = again
    network.then("MUL", cast)
    assert entrance.cut(network.written()) is None


def test_of_a_picture_and_its_square_only_the_picture_is_tabled() -> None:
    network = scaled()
    network.then("MUL", network.last)
    model = network.halved().written()
    picture = np.random.default_rng(3).integers(0, 256, PICTURE, np.uint8)

    assert np.array_equal(loaded(model).run([picture])[0], tabled(model).run([picture])[0])


def test_movenet_says_through_its_table_what_it_says_without(movenet: Path) -> None:
    path = movenet / "cpu.tflite"
    whole, apart = loaded(path.read_bytes()), litert.load(path)
    chance = np.random.default_rng(4)
    shape = whole.inputs[0].shape
    noise = [chance.integers(0, 256, shape, np.uint8) for _ in range(4)]
    plain: list[NDArray[Any]] = [np.full(shape, grey, np.uint8) for grey in (0, 1, 127, 255)]

    assert isinstance(apart, entrance.Tabled)
    assert (apart.name, apart.trouble, apart.inputs) == (whole.name, whole.trouble, whole.inputs)
    for picture in noise + plain:
        assert np.array_equal(whole.run([picture])[0], apart.run([picture])[0])
