"""Errors as RFC 9457 problem documents: what happened and what to do, never how the box looks inside.

Under `/v2` they have the form that the Open Inference Protocol demands, as its clients read no other.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from gateway.api.problem_kinds import KINDS, REFUSALS, TELLS
from gateway.commands.errors import CommandRefused
from gateway.reconfiguration.configuration import ConfigRefused

_log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_NAMESPACE: Final = "urn:gymbox:problem:"
INFERENCE: Final = "/v2"
"""Where the Open Inference Protocol is spoken."""


class FieldFault(BaseModel):
    """One field of the request that is not as it should be."""

    field: str
    message: str


class ConfigFault(BaseModel):
    """One setting that is not as it should be."""

    pointer: str | None = Field(description="The setting, as a JSON pointer into the configuration's tree.")
    key: str = Field(description="The setting, as people write it.")
    reason: str
    suggestion: str | None = Field(description="What was probably meant.")


class ProblemDocument(BaseModel):
    """What every error looks like."""

    type: str = Field(description="Which kind of problem this is; stable, for programs.")
    title: str
    status: int
    detail: str | None = Field(default=None, description="What happened here and what to do.")
    rule: int | None = Field(default=None, description="With a refused command: the safety rule's number.")
    errors: list[FieldFault] | None = Field(default=None, description="With 422: each field at fault.")
    problems: list[ConfigFault] | None = Field(
        default=None, description="With a refused change of the configuration: each setting at fault."
    )


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - the standard's own word
    """An error that a route answers with."""

    status: HTTPStatus
    slug: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_response(
    status: int,
    slug: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    rule: int | None = None,
    errors: list[FieldFault] | None = None,
    problems: list[ConfigFault] | None = None,
) -> JSONResponse:
    """Write a problem document."""
    document = ProblemDocument(
        type=_NAMESPACE + slug,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        rule=rule,
        errors=errors,
        problems=problems,
    )
    return JSONResponse(
        document.model_dump(exclude_none=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})},
    )


def error_response(
    path: str,
    status: int,
    slug: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    rule: int | None = None,
    errors: list[FieldFault] | None = None,
) -> JSONResponse:
    """Write an error in the form that clients of this path read."""
    if path != INFERENCE and not path.startswith(f"{INFERENCE}/"):
        return problem_response(status, slug, detail, headers=headers, rule=rule, errors=errors)
    said = detail or HTTPStatus(status).phrase
    return JSONResponse(
        {"error": said}, status_code=status, headers={"Cache-Control": "no-store", **(headers or {})}
    )


def install(app: FastAPI) -> None:
    """Have every error of the app answered as a problem."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(ConfigRefused, _answer_refused_config)
    app.add_exception_handler(Exception, _answer_unexpected)
    for told in TELLS:
        app.add_exception_handler(told, _answer_told)


def explain(error: Exception) -> str | None:
    """Return what a person is told of an error of the box's own; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error.detail
    kind = next((KINDS[each] for each in type(error).__mro__ if each in KINDS), None)
    return None if kind is None else kind.detail or str(error)


# For the API's description: any error may come, all have one form.
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
    }
}


def _answer_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - the handler is registered for this class
    return error_response(request.url.path, error.status, error.slug, error.detail, headers=error.headers)


def _answer_told(request: Request, error: Exception) -> JSONResponse:
    kind = next(KINDS[each] for each in type(error).__mro__ if each in KINDS)
    rule = error.rule if isinstance(error, CommandRefused) else None
    return error_response(
        request.url.path,
        kind.status,
        kind.slug,
        kind.detail or str(error),
        headers=kind.headers,
        rule=rule,
    )


def _answer_refused_config(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ConfigRefused)  # noqa: S101 - the handler is registered for this class
    status, slug = REFUSALS[type(error)]
    faults = [
        ConfigFault(pointer=each.pointer, key=each.key, reason=each.reason, suggestion=each.suggestion)
        for each in error.problems
    ]
    del request
    return problem_response(status, slug, f"Nothing was changed. {error}.", problems=faults)


def _answer_validation(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the handler is registered for this class
    faults = [FieldFault(field=_field(each["loc"]), message=each["msg"]) for each in error.errors()]
    names = ", ".join(sorted({fault.field for fault in faults}))
    return error_response(
        request.url.path,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "invalid-request",
        f"Not as it should be: {names}.",
        errors=faults,
    )


def _answer_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for this class
    slug = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return error_response(request.url.path, error.status_code, slug, headers=error.headers)


def _answer_unexpected(request: Request, error: Exception) -> JSONResponse:
    _log.error("a request failed", exc_info=error)
    return error_response(
        request.url.path,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong in the box; its log says what.",
    )


def _field(location: tuple[int | str, ...]) -> str:
    """Name a field as the client wrote it: without `body`, `query` or `path` before it."""
    return ".".join(str(part) for part in location[1:]) or str(location[0])
