import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from sync.federated.array_record import (
    MOST_ARRAYS,
    MOST_NUMBERS,
    ArrayRecord,
    FederatedRefused,
    WireArray,
    digest,
    pack,
    unpack,
)

NAMES = st.from_regex(r"[a-z][a-z0-9_.]{0,20}", fullmatch=True)
NUMBERS = st.floats(width=32, allow_nan=False, allow_infinity=False)
RECORDS = st.dictionaries(
    NAMES,
    arrays(np.float32, array_shapes(min_dims=1, max_dims=2, max_side=5), elements=NUMBERS),
    min_size=1,
    max_size=4,
)
Record = dict[str, NDArray[Any]]


@given(RECORDS)
@settings(max_examples=30)
def test_what_is_packed_is_unpacked_to_the_bit(record: Record) -> None:
    wire = TypeAdapter(ArrayRecord)
    text = wire.dump_json(pack(record))
    found = unpack(wire.validate_json(text))
    assert found.keys() == record.keys()
    for name, values in record.items():
        assert found[name].dtype == np.float32
        assert found[name].tobytes() == values.tobytes()
        assert found[name].shape == values.shape


@given(RECORDS, st.randoms())
@settings(max_examples=30)
def test_a_digest_is_of_names_shapes_and_numbers_not_of_their_order(record: Record, chance: Any) -> None:
    names = list(record)
    chance.shuffle(names)
    assert digest({name: record[name] for name in names}) == digest(record)
    first = names[0]
    other = np.where(record[first] == 0, np.float32(1), -record[first])
    assert digest({**record, first: other}) != digest(record)
    assert digest({**record, first: record[first].reshape(1, *record[first].shape)[:1]}) != digest(record)
    renamed = {f"x.{first}" if name == first else name: each for name, each in record.items()}
    assert digest(renamed) != digest(record)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 1e39])
def test_what_is_no_finite_number_never_travels(wrong: float) -> None:
    with pytest.raises(FederatedRefused, match="no finite number"), np.errstate(over="ignore"):
        pack({"bias": np.array([1.0, wrong])})
    data = base64.b64encode(
        np.array([wrong], "<f8").astype("<f4").tobytes() if wrong < 1e38 else b"\0\0\xc0\x7f"
    )
    with pytest.raises(FederatedRefused, match="no finite number"):
        unpack({"bias": WireArray(shape=(1,), data=data.decode())})


def test_there_is_a_most_of_everything() -> None:
    with pytest.raises(FederatedRefused, match="more than"):
        pack({"bias": np.zeros(MOST_NUMBERS + 1)})
    with pytest.raises(FederatedRefused, match="more than"):
        pack({f"a{number}": np.zeros(1) for number in range(MOST_ARRAYS + 1)})
    with pytest.raises(FederatedRefused, match="more than"):
        unpack({name: WireArray(shape=(1, MOST_NUMBERS), data="") for name in "ab"})


@pytest.mark.parametrize(
    ("shape", "data", "reason"),
    [
        ((2,), "AAAA", "not its shape"),
        ((1,), "not base64!", "not base64"),
        ((1,), "AAAAAAA", "not base64"),
        ((1,), "ä", "not base64"),
    ],
)
def test_data_that_does_not_fit_is_refused(shape: tuple[int, ...], data: str, reason: str) -> None:
    with pytest.raises(FederatedRefused, match=reason):
        unpack({"bias": WireArray(shape=shape, data=data)})


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"Bias": {"shape": [1], "data": ""}},
        {"bias": {"shape": [], "data": ""}},
        {"bias": {"shape": [1, 1, 1], "data": ""}},
        {"bias": {"shape": [0], "data": ""}},
        {"bias": {"shape": [1], "data": "", "dtype": "float64"}},
        {"bias": {"shape": [1], "data": "", "member": "anna"}},
    ],
)
def test_other_forms_are_refused(document: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ArrayRecord).validate_python(document)
