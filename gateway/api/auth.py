"""Who asks: a bearer token, an operator who logged in, a kiosk's cookie, or in the demo this very machine."""

import logging
import math
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, cast
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse

from gateway.api.problem import Problem
from gateway.api.services import BoxServices
from gateway.api.throttle import FailureThrottle
from gateway.discovery.addresses import is_loopback
from gateway.store.store import StoreError
from gateway.tokens import Principal

_log = logging.getLogger(__name__)

COOKIE: Final = "gymbox_token"
LOGIN_COOKIE: Final = "gymbox_login"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LOOPBACK_OPERATOR: Final = Principal("operator", None, None)


@dataclass(frozen=True, slots=True)
class ApiContext:
    """The one object that hangs on the app."""

    box: BoxServices
    throttle: FailureThrottle
    account_throttle: FailureThrottle


def context_of(connection: HTTPConnection) -> ApiContext:
    """Return what `create_api` was given."""
    return cast("ApiContext", connection.app.state.context)


async def box_of(request: Request) -> BoxServices:
    """Return the box behind the API."""
    return context_of(request).box


def demand_patience(wait_s: float) -> None:
    """Have whoever failed too often wait.

    Raises:
        Problem: 429, with how long.
    """
    if wait_s > 0.0:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-failures",
            "Too many wrong tokens, passwords or codes. Wait, then try again.",
            {"Retry-After": str(math.ceil(wait_s))},
        )


def client_of(connection: HTTPConnection) -> str:
    """Return the address that a request comes from."""
    return connection.client.host if connection.client else "unknown"


async def verify(request: Request, token: str) -> Principal:
    """Return whom a token stands for; wrong ones are counted, and too many of them have to wait.

    Raises:
        Problem: 401 or 429.
    """
    context = context_of(request)
    client, now_s = client_of(request), context.box.clock.now_s()
    demand_patience(context.throttle.wait_s(client, now_s))
    principal = await context.box.tokens.verify(token)
    if principal is None:
        context.throttle.failed(client, now_s)
        _log.warning("a wrong token from %s", client)
        raise _unauthorised("The token is wrong or was revoked.")
    return principal


def demand_same_origin(connection: HTTPConnection) -> None:
    """Refuse what another site's page has a browser send.

    Raises:
        Problem: 403.
    """
    if not _same_origin(connection):
        raise Problem(HTTPStatus.FORBIDDEN, "cross-origin", "This request comes from another site's page.")


async def principal_of(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    cookie: Annotated[
        str | None, Depends(APIKeyCookie(name=COOKIE, scheme_name="KioskCookie", auto_error=False))
    ],
    login: Annotated[
        str | None, Depends(APIKeyCookie(name=LOGIN_COOKIE, scheme_name="LoginCookie", auto_error=False))
    ],
) -> Principal:
    """Return who asks.

    Raises:
        Problem: 401 without a valid token or login, 403 for a page of another origin, 429 after too many
            failures.
    """
    if bearer is not None:
        return await verify(request, bearer.credentials)
    # What follows is sent by a browser on its own, so that another site's page could have caused it.
    if request.method not in _SAFE_METHODS:
        demand_same_origin(request)
    box = context_of(request).box
    if login is not None and (operator := await box.logins.use(login)) is not None:
        return operator
    if _is_loopback_operator(request):
        return _LOOPBACK_OPERATOR
    if cookie is not None:
        return await verify(request, cookie)
    raise _unauthorised(
        "Log in at /login, show a token (`Authorization: Bearer gtk_...`), or open a kiosk with its own link."
    )


Anyone = Annotated[Principal, Depends(principal_of)]
Box = Annotated[BoxServices, Depends(box_of)]


async def caller_of(principal: Anyone) -> Principal:
    """Return who asks: an operator or a kiosk, for only they have to do with members.

    Raises:
        Problem: 403 for the fleet.
    """
    if principal.role == "fleet":
        raise _forbidden("A fleet token reads how devices, cameras, models and the upload do, and no more.")
    return principal


