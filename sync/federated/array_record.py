"""Named arrays of float32 on the wire, like Flower's ArrayRecord: checked, bounded, with a digest."""

import base64
import binascii
import hashlib
import json
import math
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Arrays = Mapping[str, NDArray[Any]]

MOST_ARRAYS: Final = 64
MOST_NUMBERS: Final = 131_072
"""In all arrays of a record together; the intensity model has four thousand."""
MOST_BYTES: Final = 1024 * 1024
"""Of a whole document on the wire: the numbers in base64, and room for names."""
_LITTLE: Final = np.dtype("<f4")
_NAME_PATTERN: Final = r"^[a-z][a-z0-9_.]{0,62}$"

ArrayName = Annotated[str, Field(pattern=_NAME_PATTERN)]


class FederatedRefused(ValueError):  # noqa: N818 - named by what happened, as all errors of the project are
    """A round or an update is not what it should be; the text says why."""


class WireModel(BaseModel):
    """What every part of the wire form is made of: nothing unknown, nothing that is no finite number."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True)


class WireArray(WireModel):
    """One array.

    Attributes:
        dtype: of its numbers.
        shape: one or two dimensions.
        data: the numbers, row by row, little endian, in base64.
    """

    dtype: Literal["float32"] = "float32"
    shape: tuple[Annotated[int, Field(ge=1, le=MOST_NUMBERS)], ...] = Field(min_length=1, max_length=2)
    data: str = Field(max_length=MOST_BYTES)


ArrayRecord = Annotated[dict[ArrayName, WireArray], Field(min_length=1, max_length=MOST_ARRAYS)]


def pack(arrays: Arrays) -> dict[str, WireArray]:
    """Arrays in the form of the wire.

    Raises:
        FederatedRefused: there are too many, or one holds what is no finite float32.
    """
    if sum(each.size for each in arrays.values()) > MOST_NUMBERS or len(arrays) > MOST_ARRAYS:
        raise FederatedRefused(f"{len(arrays)} arrays are more than {MOST_NUMBERS} numbers")
    packed = {}
    for name, values in arrays.items():
        little = np.ascontiguousarray(values, _LITTLE)
        if not np.isfinite(little).all():
            raise FederatedRefused(f"{name} holds what is no finite number")
        data = base64.b64encode(little.tobytes()).decode("ascii")
        packed[name] = WireArray(shape=little.shape, data=data)
    return packed


def unpack(record: Mapping[str, WireArray]) -> dict[str, NDArray[np.float32]]:
    """The arrays that `pack` was given.

    Raises:
        FederatedRefused: the data of one is no base64, has not the length of its shape, or is not finite; or
            they are too many together.
    """
    if sum(math.prod(each.shape) for each in record.values()) > MOST_NUMBERS:
        raise FederatedRefused(f"the arrays are more than {MOST_NUMBERS} numbers")
    return {name: _numbers(name, each) for name, each in record.items()}


def digest(arrays: Arrays) -> str:
    """SHA-256 of names, shapes and numbers, in the order of the names."""
    found = hashlib.sha256()
    for name in sorted(arrays):
        values = np.ascontiguousarray(arrays[name], _LITTLE)
        found.update(json.dumps([name, values.shape]).encode())
        found.update(values.tobytes())
    return found.hexdigest()


def _numbers(name: str, array: WireArray) -> NDArray[np.float32]:
    try:
        data = base64.b64decode(array.data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FederatedRefused(f"{name} is not base64") from error
    if len(data) != math.prod(array.shape) * _LITTLE.itemsize:
        raise FederatedRefused(f"{name} has {len(data)} bytes, which is not its shape {array.shape}")
    values = np.frombuffer(data, _LITTLE).reshape(array.shape).astype(np.float32)
    if not np.isfinite(values).all():
        raise FederatedRefused(f"{name} holds what is no finite number")
    return values
