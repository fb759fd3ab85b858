"""The Open Inference Protocol read and written: both forms of tensors, and every way to get it wrong."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.inference.contracts import EFFECT, INTENSITY
from gateway.inference.errors import RequestRefused
from gateway.inference.protocol import read_question, write_answer
from gateway.inference.tensors import Tensor
from recommender.features import FEATURES

USUAL = [feature.usual for feature in FEATURES]
TYPES = {"float32": "FP32", "int64": "INT64"}


def one(rows: int = 1) -> dict[str, Tensor]:
    return {"features": np.array([USUAL] * rows, np.float32), "imputed": np.zeros((rows, 10), np.float32)}


def four(rows: int = 1) -> dict[str, Tensor]:
    return {
        **one(rows),
        "workout_type": np.arange(rows) % 4,
        "prescription": np.array([[40.0, 3.0]] * rows, np.float32),
    }


def described(tensors: Mapping[str, Tensor]) -> list[dict[str, Any]]:
    return [
        {"name": name, "shape": list(each.shape), "datatype": TYPES[str(each.dtype)], "data": each.tolist()}
        for name, each in tensors.items()
    ]


def as_json(tensors: Mapping[str, Tensor], **more: Any) -> bytes:
    return json.dumps({"inputs": described(tensors), **more}).encode()


def as_bytes(tensors: Mapping[str, Tensor], *, binary: Sequence[str], **more: Any) -> tuple[bytes, str]:
    inputs, chunks = described(tensors), []
    for each in inputs:
        if each["name"] in binary:
            chunks.append(tensors[each["name"]].tobytes())
            del each["data"]
            each["parameters"] = {"binary_data_size": len(chunks[-1])}
    document = json.dumps({"inputs": inputs, **more}).encode()
    return document + b"".join(chunks), str(len(document))


@given(st.integers(1, 5), st.sets(st.sampled_from(sorted(four()))), st.randoms())
def test_tensors_arrive_alike_as_json_as_bytes_and_mixed(rows: int, binary: set[str], order: Any) -> None:
    tensors = dict(order.sample(sorted(four(rows).items()), 4))
    body, length = as_bytes(tensors, binary=sorted(binary))
    for question in (read_question(as_json(tensors), None, EFFECT), read_question(body, length, EFFECT)):
        assert question.rows == rows
        assert set(question.inputs) == set(tensors)
        assert all(np.array_equal(question.inputs[name], tensors[name]) for name in tensors)


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({}, [("prescription", False)]),
        ({"parameters": {"binary_data_output": True}}, [("prescription", True)]),
        ({"outputs": [{"name": "prescription"}]}, [("prescription", False)]),
        (
            {"outputs": [{"name": "prescription", "parameters": {"binary_data": True}}]},
            [("prescription", True)],
        ),
        (
            {
                "parameters": {"binary_data_output": True},
                "outputs": [{"name": "prescription", "parameters": {"binary_data": False}}],
            },
            [("prescription", False)],
        ),
        ({"a member that is not known": 1, "id": "x"}, [("prescription", False)]),
    ],
)
def test_the_client_chooses_the_form_of_the_answer(more: dict[str, Any], wanted: list[Any]) -> None:
    question = read_question(as_json(one(), **more), None, INTENSITY)
    assert [(each.spec.name, each.binary) for each in question.wanted] == wanted
    assert question.id == more.get("id", "")


@pytest.mark.parametrize(("timeout", "patience_s"), [(None, None), (0, None), (250_000, 0.25)])
def test_a_clients_patience_is_in_microseconds(timeout: int | None, patience_s: float | None) -> None:
    parameters = {} if timeout is None else {"timeout": timeout}
    assert read_question(as_json(one(), parameters=parameters), None, INTENSITY).patience_s == patience_s


def changed(**changes: Any) -> bytes:
    """A request whose first input is changed; None leaves a member out."""
    inputs = described(one())
    inputs[0] = {name: value for name, value in (inputs[0] | changes).items() if value is not None}
    return json.dumps({"inputs": inputs}).encode()


HUGE = "9" * 400
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not in the protocol's form"),
    "no JSON": (b"\xff\xfe", "not in the protocol's form"),
    "a list": (b"[]", "Input should be an object"),
    "no inputs": (b"{}", "inputs: Field required"),
    "an empty list of inputs": (b'{"inputs": []}', "input features is missing"),
    "brackets without end": (b'{"inputs":' + b"[" * 60_000, "not in the protocol's form"),
    "an id that is no text": (as_json(one(), id=7), "id: Input should be a valid string"),
    "a name that is not known": (changed(name="ages"), "no input ages, only features, imputed"),
    "another type": (changed(datatype="FP64"), "the datatype is FP32, not FP64"),
    "no shape": (changed(shape=None), "inputs.0.shape: Field required"),
    "a negative side": (changed(shape=[-1, 10]), "inputs.0.shape.0"),
    "a shape of text": (changed(shape=["1", 10]), "inputs.0.shape.0"),
    "another shape": (changed(shape=[10]), "shape [10] is not [-1, 10]"),
    "too many rows": (changed(shape=[257, 10]), "257 rows; send 1 to 256"),
    "a side without end": (changed(shape=[int(HUGE), 10]), "inputs.0.shape.0"),
    "no data": (changed(data=None), "data must be lists"),
    "too little data": (changed(data=[1.0]), "1 values where the shape says 10"),
    "not a number": (changed(data=[float("nan"), *USUAL[1:]]), "age_years is nan"),
    "infinite": (changed(data=[float("inf"), *USUAL[1:]]), "age_years is inf"),
    "a number too long": (as_json(one()).replace(b"40.0", HUGE.encode()), "too large"),
    "nobody's age": (changed(data=[900.0, *USUAL[1:]]), "row 0: age_years is 900, not a number from 14"),
    "half a phase": (changed(data=[*USUAL[:9], 0.5]), "training_phase is 0.5, not a whole number"),
    "only one input": (as_json({"features": one()["features"]}), "input imputed is missing"),
    "one input twice": (json.dumps({"inputs": described(one()) * 2}).encode(), "given twice"),
    "rows that differ": (
        as_json({"features": one(2)["features"], "imputed": one(3)["imputed"]}),
        "differ in rows: features 2, imputed 3",
    ),
    "no such output": (as_json(one(), outputs=[{"name": "joy"}]), "no output joy, only prescription"),
    "an output twice": (as_json(one(), outputs=[{"name": "prescription"}] * 2), "asked for twice"),
    "classes": (
        as_json(one(), outputs=[{"name": "prescription", "parameters": {"classification": 2}}]),
        "extension behind the parameter classification",
    ),
    "shared memory": (changed(parameters={"shared_memory_region": "x"}), "parameter shared_memory_region"),
    "bytes that never came": (changed(data=None, parameters={"binary_data_size": 40}), "of the 0 bytes"),
    "a size of text": (changed(data=None, parameters={"binary_data_size": "40"}), "binary_data_size"),
    "data and bytes": (changed(parameters={"binary_data_size": 0}), "not both"),
    "an odd timeout": (as_json(one(), parameters={"timeout": "soon"}), "number of microseconds"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_told(body: bytes, reason: str) -> None:
    with pytest.raises(RequestRefused) as caught:
        read_question(body, None, INTENSITY)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("length", ["", "-1", "1e2", "99999", "9" * 30, "ten"])
def test_a_header_that_does_not_fit_the_body(length: str) -> None:
    with pytest.raises(RequestRefused, match="Inference-Header-Content-Length must be a number of at most"):
        read_question(as_json(one()), length, INTENSITY)


def test_bytes_that_are_left_over_or_missing() -> None:
    body, length = as_bytes(one(), binary=["features", "imputed"])
    with pytest.raises(RequestRefused, match="1 bytes after the JSON belong to no input"):
        read_question(body + b"\0", length, INTENSITY)
    with pytest.raises(RequestRefused, match="imputed: binary_data_size is not a number of the 39 bytes"):
        read_question(body[:-1], length, INTENSITY)
    with pytest.raises(RequestRefused, match="not in the protocol's form"):
        read_question(body, str(int(length) - 1), INTENSITY)


@given(st.binary(max_size=200), st.none() | st.text(max_size=5))
def test_arbitrary_bytes_are_refused_and_nothing_else(body: bytes, length: str | None) -> None:
    with pytest.raises(RequestRefused):
        read_question(body, length, INTENSITY)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(["name", "shape", "datatype", "data", "parameters"]), _JSON)
def test_a_member_of_any_kind_is_taken_as_it_is_meant_or_refused(member: str, value: object) -> None:
    body = changed(**{member: value})
    try:
        question = read_question(body, None, INTENSITY)
    except RequestRefused:
        return
    assert question.inputs["features"].tolist() == one()["features"].tolist()


@given(st.integers(1, 4), st.booleans(), st.text(max_size=10))
def test_an_answer_says_what_was_asked_for(rows: int, binary: bool, request_id: str) -> None:  # noqa: FBT001
    asked = as_json(one(rows), id=request_id, parameters={"binary_data_output": binary})
    said = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
    body, length = write_answer(
        read_question(asked, None, INTENSITY), {"prescription": said}, model="intensity", version="7"
    )
    answer = json.loads(body if length is None else body[:length])
    assert (answer["model_name"], answer["model_version"]) == ("intensity", "7")
    assert answer.get("id", "") == request_id
    (output,) = answer["outputs"]
    assert (output["name"], output["datatype"], output["shape"]) == ("prescription", "FP32", [rows, 2])
    if length is None:
        assert not binary
        assert output["data"] == said.ravel().tolist()
    else:
        assert output["parameters"] == {"binary_data_size": rows * 8}
        assert np.frombuffer(body[length:], "<f4").tolist() == said.ravel().tolist()
