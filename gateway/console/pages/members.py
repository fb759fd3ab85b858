"""The members: found by a part of their name, the last to train first."""

import re
from functools import partial
from typing import Final

from nicegui import ui

from gateway.api import members as api
from gateway.api.members import MemberList
from gateway.console.components import Follow, action, box, card, empty, heading, link, table
from gateway.console.paths import ROOT
from gateway.console.visit import Visit
from gateway.console.wording import moment
from gateway.members.members import ID_PATTERN

_MOST: Final = 50
_FOLLOW_S: Final = 5.0


async def page(visit: Visit) -> None:
    """Show a field to search by, and who was found."""
    say = visit.say
    heading(
        say("Members"),
        say("Profiles, plans and what members may ask for: a copy of all, or to be forgotten."),
    )
    with card():
        with box("div", "row top"):
            words = ui.input(say("Part of a name or an id")).props("outlined dense clearable").classes("grow")
            action(say("Add a member"), partial(_add, visit), "quiet")
        found = Follow(
            lambda: api.find_members(visit.box, visit.operator, words.value or "", _MOST),
            partial(_show, visit),
            every_s=_FOLLOW_S,
        )
        await found.refresh()
        words.on_value_change(found.refresh)


def _show(visit: Visit, found: MemberList) -> None:
    say = visit.say
    if not found.members:
        empty(say("Nobody fits. A member is known from their first check-in on."))
        return
    zone = visit.zone
    table(
        [say("Name"), say("Id"), say("Last trained")],
        [
            (
                partial(link, each.display_name, f"{ROOT}/members/{each.id}"),
                each.id,
                "" if each.last_trained_at is None else moment(each.last_trained_at, zone),
            )
            for each in found.members
        ],
    )
    if len(found.members) == _MOST:
        empty(say("There are more; write more of the name."))


async def _add(visit: Visit) -> None:
    say = visit.say
    with ui.dialog() as dialog, box("div", "card dialog"):
        heading(say("Add a member"))
        member_id = ui.input(say("Id"), validation=partial(_fault_of, visit)).props("outlined")
        with box("div", "row end"):
            action(say("Cancel"), lambda: dialog.submit(None), "quiet")
            action(say("Add"), lambda: dialog.submit(member_id.value) if member_id.validate() else None)
    given = await dialog
    dialog.delete()
    if given:
        ui.navigate.to(f"/members/{given}")


def _fault_of(visit: Visit, given: str) -> str | None:
    fits = re.fullmatch(ID_PATTERN, given or "")
    return None if fits else visit.say("Letters, digits, dot, dash, underscore.")
