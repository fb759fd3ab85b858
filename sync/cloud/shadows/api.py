"""`/api/v1/shadows/{name}`: a box reads what it should be, and says what it is. It reaches its own alone."""

import json
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Header, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from provisioning.twin import MAX_BYTES, DocumentRefused, Shadow, VersionConflict
from sync.cloud.api.body import read_body
from sync.cloud.api.identity import Anybody, Caller, Visitor
from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.database.database import Database
from sync.cloud.gateways import Identity, utc_now
from sync.cloud.rollout.store import settled
from sync.cloud.shadows.store import change, find, version_of, versions_of

Name = Literal["config", "models", "software", "jobs", "health"]
MEDIA_TYPE: Final = "application/json"
# Looks at once in one process. More would wait for the interpreter and for each other, and cost more for it.
_LOOKS: Final = 4


class State(BaseModel):
    """The two sides of a document."""

    desired: dict[str, Any]
    reported: dict[str, Any]


class ShadowDocument(BaseModel):
    """A named shadow."""

    state: State
    version: int = Field(description="How often it changed; 0 before anybody wrote it.")
    timestamp: datetime = Field(description="When it last changed.")


class ShadowVersions(BaseModel):
    """Which documents a box has."""

    versions: dict[str, int] = Field(description="Version of each document that was ever written, by name.")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class ReportedState(_Strict):
    """What a box may write."""

    reported: dict[str, Any] = Field(description="Merged into what it reported before; null deletes a key.")


class ShadowReport(_Strict):
    """A box says what it is."""

    state: ReportedState
    version: int | None = Field(
        default=None, description="The version that the box has read; another one there is a conflict, 409."
    )


class Shadows:
    """The documents of all gateways, as the routes see them."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def news(self, caller: Identity, name: Name, etag: str | None) -> tuple[Shadow, datetime] | int:
        """The caller's document, or its version alone when that is the one that the tag names."""
        with self._database.read() as session:
            version = version_of(session, caller.gateway_id, name)
            if version is not None and etag == _etag(version):
                return version
            found = find(session, caller.gateway_id, name)
        if found is None:
            with self._database.write() as session:
                found = _welcome(session, caller, name, self._clock())
        return found

    def take(self, caller: Identity, name: Name, report: ShadowReport) -> tuple[Shadow, datetime]:
        """Merge a report into the caller's document.

        Raises:
            Problem: 409 when it was made for another version, 422 when it cannot be stored.
        """
        try:
            with self._database.write() as session:
                return change(
                    session,
                    caller.gateway_id,
                    name,
                    "reported",
                    report.state.reported,
                    now=self._clock(),
                    version=report.version,
                )
        except VersionConflict as error:
            detail = f"{error}. Read it, then say it again."
            raise Problem(HTTPStatus.CONFLICT, "version-conflict", detail) from error
        except DocumentRefused as error:
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "document-refused", f"{error}.") from error


def routes(database: Database, *, clock: Callable[[], datetime] = utc_now) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1/shadows", tags=["shadows"], responses=RESPONSES)
    looks = CapacityLimiter(_LOOKS)
    shadows = Shadows(database, clock=clock)
    body = {"required": True, "content": {MEDIA_TYPE: {"schema": ShadowReport.model_json_schema()}}}

    @router.get(
        "",
        summary="Which documents there are, in which versions",
        response_model=ShadowVersions,
        responses={304: {"description": "No news."}},
    )
    async def read_versions(
        visitor: Anybody, response: Response, if_none_match: Annotated[str | None, Header()] = None
    ) -> Any:
        """Return the versions of all of the caller's documents: one look tells whether anything is new."""
        versions = await to_thread.run_sync(_versions, visitor, limiter=looks)
        headers = {"ETag": _etag_of_all(versions), "Cache-Control": "no-cache"}
        if if_none_match == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        response.headers.update(headers)
        return ShadowVersions(versions=versions)

    @router.get(
        "/{name}",
        summary="What the box should be and has said",
        response_model=ShadowDocument,
        responses={304: {"description": "No news."}},
    )
    def read_shadow(
        name: Name,
        caller: Caller,
        response: Response,
        if_none_match: Annotated[str | None, Header(max_length=256)] = None,
    ) -> Any:
        """Return the caller's document. Its version is its ETag; who has that one is told 304."""
        news = shadows.news(caller, name, if_none_match)
        if isinstance(news, int):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_headers(news))
        return _document(response, *news)

    @router.post("/{name}", summary="Say what the box is", openapi_extra={"requestBody": body})
    async def write_shadow(
        name: Name, caller: Caller, request: Request, response: Response
    ) -> ShadowDocument:
        """Merge into the reported side of the caller's document; returns the whole."""
        report = _parse(await read_body(request, most_bytes=MAX_BYTES, what="report"))
        return _document(response, *await to_thread.run_sync(shadows.take, caller, name, report))

    return router


def _versions(visitor: Visitor) -> dict[str, int]:
    with visitor.let_in() as (caller, connection):
        return versions_of(connection, caller.gateway_id)


def _welcome(session: Session, caller: Identity, name: Name, now: datetime) -> tuple[Shadow, datetime]:
    """The first document of a box that was never here: what finished rollouts have brought to all others."""
    return change(
        session, caller.gateway_id, name, "desired", settled(session, name, caller.tenant_id), now=now
    )


def _parse(body: bytes) -> ShadowReport:
    try:
        return ShadowReport.model_validate(json.loads(body))
    except ValidationError as error:
        detail = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in detail["loc"]) or "body"
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", f"{where}: {detail['msg']}"
        ) from None
    except (ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "not-json", "The body is no JSON.") from None


def _document(response: Response, shadow: Shadow, changed_at: datetime) -> ShadowDocument:
    response.headers.update(_headers(shadow.version))
    return ShadowDocument(
        state=State(desired=dict(shadow.desired), reported=dict(shadow.reported)),
        version=shadow.version,
        timestamp=changed_at,
    )


def _headers(version: int) -> dict[str, str]:
    # A box asks again after its own interval; nothing in between may answer for the service.
    return {"ETag": _etag(version), "Cache-Control": "no-cache"}


def _etag_of_all(versions: dict[str, int]) -> str:
    told = ".".join(f"{name}-{version}" for name, version in sorted(versions.items()))
    return f'"{told}"'


def _etag(version: int) -> str:
    return f'"{version}"'
