"""Who asks: a bearer token, the kiosk's cookie, or in the demo this very machine."""

import ipaddress
import logging
import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from gateway.api.problem import Problem
from gateway.api.services import BoxServices
from gateway.api.throttle import FailureThrottle
from gateway.tokens import Principal

_log = logging.getLogger(__name__)

COOKIE: Final = "gymbox_token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_OPERATOR: Final = Principal("operator", None, None)


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The one object that hangs on the app."""

    box: BoxServices
    throttle: FailureThrottle


def context_of(request: Request) -> ApiContext:
    """Return what `create_api` was given."""
    return cast("ApiContext", request.app.state.context)


async def box_of(request: Request) -> BoxServices:
    """Return the box behind the API."""
    return context_of(request).box


async def verify(request: Request, token: str) -> Principal:
    """Return whom a token stands for; wrong ones are counted, and too many of them have to wait.

    Raises:
        Problem: 401 or 429.
    """
    context = context_of(request)
    client = request.client.host if request.client else "unknown"
    now_s = context.box.clock.now_s()
    wait_s = context.throttle.wait_s(client, now_s)
    if wait_s > 0.0:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-failures",
            "Too many wrong tokens from here. Wait, then try again.",
            {"Retry-After": str(math.ceil(wait_s))},
        )
    principal = await context.box.tokens.verify(token)
    if principal is None:
        context.throttle.failed(client, now_s)
        _log.warning("a wrong token from %s", client)
        raise _unauthorised("The token is wrong or was revoked.")
    return principal


async def caller_of(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    cookie: Annotated[str | None, Depends(APIKeyCookie(name=COOKIE, auto_error=False))],
) -> Principal:
    """Return who asks.

    Raises:
        Problem: 401 without a valid token, 403 for a page of another origin, 429 after too many failures.
    """
    if bearer is not None:
        return await verify(request, bearer.credentials)
    # What follows is sent by a browser on its own, so that another site's page could have caused it.
    if request.method not in _SAFE_METHODS and not _same_origin(request):
        raise Problem(HTTPStatus.FORBIDDEN, "cross-origin", "This request comes from another site's page.")
    if context_of(request).box.settings.loopback_operator and _from_this_machine(request):
        return _LOOPBACK_OPERATOR
    if cookie is not None:
        return await verify(request, cookie)
    raise _unauthorised("Show a token: `Authorization: Bearer gtk_...`, or open the kiosk with its own link.")


Caller = Annotated[Principal, Depends(caller_of)]
Box = Annotated[BoxServices, Depends(box_of)]


async def operator_of(caller: Caller) -> Principal:
    """Return the caller, who must be the operator.

    Raises:
        Problem: 403 for a kiosk.
    """
    if caller.role != "operator":
        raise _forbidden("Only an operator may do this.")
    return caller


Operator = Annotated[Principal, Depends(operator_of)]


def demand_station(caller: Principal, station_id: str) -> None:
    """Let a kiosk reach its own station only.

    Raises:
        Problem: 403.
    """
    if not caller.may_use(station_id):
        raise _forbidden("This kiosk belongs to another station.")


def demand_member(box: BoxServices, caller: Principal, member_id: str) -> None:
    """Let a kiosk speak for the member who is checked in at its station only.

    Raises:
        Problem: 403.
    """
    if caller.role == "operator":
        return
    session = None if caller.station_id is None else box.sessions.active_at(caller.station_id)
    if session is None or session.member_id != member_id:
        raise _forbidden("This member is not checked in at this kiosk's station.")


def _unauthorised(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorised", detail, {"WWW-Authenticate": "Bearer"})


def _forbidden(detail: str) -> Problem:
    return Problem(HTTPStatus.FORBIDDEN, "forbidden", detail)


def _same_origin(request: Request) -> bool:
    """Tell whether a browser's request comes from the box's own page; other clients say nothing of it."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return COOKIE not in request.cookies  # a browser that sends the cookie names the origin too
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc) == (request.url.scheme, request.headers.get("host", ""))


def _from_this_machine(request: Request) -> bool:
    """Tell whether the connection begins here, not merely passed on or lured here by a foreign name."""
    if request.client is None or not _is_loopback(request.client.host):
        return False
    if {"forwarded", "x-forwarded-for"} & set(request.headers.keys()):
        return False
    return _is_loopback(urlsplit(f"//{request.headers.get('host', '')}").hostname or "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
