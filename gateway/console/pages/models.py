"""The models: which version works, where it came from, and the way back."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from gateway.api import models as api
from gateway.api.models import ModelReport
from gateway.console.components import (
    Follow,
    action,
    badge,
    box,
    card,
    confirmed,
    empty,
    facts,
    heading,
    table,
    text,
)
from gateway.console.visit import Visit
from gateway.console.wording import moment
from gateway.events.rows import Event, EventFilter

_RELEASES: Final = 50
_UPDATE: Final = "model-update"


async def page(visit: Visit) -> None:
    """Show a card for each model, and what came from the cloud."""
    say = visit.say
    heading(
        say("Models"),
        say("What looks, counts and prescribes. A version that does not prove itself goes back by itself."),
    )
    await Follow(partial(_models, visit), partial(_show, visit), every_s=5.0).refresh()
    with card(say("What the cloud released to this box")):
        events = await visit.deed(visit.box.events.read(EventFilter(kind=_UPDATE), _RELEASES))
        _show_releases(visit, events or ())


async def _models(visit: Visit) -> Sequence[ModelReport]:
    return (await api.list_models(visit.box, visit.operator)).models


def _show(visit: Visit, found: Sequence[ModelReport]) -> None:
    say = visit.say
    with box("div", "grid"):
        for each in found:
            with card(classes="model"):
                with box("div", "row between"):
                    text("h2", each.name)
                    if each.state == "broken":
                        badge("failed", say("broken"))
                    elif each.in_use:
                        badge(
                            "ok" if each.running_version else "degraded",
                            say("works") if each.running_version else say("not running"),
                        )
                    else:
                        badge("quiet", say("not used"))
                if each.reason:
                    text("p", say.reason(each.reason), "alert")
                facts(
                    {
                        say("Version that works"): each.running_version or "",
                        say("Installed"): each.version or "",
                        say("Before"): each.previous_version or "",
                        say("Runs on"): each.runtime or "",
                        say("Task"): each.task or "",
                        say("Came with"): say("the program")
                        if each.packaged
                        else say("the gym's own folder"),
                    }
                )
                with box("div", "row"):
                    if each.previous_version:
                        action(
                            say("Go back to {version}", version=each.previous_version),
                            partial(_rollback, visit, each),
                            "quiet",
                        )
                    if each.in_use:
                        action(say("Load it again"), partial(_reload, visit, each), "quiet")


def _show_releases(visit: Visit, events: Sequence[Event]) -> None:
    say = visit.say
    if not events:
        empty(
            say(
                "Nothing came from the cloud yet. What is here came with the program "
                "or was installed by hand."
            )
        )
        return
    table(
        [say(each) for each in ("When", "Model", "What", "Details")],
        [
            (
                moment(each.at, visit.zone),
                each.subject,
                each.outcome,
                ", ".join(f"{k}: {v}" for k, v in each.detail.items()),
            )
            for each in events
        ],
    )


async def _rollback(visit: Visit, model: ModelReport) -> None:
    say = visit.say
    if await confirmed(
        say("Take {name} back to {version}?", name=model.name, version=model.previous_version),
        say("It is tried first, and exchanged between two frames; sessions and their counts go on."),
        yes=say("Go back"),
        no=say("Cancel"),
    ):
        await visit.deed(
            api.rollback_model(model.name, visit.box, visit.operator), "The version before works again."
        )


async def _reload(visit: Visit, model: ModelReport) -> None:
    await visit.deed(api.reload_model(model.name, visit.box, visit.operator), "The installed version works.")
