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

from gateway.adoption import (
    AddressTaken,
    AdoptionError,
    DeviceConfigured,
    DeviceInUse,
    DeviceUnknown,
    ProfileUnknown,
)
from gateway.commands.errors import (
    CommandError,
    CommandRefused,
    MachineDeclined,
    MachineUnknown,
    MachineUnreachable,
    NotCommandable,
    NothingToFollow,
    NotReady,
)
from gateway.inference.errors import (
    InferenceError,
    ModelFailed,
    NotServed,
    Overloaded,
    RequestRefused,
    TooLate,
)
from gateway.live.board import TooManyWatchers
from gateway.members.members import MemberTraining, MemberUnknown
from gateway.members.wellbeing import DayToCome, WellbeingUnknown
from gateway.models import ModelRefused, ModelUnknown
from gateway.planning.planner import PlanFailed
from gateway.planning.rows import PlanUnknown
from gateway.sessions.admission import (
    BandInUse,
    BandUnknown,
    ExerciseNotOffered,
    SessionError,
    StationBusy,
    StationUnknown,
)
from gateway.sessions.service import SessionUnknown
from gateway.store.store import StoreBusy, StoreError, StoreFull, StoreReadOnly
from gateway.vision_requests import NotRunning, RequestFailed

_log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_NAMESPACE: Final = "urn:gymbox:problem:"
INFERENCE: Final = "/v2"
"""Where the Open Inference Protocol is spoken."""


class FieldFault(BaseModel):
    """One field of the request that is not as it should be."""

    field: str
    message: str


class ProblemDocument(BaseModel):
    """What every error looks like."""

    type: str = Field(description="Which kind of problem this is; stable, for programs.")
    title: str
    status: int
    detail: str | None = Field(default=None, description="What happened here and what to do.")
    rule: int | None = Field(default=None, description="With a refused command: the safety rule's number.")
    errors: list[FieldFault] | None = Field(default=None, description="With 422: each field at fault.")


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - the standard's own word
    """An error that a route answers with."""

    status: HTTPStatus
    slug: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Kind:
    status: HTTPStatus
    slug: str
    detail: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


_SOON: Final = {"Retry-After": "2"}
# What the box's own errors mean to a client. Looked up along the class's ancestors.
_KINDS: Final[Mapping[type[Exception], _Kind]] = {
    StationUnknown: _Kind(HTTPStatus.NOT_FOUND, "station-unknown"),
    StationBusy: _Kind(HTTPStatus.CONFLICT, "station-busy"),
    BandUnknown: _Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "band-unknown"),
    BandInUse: _Kind(HTTPStatus.CONFLICT, "band-in-use"),
    DeviceUnknown: _Kind(HTTPStatus.NOT_FOUND, "device-unknown"),
    DeviceConfigured: _Kind(HTTPStatus.CONFLICT, "device-configured"),
    DeviceInUse: _Kind(HTTPStatus.CONFLICT, "device-in-use"),
    AddressTaken: _Kind(HTTPStatus.CONFLICT, "address-taken"),
    ProfileUnknown: _Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "profile-unknown"),
    ExerciseNotOffered: _Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "exercise-not-offered"),
    SessionUnknown: _Kind(HTTPStatus.NOT_FOUND, "session-unknown"),
    MemberUnknown: _Kind(HTTPStatus.NOT_FOUND, "member-unknown", "Nothing is stored about this member."),
    MemberTraining: _Kind(
        HTTPStatus.CONFLICT, "member-training", "The member is checked in. End the session first."
    ),
    WellbeingUnknown: _Kind(HTTPStatus.NOT_FOUND, "wellbeing-unknown"),
    DayToCome: _Kind(HTTPStatus.UNPROCESSABLE_ENTITY, "day-to-come"),
    PlanUnknown: _Kind(HTTPStatus.NOT_FOUND, "plan-unknown"),
    PlanFailed: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "plan-failed"),
    MachineUnknown: _Kind(HTTPStatus.NOT_FOUND, "machine-unknown"),
    NotCommandable: _Kind(HTTPStatus.CONFLICT, "not-commandable"),
    CommandRefused: _Kind(HTTPStatus.CONFLICT, "command-refused"),
    MachineDeclined: _Kind(HTTPStatus.CONFLICT, "machine-declined"),
    MachineUnreachable: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "machine-unreachable"),
    NotReady: _Kind(HTTPStatus.CONFLICT, "not-ready"),
    NothingToFollow: _Kind(HTTPStatus.CONFLICT, "nothing-to-follow"),
    ModelUnknown: _Kind(HTTPStatus.NOT_FOUND, "model-unknown"),
    ModelRefused: _Kind(HTTPStatus.CONFLICT, "model-refused"),
    RequestRefused: _Kind(HTTPStatus.BAD_REQUEST, "inference-refused"),
    NotServed: _Kind(HTTPStatus.NOT_FOUND, "not-served"),
    Overloaded: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "overloaded", headers=_SOON),
    TooLate: _Kind(HTTPStatus.GATEWAY_TIMEOUT, "too-late"),
    ModelFailed: _Kind(HTTPStatus.INTERNAL_SERVER_ERROR, "model-failed"),
    NotRunning: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "vision-not-running", headers=_SOON),
    RequestFailed: _Kind(HTTPStatus.CONFLICT, "vision-declined"),
    TooManyWatchers: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-watchers", headers=_SOON),
    StoreFull: _Kind(HTTPStatus.INSUFFICIENT_STORAGE, "store-full"),
    StoreReadOnly: _Kind(HTTPStatus.INSUFFICIENT_STORAGE, "store-read-only"),
    StoreBusy: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "store-busy", headers=_SOON),
    StoreError: _Kind(HTTPStatus.SERVICE_UNAVAILABLE, "store-unavailable", headers=_SOON),
}
_TELLS: Final = (
    SessionError,
    AdoptionError,
    CommandError,
    MemberUnknown,
    MemberTraining,
    WellbeingUnknown,
    DayToCome,
    PlanUnknown,
    PlanFailed,
    ModelUnknown,
    ModelRefused,
    InferenceError,
    RequestFailed,
    TooManyWatchers,
    StoreError,
)


def problem_response(
    status: int,
    slug: str,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    rule: int | None = None,
    errors: list[FieldFault] | None = None,
) -> JSONResponse:
    """Write a problem document."""
    document = ProblemDocument(
        type=_NAMESPACE + slug,
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        rule=rule,
        errors=errors,
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
    app.add_exception_handler(Exception, _answer_unexpected)
    for told in _TELLS:
        app.add_exception_handler(told, _answer_told)


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
    kind = next(_KINDS[each] for each in type(error).__mro__ if each in _KINDS)
    rule = error.rule if isinstance(error, CommandRefused) else None
    return error_response(
        request.url.path,
        kind.status,
        kind.slug,
        kind.detail or str(error),
        headers=kind.headers,
        rule=rule,
    )


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
