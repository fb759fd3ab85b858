"""Tensors as they travel: what goes in comes out, and what does not add up is told."""

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.inference.errors import RequestRefused
from gateway.inference.tensors import (
    DTYPES,
    MAX_ROWS,
    Bound,
    TensorSpec,
    check_shape,
    check_values,
    from_bytes,
    from_json,
    to_bytes,
)

PAIR = TensorSpec("pair", "FP32", (2,), (Bound("first", 0.1, 1.1), Bound("second", 0, 6, whole=True)))
COUNT = TensorSpec("count", "INT64", (), (Bound("count", 0, 3, whole=True),))


@given(arrays.arrays(np.float32, st.tuples(st.integers(1, 5), st.just(2)), elements={"allow_nan": False}))
def test_bytes_and_json_bring_the_same_tensor(tensor: Any) -> None:
    shape = list(tensor.shape)
    assert np.array_equal(from_bytes(PAIR, shape, to_bytes(tensor, PAIR)), tensor)
    for data in (tensor.tolist(), tensor.ravel().tolist()):
        assert np.array_equal(from_json(PAIR, shape, data), tensor)


def test_bytes_are_little_endian_row_by_row() -> None:
    assert to_bytes(np.array([1, 256]), COUNT) == bytes([1, *[0] * 7, 0, 1, *[0] * 6])
    column = np.arange(6, dtype=np.float32).reshape(2, 3).T
    assert np.frombuffer(to_bytes(column, PAIR), "<f4").tolist() == [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    assert all(dtype.newbyteorder("<") == dtype for dtype in DTYPES.values())


@pytest.mark.parametrize(
    ("spec", "shape", "data", "reason"),
    [
        (PAIR, [1, 2], None, "data must be lists"),
        (PAIR, [1, 2], {"a": 1}, "data must be lists"),
        (PAIR, [1, 2], [1.0], "1 values where the shape says 2"),
        (PAIR, [2, 2], [[1.0, 2.0]], "1 lists where the shape says 2"),
        (PAIR, [2, 2], [[1.0, 2.0], [3.0]], "1 values where the shape says 2"),
        (PAIR, [2, 2], [[1.0, 2.0], 3.0], "data must be lists"),
        (PAIR, [1, 2], [[[1.0], 2.0]], "value 0 is [1.0], not FP32"),
        (PAIR, [1, 2], ["1", 2.0], "value 0 is '1', not FP32"),
        (PAIR, [1, 2], [1.0, None], "value 1 is None, not FP32"),
        (PAIR, [1, 2], [1.0, True], "value 1 is True, not FP32"),
        (PAIR, [1, 2], [1.0, 10**400], "too large for FP32"),
        (PAIR, [1, 2], ["x" * 500, 1.0], "value 0 is '" + "x" * 39 + ", not FP32"),
        (COUNT, [1], [1.0], "value 0 is 1.0, not INT64"),
        (COUNT, [1], [2**63], "too large for INT64"),
    ],
)
def test_values_that_do_not_add_up(spec: TensorSpec, shape: list[int], data: object, reason: str) -> None:
    with pytest.raises(RequestRefused, match=re.escape(reason)):
        from_json(spec, shape, data)


@pytest.mark.parametrize("length", [0, 7, 9, 16])
def test_too_few_or_too_many_bytes(length: int) -> None:
    with pytest.raises(RequestRefused, match=rf"pair: {length} bytes where \[1, 2\] of FP32 are 8"):
        from_bytes(PAIR, [1, 2], bytes(length))


@pytest.mark.parametrize("shape", [[], [2], [1, 3], [1, 2, 1], [0, 2], [MAX_ROWS + 1, 2]])
def test_shapes_that_no_batch_of_rows_has(shape: list[int]) -> None:
    with pytest.raises(RequestRefused, match="input pair"):
        check_shape(PAIR, shape)


@pytest.mark.parametrize("rows", [1, MAX_ROWS])
def test_a_batch_may_be_as_long_as_told(rows: int) -> None:
    check_shape(PAIR, [rows, 2])
    check_shape(COUNT, [rows])


@given(
    st.floats(width=32, allow_nan=True, allow_infinity=True), st.floats(-1, 7, width=32), st.integers(0, 3)
)
def test_only_values_within_their_bounds_pass(first: float, second: float, row: int) -> None:
    tensor = np.tile(np.array([0.5, 3.0], np.float32), (4, 1))
    tensor[row] = first, second
    good_first = np.float32(0.1) <= np.float32(first) <= np.float32(1.1)
    good_second = 0 <= second <= 6 and second == math.floor(second)
    if good_first and good_second:
        check_values(PAIR, tensor)
        return
    name = "second" if good_first else "first"
    with pytest.raises(RequestRefused, match=f"pair, row {row}: {name} is"):
        check_values(PAIR, tensor)


def test_the_reason_names_row_value_and_range() -> None:
    with pytest.raises(RequestRefused, match=r"row 1: first is 900, not a number from 0\.1 to 1\.1"):
        check_values(PAIR, np.array([[1, 1], [900, 1]], np.float32))
    with pytest.raises(RequestRefused, match=r"row 0: second is 2\.5, not a whole number from 0 to 6"):
        check_values(PAIR, np.array([[1, 2.5]], np.float32))
    with pytest.raises(RequestRefused, match="row 0: first is nan"):
        check_values(PAIR, np.array([[np.nan, 2]], np.float32))
    with pytest.raises(RequestRefused, match="row 2: count is 4"):
        check_values(COUNT, np.array([0, 3, 4]))


def test_without_bounds_any_value_will_do() -> None:
    check_values(TensorSpec("free", "FP32", (1,)), np.array([[np.inf]], np.float32))
