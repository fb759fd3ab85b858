"""The cameras, and how each does."""

from collections.abc import Sequence
from functools import partial

from gateway.api import cameras as api
from gateway.api.cameras import CameraReport
from gateway.console.components import Follow, Tone, badge, box, card, empty, facts, heading, link, text
from gateway.console.paths import ROOT
from gateway.console.visit import Visit


async def page(visit: Visit) -> None:
    """Show a card for each camera."""
    say = visit.say
    heading(
        say("Cameras"),
        say("Open one to see its picture, draw the floor of its stations and tune its counting."),
    )
    await Follow(partial(_cameras, visit), partial(_show, visit)).refresh()


async def _cameras(visit: Visit) -> Sequence[CameraReport]:
    found = await api.list_cameras(visit.box, visit.operator)
    # Counters never stand still; whoever is about to follow a link wants a page that does.
    return [
        each.model_copy(update={"frames": 0, "dropped": 0, "fps": round(each.fps)}) for each in found.cameras
    ]


def _show(visit: Visit, found: Sequence[CameraReport]) -> None:
    say = visit.say
    if not found:
        with card():
            empty(say("There is no camera yet."))
            link(say("Add cameras in the settings"), f"{ROOT}/settings?part=camera")
        return
    with box("div", "grid"):
        for each in found:
            with card(classes="camera-card"):
                with box("div", "row between"):
                    text("h2", each.id)
                    badge(tone_of(each.state), say.term(each.state))
                if each.reason:
                    text("p", say.reason(each.reason), "alert")
                facts(
                    {
                        say("Pictures a second"): f"{each.fps:.0f}",
                        say("Size"): f"{each.width} x {each.height}" if each.width else "",
                        say("Stations"): ", ".join(visit.box.stations[i].name for i in each.stations),
                    }
                )
                link(say("Picture, floor and counting"), f"{ROOT}/cameras/{each.id}")


def tone_of(state: str) -> Tone:
    """Say how bad a camera's state is."""
    return "ok" if state == "ok" else "degraded" if state == "starting" else "failed"
