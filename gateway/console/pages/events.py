"""The event log, searched: who commanded, changed, logged in or was refused, and what became of it."""

import json
from collections.abc import Sequence
from functools import partial
from typing import Final

from nicegui import ui

from gateway.api import events as api
from gateway.api.events import EventPage, EventQuery, EventReport
from gateway.console.components import action, box, card, empty, heading, table, text
from gateway.console.visit import Visit
from gateway.console.wording import moment

_PAGE: Final = 100
_KINDS: Final = (
    "command", "confirmation", "machine", "plan", "control", "plan-review", "login", "token",
    "operator", "config", "model-update", "software-update", "program", "identity", "job", "backup",
    "restore", "export", "erase", "consent", "diagnostics", "cloud",
)  # fmt: skip


async def page(visit: Visit) -> None:
    """Show the newest events and what to search by."""
    say = visit.say
    heading(say("Events"), say("What somebody may have to answer for. Nothing in it is ever changed."))
    with card():
        _Search(visit)


class _Search:
    """Fields to search by, and the events that fit; older ones come when asked for."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._cursor: int | None = None
        say = visit.say
        with box("div", "row top"):
            self._kind = ui.select(list(_KINDS), label=say("Kind"), clearable=True)
            self._subject = ui.input(say("About"))
            self._actor = ui.input(say("By whom"))
            self._outcome = ui.input(say("Outcome"))
            for field in (self._kind, self._subject, self._actor, self._outcome):
                field.props("outlined dense").classes("filter")
            action(say("Search"), self._first, "small")
        self._place = box("div")
        with box("div", "row end"):
            self._older = action(say("Older"), self._next, "quiet small")
        ui.timer(0.0, self._first, once=True)

    async def _first(self) -> None:
        self._cursor = None
        self._place.clear()
        await self._next()

    async def _next(self) -> None:
        query = EventQuery(
            kind=self._kind.value or None,
            subject=(self._subject.value or "").strip() or None,
            actor=(self._actor.value or "").strip() or None,
            outcome=(self._outcome.value or "").strip() or None,
            limit=_PAGE,
            cursor=self._cursor,
        )
        found: EventPage | None = await self._visit.deed(
            api.list_events(self._visit.box, self._visit.operator, query)
        )
        if found is None:
            return
        self._cursor = found.next
        self._older.set_visibility(found.next is not None)
        with self._place:
            self._show(found.events)

    def _show(self, events: Sequence[EventReport]) -> None:
        say = self._visit.say
        if not events:
            empty(say("No event fits."))
            return
        table(
            [say(each) for each in ("When", "What", "About", "By whom", "Outcome", "Details")],
            [
                (
                    partial(text, "span", moment(each.at, self._visit.zone), "when"),
                    each.kind,
                    each.subject,
                    each.actor,
                    each.outcome,
                    partial(text, "span", _detail(each), "mono"),
                )
                for each in events
            ],
        )


def _detail(event: EventReport) -> str:
    return ", ".join(
        f"{name} {value if isinstance(value, str) else json.dumps(value)}"
        for name, value in event.detail.items()
    )
