"""Logging in and out, and the page for it."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import FastAPI, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import (
    LOGIN_COOKIE,
    Anyone,
    Box,
    Caller,
    client_of,
    context_of,
    demand_patience,
    demand_same_origin,
)
from gateway.api.page_files import FramedPages
from gateway.api.problem import Problem
from gateway.api.throttle import FailureThrottle
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.operators.accounts import Account, same_name
from gateway.operators.passwords import LONGEST, TooManyLogins
from gateway.store.store import StoreError
from gateway.tokens import Principal, Role

router = v1_router("login", "/login")

EVENT: Final = "login"
_PAGE: Final = "login.html"
# Longer than any name may be: what is typed into the wrong field is refused as a login, not as a form.
GivenName = Annotated[str, Field(min_length=1, max_length=128)]
GivenPassword = Annotated[str, Field(min_length=1, max_length=LONGEST * 4)]


class Credentials(BaseModel):
    """Name and password of an operator."""

    model_config = ConfigDict(extra="forbid")

    name: GivenName
    password: GivenPassword


class PasswordChange(BaseModel):
    """The password that the operator has, and the one that it shall be."""

    model_config = ConfigDict(extra="forbid")

    current: GivenPassword
    new: GivenPassword


class Identity(Message):
    """Who is asking, as the box sees it."""

    role: Role
    name: str | None = Field(description="The operator's account; null for a token.")
    station_id: str | None = Field(description="The station of a kiosk.")


@router.post("", summary="Log in with an operator's name and password")
async def log_in(body: Credentials, request: Request, response: Response) -> Identity:
    """Check name and password and set the cookie `gymbox_login`.

    Ten wrong ones in a minute from one client, or thirty for one account, have to wait (429).
    """
    demand_same_origin(request)
    account = await check_password(request, body.name, body.password)
    await begin_login(request, response, account)
    return Identity(role="operator", name=account.name, station_id=None)


@router.get("", summary="Who is asking")
async def who_asks(principal: Anyone) -> Identity:
    """Say as whom the box sees the caller; 401 when as nobody."""
    return Identity(role=principal.role, name=principal.name, station_id=principal.station_id)


@router.delete("", summary="Log out", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(response: Response, box: Box, principal: Anyone) -> None:
    """End the login that this browser has; a token stays what it is."""
    if principal.login_id is not None:
        box.logins.close(principal.login_id)
        box.events.record(EVENT, actor=principal.label, subject=str(principal.name), outcome="logout")
    response.delete_cookie(LOGIN_COOKIE, path="/", httponly=True, samesite="strict")


@router.post("/password", summary="Change the own password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(
    body: PasswordChange, request: Request, response: Response, box: Box, caller: Caller
) -> None:
    """Set another password; every login of the account ends, and this browser gets a new one."""
    name = _own_name(caller)
    await check_password(request, name, body.current)
    account = await box.operators.set_password(name, body.new)
    box.events.record("operator", actor=caller.label, subject=name, outcome="password-changed")
    await begin_login(request, response, account)


async def check_password(request: Request, name: str, password: str) -> Account:
    """Return the account that these open; wrong ones are counted, recorded, and slowed down.

    Raises:
        Problem: 401 or 429.
        TooManyLogins: too many others log in at this moment.
    """
    context = context_of(request)
    box, now_s = context.box, context.box.clock.now_s()
    client, key = client_of(request), name.casefold()
    throttles = ((context.throttle, client), (context.account_throttle, key))
    for throttle, who in throttles:
        demand_patience(throttle.wait_s(who, now_s))
        throttle.failed(
            who, now_s
        )  # counted before the check, so that a thousand at once are not all let through
    try:
        account = await box.operators.verify(name, password)
    except (TooManyLogins, StoreError):  # nothing was looked at
        _forgive(throttles)
        raise
    if account is None:
        throttled = any(throttle.wait_s(who, now_s) > 0.0 for throttle, who in throttles)
        box.events.record(
            EVENT,
            actor="somebody",
            # What is no account's name may be a password in the wrong field.
            subject=await _known(box, name),
            outcome="throttled" if throttled else "refused",
            client=client,
        )
        raise Problem(HTTPStatus.UNAUTHORIZED, "wrong-login", "Name or password is wrong.")
    _forgive(throttles)
    return account


async def begin_login(request: Request, response: Response, account: Account) -> None:
    """Log an account in on the browser that asks."""
    box = context_of(request).box
    await box.operators.logged_in(account)
    response.set_cookie(
        LOGIN_COOKIE,
        box.logins.open(account),
        path="/",  # without an age: it goes when the browser is closed
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    box.events.record(
        EVENT,
        actor=f"operator {account.name}",
        subject=account.name,
        outcome="ok",
        client=client_of(request),
    )


def add_login_page(app: FastAPI, pages: FramedPages) -> None:
    """Serve the page with the form."""

    @app.get("/login", include_in_schema=False)
    async def login_page() -> Response:
        return await pages.page(_PAGE)


def _forgive(throttles: Iterable[tuple[FailureThrottle, str]]) -> None:
    for throttle, who in throttles:
        throttle.forgive(who)


async def _known(box: Box, name: str) -> str:
    known = await box.operators.all()
    return next((each.name for each in known if same_name(each.name, name)), "unknown")


def _own_name(principal: Principal) -> str:
    if principal.name is None:
        raise Problem(HTTPStatus.CONFLICT, "no-account", "A token has no password. Log in with an account.")
    return principal.name
