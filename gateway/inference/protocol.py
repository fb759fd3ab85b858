"""The Open Inference Protocol v2 over HTTP: a request read, an answer written. Pure.

Source: KServe, Open Inference Protocol, REST; Triton, binary tensor data extension.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.inference.contracts import Contract
from gateway.inference.errors import RequestRefused
from gateway.inference.tensors import (
    Tensor,
    Tensors,
    TensorSpec,
    check_shape,
    check_values,
    from_bytes,
    from_json,
    to_bytes,
)

HEADER_LENGTH: Final = "Inference-Header-Content-Length"
"""How many bytes of a body are JSON, where tensors follow as bytes."""
BINARY_EXTENSION: Final = "binary_tensor_data"
_LENGTH: Final = re.compile(r"[0-9]{1,9}")
_NOT_SUPPORTED: Final = ("shared_memory_region", "classification")
_MICROSECONDS: Final = 1e6
# Far beyond any tensor here; so that no reason quotes a number without end.
_LONGEST_SIDE, _MOST_SIDES = 1_000_000, 8


class _Part(BaseModel):
    """What a request is made of; members that the protocol does not know are left alone."""

    model_config = ConfigDict(frozen=True, strict=True)

    parameters: dict[str, Any] = Field(default_factory=dict)


class RequestInput(_Part):
    """One input tensor."""

    name: str
    shape: Annotated[list[Annotated[int, Field(ge=0, le=_LONGEST_SIDE)]], Field(max_length=_MOST_SIDES)]
    datatype: str
    data: Any = Field(default=None, description="Values, nested or flat; none where they follow as bytes.")


class RequestOutput(_Part):
    """One output tensor that is asked for."""

    name: str


class InferenceRequest(_Part):
    """The JSON of a request."""

    id: str = ""
    inputs: list[RequestInput]
    outputs: list[RequestOutput] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WantedOutput:
    """An output that is asked for, and whether as bytes."""

    spec: TensorSpec
    binary: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request that the model can answer.

    Attributes:
        id: the client's own, empty without one.
        rows: size of the batch.
        inputs: by name, all of the contract's, within their bounds.
        wanted: outputs in the order of the answer.
        patience_s: how long the client waits at most; None when it did not say.
    """

    id: str
    rows: int
    inputs: Tensors
    wanted: tuple[WantedOutput, ...]
    patience_s: float | None


