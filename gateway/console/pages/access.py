"""Who may reach the box: operators, tokens, and the kiosks that are signed in."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from gateway.api import operators, tokens
from gateway.api.operators import NewAccount
from gateway.api.tokens import NewTokenBody, TokenMade
from gateway.console.components import (
    Follow,
    action,
    badge,
    box,
    card,
    confirmed,
    empty,
    heading,
    table,
    text,
)
from gateway.console.visit import Visit
from gateway.console.wording import moment
from gateway.operators.accounts import OperatorInfo
from gateway.tokens import TokenInfo


async def page(visit: Visit) -> None:
    """Show kiosks, tokens and accounts."""
    say = visit.say
    heading(say("Access"), say("Kiosks, programs and people that may reach the box, and the end of each."))
    with card(say("Sign a kiosk in")):
        _Kiosks(visit)
    with card(say("Kiosks and programs")):
        tokens_here = Follow(partial(_tokens, visit), partial(_show_tokens, visit), every_s=3.0)
        await tokens_here.refresh()
        action(say("Make a token for a program"), partial(_make_operator_token, visit), "quiet")
    with card(say("Operators")):
        await Follow(partial(_operators, visit), partial(_show_operators, visit), every_s=3.0).refresh()
        action(say("Add an operator"), partial(_add_operator, visit), "quiet")


class _Kiosks:
    """A link and a QR code that sign the screen of one station in."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        say = visit.say
        text(
            "p", say("Open the link, or scan the code, on the kiosk's screen. It is shown this once."), "hint"
        )
        with box("div", "row"):
            names = {each.id: each.name for each in visit.box.stations.values()}
            self._station = ui.select(names, label=say("Station"), value=next(iter(names), None))
            self._station.props("outlined dense").classes("filter")
            action(say("Make the link"), self._make)
        self._place = box("div")

    async def _make(self) -> None:
        if self._station.value is None:
            return
        body = NewTokenBody(role="kiosk", station_id=self._station.value)
        request = ui.context.client.request
        made = await self._visit.deed(
            tokens.create_token(body, request, self._visit.box, self._visit.operator)
        )
        self._place.clear()
        if made is not None:
            with self._place:
                self._show(made)

    def _show(self, made: TokenMade) -> None:
        with box("div", "kiosk-link"):
            ui.html(made.kiosk_qr or "", sanitize=False).classes("qr")  # our own picture of our own link
            with box("div"):
                text("p", made.kiosk_url or "", "mono")
                text(
                    "p",
                    self._visit.say("Whoever opens it acts as this kiosk until you end it below."),
                    "hint",
                )


async def _tokens(visit: Visit) -> Sequence[TokenInfo]:
    found = await tokens.list_tokens(visit.box, visit.operator)
    return [each for each in reversed(found.tokens) if each.revoked_at is None]


def _show_tokens(visit: Visit, found: Sequence[TokenInfo]) -> None:
    say = visit.say
    if not found:
        empty(say("There is no token."))
        return
    table(
        [say(each) for each in ("Role", "Station", "Made", "Token", "")],
        [
            (
                say(each.role),
                each.station_id or "",
                moment(each.created_at, visit.zone),
                partial(text, "span", each.id, "mono"),
                partial(action, say("End"), partial(_revoke, visit, each), "quiet small"),
            )
            for each in found
        ],
    )


async def _revoke(visit: Visit, token: TokenInfo) -> None:
    say = visit.say
    if await confirmed(
        say("End this token?"),
        say("What uses it is turned away at once and has to be signed in again."),
        yes=say("End it"),
        no=say("Cancel"),
    ):
        await visit.deed(tokens.revoke_token(token.id, visit.box, visit.operator), "The token is ended.")


async def _make_operator_token(visit: Visit) -> None:
    say = visit.say
    body = NewTokenBody(role="operator")
    made = await visit.deed(tokens.create_token(body, ui.context.client.request, visit.box, visit.operator))
    if made is None:
        return
    with ui.dialog() as dialog, box("div", "card dialog"):
        text("h2", say("The token, shown this once"))
        text("p", made.token, "mono")
        text(
            "p",
            say("Programs send it as `Authorization: Bearer …`. Who has it may do all that you may."),
            "hint",
        )
        with box("div", "row end"):
            action(say("Close"), lambda: dialog.submit(None))
    await dialog
    dialog.delete()


async def _operators(visit: Visit) -> Sequence[OperatorInfo]:
    return (await operators.list_operators(visit.box, visit.operator)).operators


def _show_operators(visit: Visit, found: Sequence[OperatorInfo]) -> None:
    say = visit.say
    if not found:
        empty(say("There is no account yet. /setup makes the first."))
        return

    def end(each: OperatorInfo) -> object:
        if each.name == visit.operator.name:
            return badge("live", say("you"))
        return action(say("Remove"), partial(_remove, visit, each.name), "quiet small")

    table(
        [say(each) for each in ("Name", "Since", "Last login", "")],
        [
            (
                each.name,
                moment(each.created_at, visit.zone),
                "" if each.last_login_at is None else moment(each.last_login_at, visit.zone),
                partial(end, each),
            )
            for each in found
        ],
    )


async def _remove(visit: Visit, name: str) -> None:
    say = visit.say
    if await confirmed(
        say("Remove {name}?", name=name),
        say("Their logins end at once. What they did stays in the event log."),
        yes=say("Remove"),
        no=say("Cancel"),
    ):
        await visit.deed(
            operators.remove_operator(name, visit.box, visit.operator), "The account is removed."
        )


async def _add_operator(visit: Visit) -> None:
    say = visit.say
    with ui.dialog() as dialog, box("div", "card dialog"):
        text("h2", say("Add an operator"))
        name = ui.input(say("Name")).props('outlined autocomplete="off"')
        password = ui.input(say("First password, 10 characters at least"), password=True)
        password.props('outlined autocomplete="new-password"')
        with box("div", "row end"):
            action(say("Cancel"), lambda: dialog.submit(None), "quiet")
            action(say("Add"), lambda: dialog.submit((name.value, password.value)))
    given = await dialog
    dialog.delete()
    if not given:
        return
    try:
        body = NewAccount(name=given[0], password=given[1])
    except ValueError:
        ui.notify(
            say("A name of 1 to 40 characters and a password of 10 to 128 are needed."), type="negative"
        )
        return
    await visit.deed(operators.create_operator(body, visit.box, visit.operator), "The account is made.")
