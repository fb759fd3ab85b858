"""Tensors as they travel: their form, and what may stand in them. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from gateway.inference.errors import RequestRefused

Datatype = Literal["INT64", "FP32"]
Tensor = NDArray[Any]
Tensors = Mapping[str, Tensor]

# The protocol's byte order, whatever the machine's.
DTYPES: Final[Mapping[Datatype, np.dtype[Any]]] = {
    "INT64": np.dtype("<i8"),
    "FP32": np.dtype("<f4"),
}
MAX_ROWS: Final = 256
"""Of one request, and of one batch: a hundredth of a second of work, and less than the longest body."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What one number of a row means, and where it must lie.

    Attributes:
        name: what it is.
        low: smallest value.
        high: largest value.
        whole: whether it has no fraction.
    """

    name: str
    low: float
    high: float
    whole: bool = False


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output of a model.

    Attributes:
        name: as clients know it.
        datatype: in the protocol's words.
        row: shape without the batch, which comes first and may have any size.
        bounds: of each number of a row; empty where any value will do.
    """

    name: str
    datatype: Datatype
    row: tuple[int, ...]
    bounds: tuple[Bound, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape as the protocol writes it, -1 for the batch."""
        return (-1, *self.row)


def from_json(spec: TensorSpec, shape: Sequence[int], data: object) -> Tensor:
    """Make a tensor of JSON's values, nested or flat.

    Raises:
        RequestRefused: other types than the datatype's, too few or too many values.
    """
    values = _flat(spec, tuple(shape), data)
    wanted: tuple[type, ...] = (int,) if spec.datatype == "INT64" else (int, float)
    for place, value in enumerate(values):
        if type(value) not in wanted:
            raise RequestRefused(f"input {spec.name}: value {place} is {value!r:.40}, not {spec.datatype}.")
    try:
        with np.errstate(over="ignore"):  # what overflows is infinite, which no bound lets through
            return np.array(values, DTYPES[spec.datatype]).reshape(shape)
    except OverflowError as error:
        raise RequestRefused(f"input {spec.name}: a value is too large for {spec.datatype}.") from error


def from_bytes(spec: TensorSpec, shape: Sequence[int], content: bytes) -> Tensor:
    """Make a tensor of little-endian bytes, row by row.

    Raises:
        RequestRefused: too few or too many bytes.
    """
    dtype = DTYPES[spec.datatype]
    wanted = math.prod(shape) * dtype.itemsize
    if len(content) != wanted:
        raise RequestRefused(
            f"input {spec.name}: {len(content)} bytes where {list(shape)} of {spec.datatype} are {wanted}."
        )
    return np.frombuffer(content, dtype).reshape(shape)


def to_bytes(tensor: Tensor, spec: TensorSpec) -> bytes:
    """Write a tensor as little-endian bytes, row by row."""
    return np.ascontiguousarray(tensor, DTYPES[spec.datatype]).tobytes()


def check_shape(spec: TensorSpec, shape: Sequence[int]) -> None:
    """Hold a shape against what the model takes.

    Raises:
        RequestRefused: other dimensions, no row or too many.
    """
    if len(shape) != len(spec.shape) or tuple(shape[1:]) != spec.row:
        raise RequestRefused(f"input {spec.name}: shape {list(shape)} is not {list(spec.shape)}.")
    if not 1 <= shape[0] <= MAX_ROWS:
        raise RequestRefused(f"input {spec.name}: {shape[0]} rows; send 1 to {MAX_ROWS}.")


def check_values(spec: TensorSpec, tensor: Tensor) -> None:
    """Hold every number against its bounds.

    Raises:
        RequestRefused: one is out of its range, not finite, or has a fraction where it must not.
    """
    if not spec.bounds:
        return
    rows = tensor.reshape(len(tensor), -1)
    # The bounds in the tensor's own precision, so that a value that stands for a bound is within it.
    low = np.array([bound.low for bound in spec.bounds], tensor.dtype)
    high = np.array([bound.high for bound in spec.bounds], tensor.dtype)
    within = (rows >= low) & (rows <= high)  # false for what is not a number
    whole = np.array([bound.whole for bound in spec.bounds])
    good = within & (~whole | (np.floor(rows) == rows))
    if good.all():
        return
    row, column = np.argwhere(~good)[0].tolist()
    bound, value = spec.bounds[column], rows[row, column].item()
    kind = "a whole number" if bound.whole else "a number"
    raise RequestRefused(
        f"input {spec.name}, row {row}: {bound.name} is {value:g}, "
        f"not {kind} from {bound.low:g} to {bound.high:g}."
    )


def _flat(spec: TensorSpec, shape: tuple[int, ...], data: object) -> list[object]:
    if not isinstance(data, list):
        raise RequestRefused(f"input {spec.name}: data must be lists as the shape says, or one flat list.")
    if len(shape) > 1 and any(isinstance(each, list) for each in data):
        if len(data) != shape[0]:
            raise RequestRefused(f"input {spec.name}: {len(data)} lists where the shape says {shape[0]}.")
        return [value for row in data for value in _flat(spec, shape[1:], row)]
    if len(data) != math.prod(shape):
        raise RequestRefused(
            f"input {spec.name}: {len(data)} values where the shape says {math.prod(shape)}."
        )
    return data
