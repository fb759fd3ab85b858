from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from hypothesis import given
from hypothesis import strategies as st

from vision.runtimes.litert import model_file
from vision.runtimes.litert.graph import Graph, Scale, Weights

STEP = Scale(np.array([0.5], np.float32), 3)
OPERATORS = {"CONV_2D": (3, 3), "RESHAPE": (22, 1), "FULLY_CONNECTED": (9, 4)}
"""Numbers of the operators, and the first version of each that knows int8."""


def small() -> bytes:
    """Sums of neighbours in a row of four, twice each, then all three together, with a sign."""
    graph = Graph()
    row = graph.value("row", (1, 4, 1, 1), STEP)
    twice = Weights(np.ones((1, 2, 1, 1), np.int8), Scale(np.array([2.0], np.float32)), np.zeros(1, np.int32))
    pairs = graph.value("pairs", (1, 3, 1, 1), Scale(np.array([1.0], np.float32), -128))
    graph.convolve(row, twice, pairs, stride=1, rectified=True)
    flat = graph.reshaped(pairs, "flat", (1, 3))
    minus = Weights(-np.ones((1, 3), np.int8), Scale(np.array([1.0], np.float32)), np.array([10], np.int32))
    total = graph.value("total", (1, 1), Scale(np.array([1.0], np.float32)))
    graph.connect(flat, minus, total, rectified=False)
    return graph.file("small", row, total)


def run(numbers: list[float]) -> float:
    plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    interpreter = Interpreter(model_content=small(), experimental_op_resolver_type=plain)
    interpreter.allocate_tensors()
    (given_,), (answer,) = interpreter.get_input_details(), interpreter.get_output_details()
    interpreter.set_tensor(
        given_["index"], STEP.whole(np.array(numbers), np.int8).reshape(given_["shape"]).astype(np.int8)
    )
    interpreter.invoke()
    return float(interpreter.get_tensor(answer["index"])[0, 0])


@pytest.mark.parametrize(
    ("numbers", "total"),
    [([0, 0, 0, 0], 10), ([1, 2, 3, 4], 10 - 2 * (3 + 5 + 7)), ([1, -3, 1, 1], 10 - 2 * 2)],
)
def test_a_file_does_what_its_graph_says(numbers: list[float], total: float) -> None:
    assert run(numbers) == total


def test_operators_say_the_first_version_that_knows_int8() -> None:
    codes = model_file.read(small()).operatorCodes
    assert [(code.builtinCode, code.version) for code in codes] == list(OPERATORS.values())
    assert [code.deprecatedBuiltinCode for code in codes] == [number for number, _ in OPERATORS.values()]


@given(number=st.floats(-1e4, 1e4), step=st.floats(1e-3, 10), zero=st.integers(-128, 127))
def test_the_nearest_whole_number_stands_for_another(number: float, step: float, zero: int) -> None:
    scale = Scale(np.array([step], np.float32), zero)
    step = float(scale.steps[0])
    whole = int(scale.whole(np.array([number]), np.int8)[0])
    least, most = step * (-128 - zero), step * (127 - zero)
    meant = min(max(number, least), most)
    assert step * (whole - zero) == pytest.approx(meant, abs=0.5001 * step)
