"""Logging in and out, and passwords: `/api/v1/fleet/{session,setup,password}`."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Final

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sync.cloud.api.problem import RESPONSES, Problem
from sync.cloud.operators.access import Desk, Somebody, cookie_name, session_of
from sync.cloud.operators.accounts import NAME, OperatorUnknown
from sync.cloud.operators.keys import csrf_token
from sync.cloud.operators.login import LoginRefused, TooManyTries
from sync.cloud.operators.passwords import MOST_LENGTH, PasswordRefused
from sync.cloud.operators.principal import Principal
from sync.cloud.operators.roles import MATRIX, PERMISSIONS
from sync.cloud.operators.route import DeskRoute
from sync.cloud.operators.sessions import WHOLE

# Each check of a password takes 64 MiB for a while.
_CHECKS_AT_ONCE: Final = 2
Name = Annotated[str, StringConstraints(pattern=f"^{NAME.pattern}$")]
Password = Annotated[str, StringConstraints(max_length=MOST_LENGTH)]


class Body(BaseModel):
    """What comes in is known to the letter."""

    model_config = ConfigDict(extra="forbid")


class LoginBody(Body):
    """Who, and what only they know."""

    name: Name
    password: Password


class SetupBody(Body):
    """The code of a set-up link, and the password that its owner chooses."""

    code: Annotated[str, StringConstraints(max_length=200)]
    password: Password


class PasswordBody(Body):
    """The password, and the one in its place."""

    old: Password
    new: Password


class WhoAmI(BaseModel):
    """Who is logged in."""

    name: str
    role: str
    tenant: str | None = Field(description="Whose boxes are seen; null: those of the whole service.")
    permissions: list[str]
    csrf: str | None = Field(description="To be shown as X-CSRF-Token; null for a token.")


class SetUp(BaseModel):
    """The account that has its password now."""

    name: str


def routes() -> APIRouter:
    """Return the routes."""
    slowly = CapacityLimiter(_CHECKS_AT_ONCE)
    router = APIRouter(prefix="/api/v1/fleet", tags=["operators"], responses=RESPONSES, route_class=DeskRoute)
    _add_sessions(router, slowly)
    _add_passwords(router, slowly)
    return router


def _add_sessions(router: APIRouter, slowly: CapacityLimiter) -> None:
    @router.post("/session", summary="Log in")
    async def log_in(body: LoginBody, request: Request, response: Response, desk: Desk) -> WhoAmI:
        """Set the cookie of a session. Ten wrong in a minute, of an account or a client, and it is 429."""

        def begin() -> tuple[Principal, str]:
            return desk.login.begin(body.name, body.password, client=_client(request))

        with _told():
            principal, key = await to_thread.run_sync(begin, limiter=slowly)
        response.set_cookie(
            cookie_name(secure=desk.secure),
            key,
            max_age=int(WHOLE.total_seconds()),
            path="/",
            secure=desk.secure,
            httponly=True,
            samesite="strict",
        )
        return _who(principal, key)

    @router.get("/session", summary="Who is logged in")
    def who_am_i(request: Request, principal: Somebody) -> WhoAmI:
        """Say who asks, what they may, and the token that changes need."""
        return _who(principal, session_of(request) if principal.kind == "operator" else None)

    @router.delete("/session", summary="Log out", status_code=HTTPStatus.NO_CONTENT)
    def log_out(request: Request, response: Response, desk: Desk, _principal: Somebody) -> None:
        """End the session."""
        if (key := session_of(request)) is not None:
            desk.sessions.end(key)
        response.delete_cookie(
            cookie_name(secure=desk.secure), path="/", secure=desk.secure, httponly=True, samesite="strict"
        )


def _add_passwords(router: APIRouter, slowly: CapacityLimiter) -> None:
    @router.post("/setup", summary="Choose the password of a new account")
    async def set_up(body: SetupBody, request: Request, desk: Desk) -> SetUp:
        """Use the code of a set-up link, once."""
        client = f"client {_client(request)}"

        def choose() -> str:
            desk.login.count(client)
            name = desk.accounts.set_up(body.code, body.password)
            desk.login.forgive(client)
            return name

        with _told():
            return SetUp(name=await to_thread.run_sync(choose, limiter=slowly))

    @router.post("/password", summary="Choose another password", status_code=HTTPStatus.NO_CONTENT)
    async def change_password(body: PasswordBody, principal: Somebody, desk: Desk) -> None:
        """Change it; every session of the account ends, this one too."""
        if principal.kind != "operator":
            raise Problem(HTTPStatus.FORBIDDEN, "forbidden", "A token has no password.")
        account = f"account {principal.name}"

        def change() -> None:
            desk.login.count(account)
            desk.accounts.change_password(principal.name, body.old, body.new)
            desk.login.forgive(account)

        with _told():
            await to_thread.run_sync(change, limiter=slowly)


def _who(principal: Principal, key: str | None) -> WhoAmI:
    return WhoAmI(
        name=principal.name,
        role=principal.role,
        tenant=principal.tenant_id,
        permissions=[each for each in PERMISSIONS if each in MATRIX[principal.role]],
        csrf=None if key is None else csrf_token(key),
    )


def _client(request: Request) -> str:
    return request.client.host if request.client else "unknown"


@contextmanager
def _told() -> Iterator[None]:
    """What was refused, as a problem."""
    try:
        yield
    except LoginRefused:
        raise Problem(HTTPStatus.UNAUTHORIZED, "login-refused", "Name or password is wrong.") from None
    except OperatorUnknown as error:
        raise Problem(HTTPStatus.FORBIDDEN, "refused", f"{error}.") from None
    except PasswordRefused as error:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "password-refused", f"{error}.") from None
    except TooManyTries as error:
        wait_s = math.ceil(error.wait_s)
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "too-many-tries",
            f"Too many were wrong; try again in {wait_s} s.",
            {"Retry-After": str(wait_s)},
        ) from None
