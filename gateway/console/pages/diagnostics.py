"""What keeps the box from working and what to do about it, and a bundle for whoever helps."""

import asyncio
from collections.abc import Sequence
from functools import partial

from nicegui import ui
from nicegui.element import Element

from gateway.api import diagnostics as api
from gateway.console.components import action, badge, box, card, heading, link, table, text
from gateway.console.visit import Visit
from gateway.console.wording import size
from gateway.doctor.finding import Finding
from gateway.redaction import shorten_paths


async def page(visit: Visit) -> None:
    """Examine the box when the page is opened."""
    say = visit.say
    heading(say("Diagnostics"), say("What keeps the box from working, and what to do about it."))
    with card(say("Examination")) as place:
        text("p", say("Looking at broker, cameras, disk, clock and models…"), "hint")
    ui.timer(0.1, partial(_examine, visit, place), once=True)
    with card(say("A bundle for whoever helps")):
        text(
            "p",
            say("No pictures, no members, no secrets. It goes nowhere by itself: look at it, then send it."),
            "hint",
        )
        buttons, shown = box("div", "row top"), box("div")
        with buttons:
            action(say("Look at it"), partial(_preview, visit, shown), "quiet")
            action(say("Download it"), partial(_download, visit), "quiet")
    with card(say("For whoever looks after the box")):
        text(
            "p", say("How the process does, in counters and in words; both are open to the network."), "hint"
        )
        with box("div", "row"):
            for label, address in ((say("Readiness"), "/readyz"), (say("Counters"), "/metrics")):
                link(label, address, "action-link").props["target"] = "_blank"


async def _examine(visit: Visit, place: Element) -> None:
    found = await visit.deed(asyncio.to_thread(visit.box.doctor))
    place.clear()
    with place:
        text("h2", visit.say("Examination"))
        _show(visit, found or ())
        with box("div", "row end"):
            action(visit.say("Look again"), partial(_examine, visit, place), "quiet")


async def _preview(visit: Visit, place: Element) -> None:
    found = await visit.deed(api.preview(visit.box, visit.operator))
    place.clear()
    if found is None:
        return
    with place:
        for each in found.sections:
            with box("details", "section"):
                text("summary", f"{each.name}, {size(each.bytes)}: {each.about}")
                text("pre", each.text, "mono")


async def _download(visit: Visit) -> None:
    made = await visit.deed(api.make(visit.box, visit.operator))
    if made is not None:
        ui.download(bytes(made.body), "diagnostics.zip", api.ZIP)


def _show(visit: Visit, found: Sequence[Finding]) -> None:
    say = visit.say
    worst_first = sorted(found, key=lambda each: ("failed", "degraded", "ok").index(each.state))
    table(
        [say("State"), say("Part"), say("Finding"), say("What helps")],
        [
            (
                partial(badge, each.state, say(each.state)),
                say.part(each.part),
                say.reason(shorten_paths(each.reason)),
                each.fix,
            )
            for each in worst_first
        ],
    )
