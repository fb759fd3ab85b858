"""Who asks, and whether they may: a page's cookie with its CSRF token, or a program's token."""

import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from sync.cloud.api.problem import Problem
from sync.cloud.operators.desk import Operators
from sync.cloud.operators.keys import csrf_token
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.roles import Permission

CSRF_HEADER: Final = "X-CSRF-Token"
REFRESH_HEADER: Final = "X-Refresh"
"""A page that asks by itself says so: a session that nobody uses ends though a page is open."""
_COOKIE: Final = "gymbox_operator"
_SECURE_COOKIE: Final = f"__Host-{_COOKIE}"
_SAFE: Final = frozenset({"GET", "HEAD"})
_bearer = HTTPBearer(auto_error=False, scheme_name="OperatorToken", description="A token, gft_...")
_cookie = APIKeyCookie(
    name=_SECURE_COOKIE,
    auto_error=False,
    scheme_name="OperatorSession",
    description=f"Of a page; what changes something shows {CSRF_HEADER} too.",
)


def operators_of(request: Request) -> Operators:
    """The service of this app."""
    operators: Operators = request.app.state.operators
    return operators


Desk = Annotated[Operators, Depends(operators_of)]


def cookie_name(*, secure: bool) -> str:
    """`__Host-` binds a cookie to this host, whole and by TLS alone; browsers refuse it without TLS."""
    return _SECURE_COOKIE if secure else _COOKIE


def session_of(request: Request) -> str | None:
    """The key of the session in the cookie."""
    return request.cookies.get(cookie_name(secure=operators_of(request).secure))


def principal_of(
    request: Request,
    desk: Desk,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    _described: Annotated[str | None, Depends(_cookie)],
) -> Principal:
    """Return who asks.

    Raises:
        Problem: 401 without a session or token, 403 for a change without the session's CSRF token.
    """
    if bearer is not None:
        principal = desk.tokens.find(bearer.credentials)
        if principal is None:
            raise _unauthorised("No operator has this token, or it has expired.")
        return principal
    key = session_of(request)
    if key is None:
        raise _unauthorised("Log in, or show a token: `Authorization: Bearer gft_...`.")
    principal = desk.sessions.find(key, uses=REFRESH_HEADER not in request.headers)
    if principal is None:
        raise _unauthorised("This session has ended; log in again.")
    shown = request.headers.get(CSRF_HEADER, "").encode()
    if request.method not in _SAFE and not hmac.compare_digest(shown, csrf_token(key).encode()):
        raise Problem(HTTPStatus.FORBIDDEN, "csrf", f"A change by a page needs its session's {CSRF_HEADER}.")
    return principal


Somebody = Annotated[Principal, Depends(principal_of)]


def allowed(permission: Permission) -> Callable[[Principal], Principal]:
    """A dependency that gives who asks, when their role has the permission; otherwise 403."""

    def demand(principal: Somebody) -> Principal:
        if not principal.may(permission):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                f"The role {principal.role} may not do this; it needs the permission {permission}.",
            )
        return principal

    return demand


Reader = Annotated[Principal, Depends(allowed("read"))]


def _unauthorised(detail: str) -> Problem:
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthorised", detail, {"WWW-Authenticate": "Bearer"})
