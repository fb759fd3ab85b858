"""The recommender's models by the Open Inference Protocol v2, for clients of KServe and Triton."""

from http import HTTPStatus
from importlib.metadata import version as installed_version
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel

from gateway.api.auth import Box, Operator
from gateway.api.problem import INFERENCE, Problem
from gateway.inference.protocol import (
    BINARY_EXTENSION,
    HEADER_LENGTH,
    InferenceRequest,
    read_question,
    write_answer,
)
from gateway.inference.tensors import TensorSpec

router = APIRouter(prefix=INFERENCE, tags=["inference"])


class ServerMetadata(BaseModel):
    """What serves."""

    name: str = "gymbox"
    version: str
    extensions: list[str]


class Live(BaseModel):
    """The server answers."""

    live: bool


class Ready(BaseModel):
    """Whether every model can be asked."""

    ready: bool


class ModelReady(BaseModel):
    """Whether this model can be asked."""

    name: str
    ready: bool


class TensorMetadata(BaseModel):
    """One input or output; -1 is a dimension of any size."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """What a model takes and gives, and its versions, the one that works first."""

    name: str
    versions: list[str]
    platform: str = "onnxruntime_onnx"
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


@router.get("", summary="What serves, and by which extensions")
async def server_metadata(_operator: Operator) -> ServerMetadata:
    """Say who answers."""
    return ServerMetadata(version=installed_version("gymbox"), extensions=[BINARY_EXTENSION])


@router.get("/health/live", summary="The server answers")
async def live(_operator: Operator) -> Live:
    """Answer."""
    return Live(live=True)


@router.get("/health/ready", summary="Whether every model can be asked")
async def ready(box: Box, _operator: Operator, response: Response) -> Ready:
    """Say whether every model is loaded; 503 while one is not."""
    is_ready = box.inference.is_ready()
    response.status_code = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Ready(ready=is_ready)


@router.get("/models/{name}", summary="What a model takes and gives")
@router.get("/models/{name}/versions/{version}", summary="What a version of a model takes and gives")
async def model_metadata(
    box: Box, _operator: Operator, name: str, version: str | None = None
) -> ModelMetadata:
    """Describe a model."""
    models = box.inference.models
    contract = models.find(name, version).contract
    return ModelMetadata(
        name=name,
        versions=[each.version for each in models.serving(name)],
        inputs=[_tensor(spec) for spec in contract.inputs],
        outputs=[_tensor(spec) for spec in contract.outputs],
    )


@router.get("/models/{name}/ready", summary="Whether a model can be asked")
@router.get("/models/{name}/versions/{version}/ready", summary="Whether a version of a model can be asked")
async def model_ready(box: Box, _operator: Operator, name: str, version: str | None = None) -> ModelReady:
    """Answer for a model that can be asked; 404 for any other."""
    return ModelReady(name=box.inference.models.find(name, version).name, ready=True)


_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": InferenceRequest.model_json_schema()}},
    }
}


@router.post("/models/{name}/infer", summary="Ask a model", openapi_extra=_BODY)
@router.post(
    "/models/{name}/versions/{version}/infer", summary="Ask a version of a model", openapi_extra=_BODY
)
async def infer(
    request: Request,
    box: Box,
    _operator: Operator,
    name: str,
    header_length: Annotated[str | None, Header(alias=HEADER_LENGTH)] = None,
    version: str | None = None,
) -> Response:
    """Answer for every row of the inputs; tensors are JSON, or bytes after the JSON."""
    if request.headers.get("content-encoding", "identity") != "identity":
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "content-encoding", "Send the body without compression."
        )
    model = box.inference.models.find(name, version)
    question = read_question(await request.body(), header_length, model.contract)
    outputs = await box.inference.ask(model, question)
    body, json_length = write_answer(question, outputs, model=name, version=model.version)
    if json_length is None:
        return Response(body, media_type="application/json")
    return Response(body, media_type="application/octet-stream", headers={HEADER_LENGTH: str(json_length)})


def _tensor(spec: TensorSpec) -> TensorMetadata:
    return TensorMetadata(name=spec.name, datatype=spec.datatype, shape=list(spec.shape))