def read_question(body: bytes, header_length: str | None, contract: Contract) -> Question:
    """Read a request.

    Args:
        body: JSON, and the bytes of tensors after it.
        header_length: what the header HEADER_LENGTH says, None without it.
        contract: of the model that is asked.

    Raises:
        RequestRefused: not in the form of the protocol, or not what the model takes.
    """
    document, rest = _split(body, header_length)
    try:
        request = InferenceRequest.model_validate_json(document)
    except ValidationError as error:
        raise RequestRefused(f"The request is not in the protocol's form: {_first(error)}.") from error
    inputs = _inputs(request.inputs, rest, contract)
    sizes = {name: len(tensor) for name, tensor in inputs.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {rows}" for name, rows in sizes.items())
        raise RequestRefused(f"The inputs differ in rows: {told}.")
    return Question(
        id=request.id,
        rows=next(iter(sizes.values())),
        inputs=inputs,
        wanted=_wanted(request, contract),
        patience_s=_patience_s(request.parameters.get("timeout")),
    )


def write_answer(
    question: Question, outputs: Tensors, *, model: str, version: str
) -> tuple[bytes, int | None]:
    """Write the answer: its body, and the length of the JSON in it where bytes follow."""
    described: list[dict[str, Any]] = []
    chunks: list[bytes] = []
    for wanted in question.wanted:
        tensor = outputs[wanted.spec.name]
        entry: dict[str, Any] = {
            "name": wanted.spec.name,
            "datatype": wanted.spec.datatype,
            "shape": list(tensor.shape),
        }
        if wanted.binary:
            chunks.append(to_bytes(tensor, wanted.spec))
            entry["parameters"] = {"binary_data_size": len(chunks[-1])}
        else:
            entry["data"] = tensor.ravel().tolist()
        described.append(entry)
    answer: dict[str, Any] = {"model_name": model, "model_version": version, "outputs": described}
    if question.id:
        answer["id"] = question.id
    document = json.dumps(answer, allow_nan=False).encode()
    return b"".join((document, *chunks)), len(document) if chunks else None


def _split(body: bytes, header_length: str | None) -> tuple[bytes, bytes]:
    if header_length is None:
        return body, b""
    if not _LENGTH.fullmatch(header_length) or int(header_length) > len(body):
        raise RequestRefused(f"The header {HEADER_LENGTH} must be a number of at most {len(body)} bytes.")
    return body[: int(header_length)], body[int(header_length) :]


def _inputs(given: Sequence[RequestInput], rest: bytes, contract: Contract) -> dict[str, Tensor]:
    specs = {spec.name: spec for spec in contract.inputs}
    inputs: dict[str, Tensor] = {}
    for each in given:
        spec = specs.get(each.name)
        if spec is None:
            raise RequestRefused(f"There is no input {each.name[:64]}, only {', '.join(specs)}.")
        if each.name in inputs:
            raise RequestRefused(f"The input {each.name} is given twice.")
        _refuse_unsupported(each.parameters)
        if each.datatype != spec.datatype:
            raise RequestRefused(
                f"input {each.name}: the datatype is {spec.datatype}, not {each.datatype[:16]}."
            )
        check_shape(spec, each.shape)
        inputs[each.name], rest = _tensor(each, spec, rest)
        check_values(spec, inputs[each.name])
    if missing := [name for name in specs if name not in inputs]:
        raise RequestRefused(f"The input {missing[0]} is missing.")
    if rest:
        raise RequestRefused(f"{len(rest)} bytes after the JSON belong to no input.")
    return inputs


def _tensor(given: RequestInput, spec: TensorSpec, rest: bytes) -> tuple[Tensor, bytes]:
    """One input's tensor, and the bytes that are left for the next."""
    size = given.parameters.get("binary_data_size")
    if size is None:
        return from_json(spec, given.shape, given.data), rest
    if given.data is not None:
        raise RequestRefused(f"input {spec.name}: send data or bytes, not both.")
    if type(size) is not int or not 0 <= size <= len(rest):
        raise RequestRefused(
            f"input {spec.name}: binary_data_size is not a number of the {len(rest)} bytes that follow."
        )
    return from_bytes(spec, given.shape, rest[:size]), rest[size:]


def _wanted(request: InferenceRequest, contract: Contract) -> tuple[WantedOutput, ...]:
    usual = request.parameters.get("binary_data_output", False) is True
    if not request.outputs:
        return tuple(WantedOutput(spec, usual) for spec in contract.outputs)
    specs = {spec.name: spec for spec in contract.outputs}
    wanted: dict[str, WantedOutput] = {}
    for each in request.outputs:
        if each.name not in specs:
            raise RequestRefused(f"There is no output {each.name[:64]}, only {', '.join(specs)}.")
        if each.name in wanted:
            raise RequestRefused(f"The output {each.name} is asked for twice.")
        _refuse_unsupported(each.parameters)
        wanted[each.name] = WantedOutput(specs[each.name], each.parameters.get("binary_data", usual) is True)
    return tuple(wanted.values())


def _refuse_unsupported(parameters: dict[str, Any]) -> None:
    for name in _NOT_SUPPORTED:
        if name in parameters:
            raise RequestRefused(f"This server does not have the extension behind the parameter {name}.")


def _patience_s(timeout: object) -> float | None:
    """Triton's parameter `timeout`, in microseconds; 0 is none."""
    if timeout is None:
        return None
    if type(timeout) is not int or timeout < 0:
        raise RequestRefused("The parameter timeout is a number of microseconds.")
    return timeout / _MICROSECONDS or None


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {fault['msg']}" if where else fault["msg"]
