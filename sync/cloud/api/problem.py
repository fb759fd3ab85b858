"""Errors as RFC 9457 problem documents: what happened and what to do, never how the service looks inside."""

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from sync.cloud.database.database import DatabaseUnavailable
from sync.cloud.ingest import TooContended
from sync.cloud.lake.objects import StoreUnavailable

_log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_NAMESPACE: Final = "urn:gymbox:problem:"
_FEWEST_S: Final = 2
_MOST_S: Final = 15


class ProblemDocument(BaseModel):
    """What every error looks like."""

    type: str = Field(description="Which kind of problem this is; stable, for programs.")
    title: str
    status: int
    detail: str | None = Field(default=None, description="What happened here and what to do.")


@dataclass(slots=True)
class Problem(Exception):  # noqa: N818 - the standard's own word
    """An error that a route answers with."""

    status: HTTPStatus
    slug: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)


def later() -> dict[str, str]:
    """A time to come again, different for each, so that they do not all come at once."""
    return {"Retry-After": str(random.randint(_FEWEST_S, _MOST_S))}  # noqa: S311 - spreads load, guards nothing


def install(app: FastAPI) -> None:
    """Have every error of the app answered as a problem."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(Exception, _answer_unexpected)
    for unavailable in (DatabaseUnavailable, StoreUnavailable, TooContended):
        app.add_exception_handler(unavailable, _answer_unavailable)


# For the API's description: any error may come, all have one form.
RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem (RFC 9457).",
        "content": {MEDIA_TYPE: {"schema": ProblemDocument.model_json_schema()}},
    }
}


def _response(
    status: int, slug: str, detail: str | None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    document = ProblemDocument(
        type=_NAMESPACE + slug, title=HTTPStatus(status).phrase, status=status, detail=detail
    )
    return JSONResponse(
        document.model_dump(exclude_none=True),
        status_code=status,
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", **(headers or {})},
    )


def _answer_problem(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - the handler is registered for this class
    return _response(error.status, error.slug, error.detail, error.headers)


def _answer_http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler is registered for this class
    slug = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    return _response(error.status_code, slug, None, error.headers)


def _answer_validation(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - the handler is registered for this class
    faults = {".".join(str(step) for step in each["loc"][1:]): each["msg"] for each in error.errors()}
    detail = "; ".join(f"{name}: {said}" if name else said for name, said in faults.items())
    return _response(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", detail)


def _answer_unavailable(_request: Request, error: Exception) -> JSONResponse:
    _log.warning("a request has to wait: %s: %s", type(error).__name__, error)
    return _response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        "The service cannot do this at the moment. Send the same again later.",
        later(),
    )


def _answer_unexpected(_request: Request, error: Exception) -> JSONResponse:
    _log.error("a request failed", exc_info=error)
    return _response(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong in the service; its log says what.",
    )