Caller = Annotated[Principal, Depends(caller_of)]


async def operator_of(caller: Caller) -> Principal:
    """Return the caller, who must be the operator.

    Raises:
        Problem: 403 for a kiosk.
    """
    if caller.role != "operator":
        raise _forbidden("Only an operator may do this.")
    return caller


Operator = Annotated[Principal, Depends(operator_of)]


async def overseer_of(principal: Anyone) -> Principal:
    """Return who asks: an operator, or the fleet, which may read what holds nothing of members.

    Raises:
        Problem: 403 for a kiosk.
    """
    if principal.role == "kiosk":
        raise _forbidden("Only an operator may do this.")
    return principal


Overseer = Annotated[Principal, Depends(overseer_of)]


async def demand_scraper(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))],
    login: Annotated[
        str | None, Depends(APIKeyCookie(name=LOGIN_COOKIE, scheme_name="LoginCookie", auto_error=False))
    ],
) -> None:
    """Let this machine read the counters, which tell of versions; from elsewhere, operators and the fleet.

    Raises:
        Problem: 401 without a valid token or login, 403 for a kiosk, 429 after too many failures.
    """
    if not _from_this_machine(request):
        await overseer_of(await principal_of(request, bearer, None, login))


async def operator_here(connection: HTTPConnection) -> Principal | None:
    """Return the operator who opens a page or a websocket with a browser; None when nobody has logged in.

    Raises:
        StoreError: the accounts cannot be read.
    """
    # A browser sends its cookies with a websocket that another site's page opens, too.
    if connection.scope["type"] == "websocket" and not _same_origin(connection):
        return None
    word = connection.cookies.get(LOGIN_COOKIE)
    if word is not None and (operator := await context_of(connection).box.logins.use(word)) is not None:
        return operator
    return _LOOPBACK_OPERATOR if _is_loopback_operator(connection) else None


def login_redirect(connection: HTTPConnection) -> RedirectResponse:
    """Send a browser to the login page, and from there back to where it wanted to go."""
    return RedirectResponse(
        f"/login?next={quote(connection.url.path, safe='/')}", status_code=HTTPStatus.SEE_OTHER
    )


async def still_stands(box: BoxServices, principal: Principal) -> bool:
    """Tell whether somebody who was let in before still may be there; for streams, every few seconds."""
    try:
        if principal.login_id is not None:
            return await box.logins.stands(principal.login_id)
        return principal.token_id is None or await box.tokens.stands(principal.token_id)
    except StoreError:  # a disk in trouble is no reason to turn the kiosks dark
        return True


def speaks_for_the_gym(caller: Principal) -> bool:
    """Tell an operator who says who they are from a kiosk, and from whoever stands at the demo's screen."""
    return caller.role == "operator" and (caller.token_id is not None or caller.login_id is not None)


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


def _same_origin(connection: HTTPConnection) -> bool:
    """Tell whether a browser's request comes from the box's own page; other clients say nothing of it."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = connection.headers.get("origin")
    if origin is None:  # a browser that sends a cookie names the origin too
        return not {COOKIE, LOGIN_COOKIE} & connection.cookies.keys()
    scheme = connection.url.scheme.replace("ws", "http")
    parts = urlsplit(origin)
    return (parts.scheme, parts.netloc) == (scheme, connection.headers.get("host", ""))


def _is_loopback_operator(connection: HTTPConnection) -> bool:
    return context_of(connection).box.settings.loopback_operator and _from_this_machine(connection)


def _from_this_machine(connection: HTTPConnection) -> bool:
    """Tell whether the connection begins here, not merely passed on or lured here by a foreign name."""
    if connection.client is None or not is_loopback(connection.client.host):
        return False
    if {"forwarded", "x-forwarded-for"} & set(connection.headers.keys()):
        return False
    return is_loopback(urlsplit(f"//{connection.headers.get('host', '')}").hostname or "")
