"""The first start: the setup page, and the first operator."""

import asyncio
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, client_of, context_of, demand_patience, demand_same_origin
from gateway.api.login import GivenPassword, Identity, add_login_page, begin_login
from gateway.api.operators import NewName
from gateway.api.page_files import FramedPages, PageFiles
from gateway.api.problem import Problem
from gateway.api.services import BoxServices
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.operators.accounts import AlreadyClaimed

router = v1_router("setup", "/setup")

EVENT: Final = "operator"
_PAGE: Final = "setup.html"
# All clients together; each alone has its own, smaller number.
_CODES: Final = "setup code"


class SetupState(Message):
    """Whether the box belongs to somebody."""

    claimed: bool = Field(
        description="Whether there is an operator; if not, the box waits for its first one."
    )


class FirstOperator(BaseModel):
    """The first operator, who proves with the code to be at the box."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(max_length=64, description="The one-time code that the box shows on its console.")
    name: NewName
    password: GivenPassword = Field(description="10 to 128 characters.")


@router.get("", summary="Whether the box has an operator")
async def setup_state(box: Box) -> SetupState:
    """Say whether the box belongs to somebody; open to all, for the page has to know."""
    return SetupState(claimed=box.settings.loopback_operator or await box.operators.exist())


@router.post("/operator", summary="Make the first operator", status_code=status.HTTP_201_CREATED)
async def first_operator(body: FirstOperator, request: Request, response: Response, box: Box) -> Identity:
    """Take the code that the box shows on its console, make the first account, and log it in.

    Ten wrong codes in a minute have to wait (429); once there is an operator the code is worth nothing (409).
    """
    demand_same_origin(request)
    if await box.operators.exist():
        raise AlreadyClaimed("This box has an operator already. Log in instead.")
    await _check_code(request, body.code)
    account = await box.operators.create(body.name, body.password, first=True)
    await asyncio.to_thread(box.setup_code.end)
    box.events.record(EVENT, actor="setup code", subject=account.name, outcome="created")
    await begin_login(request, response, account)
    return Identity(role="operator", name=account.name, station_id=None)


def add_setup(app: FastAPI, box: BoxServices) -> None:
    """Serve the setup page and the login page, which share their files."""
    pages = FramedPages(box.settings.setup_dir)
    app.mount("/setup/static", PageFiles(directory=box.settings.setup_dir), name="setup-static")
    add_login_page(app, pages)

    @app.get("/setup", include_in_schema=False)
    async def setup_page() -> Response:
        return await pages.page(_PAGE)


async def _check_code(request: Request, code: str) -> None:
    context = context_of(request)
    now_s, client = context.box.clock.now_s(), client_of(request)
    throttles = ((context.throttle, client), (context.account_throttle, _CODES))
    for throttle, who in throttles:
        demand_patience(throttle.wait_s(who, now_s))
        throttle.failed(who, now_s)
    try:
        fits = await asyncio.to_thread(context.box.setup_code.fits, code)
    except OSError as error:
        reason = f"The box cannot read its setup code: {error.strerror}."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "setup-code-unreadable", reason) from error
    if not fits:
        context.box.events.record(
            EVENT, actor="somebody", subject="setup code", outcome="refused", client=client
        )
        raise Problem(
            HTTPStatus.FORBIDDEN,
            "wrong-code",
            "This is not the code. It stands on the box's console and in its log, after the word setup.",
        )
    for throttle, who in throttles:
        throttle.forgive(who)
