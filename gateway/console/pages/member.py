"""One member: profile, today's plan with its reasons and the rules that bound, a copy of all, and erasure."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from nicegui import ui
from pydantic import ValidationError

from gateway.api import members as api
from gateway.api import plans
from gateway.api.problem import explain
from gateway.console.components import (
    action,
    badge,
    box,
    card,
    confirmed,
    empty,
    facts,
    heading,
    link,
    table,
    text,
)
from gateway.console.form import Form
from gateway.console.paths import ROOT
from gateway.console.schema_fields import Path, fields_of
from gateway.console.visit import Visit
from gateway.console.wording import duration, number, signed
from gateway.members.members import Member, MemberProfile, MemberUnknown
from gateway.planning.document import Item, MachineItem
from gateway.planning.view import PlanView

_BEFORE_EXPORT: Final = (
    "This file holds everything that the box knows of the member. Keep it as safe as the box."
)


async def page(visit: Visit, member_id: str) -> None:
    """Show the member."""
    say = visit.say
    link(say("All members"), f"{ROOT}/members")
    try:
        member = await api.get_member(member_id, visit.box, visit.operator)
    except MemberUnknown:
        member = None
    heading(member.display_name if member else member_id)
    if member is None:
        text("p", say("Nothing is stored under this id yet. Write a profile to add the member."), "hint")
    else:
        with card(say("Today's plan")) as place:
            await _plan(visit, member_id, place)
    with card(say("Profile")):
        _Profile(visit, member_id, member)
    if member is not None:
        _rights(visit, member_id)


async def _plan(visit: Visit, member_id: str, place: ui.element) -> None:
    say = visit.say
    try:
        stored = await visit.box.planner.kept(member_id)
        plan = None if stored is None else await visit.box.planner.shown(stored, visit.say.language)
    except Exception as error:
        reason = explain(error)
        if reason is None:
            raise
        text("p", reason, "problem")
        return
    if plan is None:
        empty(say("There is no plan for today yet."))
    else:
        _show_plan(visit, plan)

    async def make() -> None:
        if await visit.deed(plans.make_plan(member_id, visit.box, visit.operator), "The plan is made."):
            place.clear()
            with place:
                text("h2", say("Today's plan"))
                await _plan(visit, member_id, place)

    with box("div", "row end"):
        action(say("Make the plan") if plan is None else say("Make it anew"), make, "quiet")


def _show_plan(visit: Visit, plan: PlanView) -> None:
    say = visit.say
    text("p", plan.sentence, "sentence")
    facts(
        {
            say("Duration"): f"{plan.duration_minutes:.0f} min",
            say("Intensity"): say("{n} of 5", n=number(plan.intensity_score, 1)),
            say("Goal"): say.term(plan.goal),
            say("Kind"): say.term(plan.type),
            say("Prescribed by"): say("the models") if plan.source == "model" else say("the rules"),
        }
    )
    if plan.source_note:
        text("p", plan.source_note, "problem")
    for block in plan.blocks:
        text("h3", f"{say.term(block.kind)}, {duration(block.duration_s)}")
        table(
            [say("Exercise"), say("What"), say("Time")],
            [
                (plan.names.get(item.exercise, item.exercise), _what(visit, item), duration(item.duration_s))
                for item in block.items
            ],
        )
    if plan.reasons:
        text("h3", say("Why"))
        table(
            [say("What spoke"), say("Minutes"), say("Intensity")],
            [
                (say.term(each.feature), signed(each.minutes, 1), signed(each.intensity, 2))
                for each in plan.reasons
            ],
        )
    text("h3", say("Rules that bound"))
    if not plan.rules:
        empty(say("No rule had to change anything."))
    for rule in plan.rules:
        with box("p"):
            badge("quiet", say.term(rule.name))
            text("span", f" {rule.detail}")
    if plan.imputed:
        text("h3", say("Not known"))
        table(
            [say("What"), say("Why, and what stands in")],
            [(say.term(name), reason) for name, reason in plan.imputed.items()],
        )


def _what(visit: Visit, item: Item) -> str:
    say = visit.say
    if isinstance(item, MachineItem):
        speeds = [step.speed_kmh for step in item.steps if step.speed_kmh is not None]
        steps = say("one step") if len(item.steps) == 1 else say("{n} steps", n=len(item.steps))
        return f"{steps}, {_range(speeds)} km/h" if speeds else steps
    each = (
        say("{n} reps", n=item.reps)
        if item.reps is not None
        else say("{n} s held", n=f"{item.hold_s or 0:.0f}")
    )
    return each if item.sets == 1 else f"{item.sets} x {each}, {say('rest')} {item.rest_s:.0f} s"


def _range(values: Sequence[float]) -> str:
    least, most = f"{min(values):.1f}", f"{max(values):.1f}"
    return least if least == most else f"{least}-{most}"


class _Profile:
    """The profile as a form; saved, the whole of it is written."""

    def __init__(self, visit: Visit, member_id: str, member: Member | None) -> None:
        self._visit = visit
        self._member_id = member_id
        schema = MemberProfile.model_json_schema()
        held: dict[str, Any] = {"display_name": ""} if member is None else member.model_dump(mode="json")
        self._form = Form(visit.say, list(fields_of(schema, schema.get("$defs", {}))), held)
        self._problems = text("p", "", "problem").props('role="alert"')
        action(visit.say("Save the profile"), self._save)

    async def _save(self) -> None:
        given = {path[0]: value for path, value in self._form.values().items() if value not in (None, "")}
        try:
            profile = MemberProfile.model_validate(given)
        except ValidationError as error:
            self._complain(error)
            return
        saved = await self._visit.deed(
            api.put_member(self._member_id, profile, self._visit.box, self._visit.operator),
            "The profile is saved.",
        )
        if saved is not None:
            await ui.context.client.sub_pages_router.refresh()

    def _complain(self, error: ValidationError) -> None:
        reasons: dict[Path, str] = {
            tuple(str(each) for each in fault["loc"][:1]): fault["msg"] for fault in error.errors()
        }
        self._problems.text = "; ".join(self._form.complain(reasons))


def _rights(visit: Visit, member_id: str) -> None:
    say = visit.say
    with card(say("A copy of all, or to be forgotten")):
        text("p", say(_BEFORE_EXPORT), "hint")
        with box("div", "row"):
            copy = link(say("Download everything"), f"/api/v1/members/{member_id}/export", "action-link")
            copy.props["download"] = f"member-{member_id}.json"
            action(say("Erase this member"), partial(_erase, visit, member_id), "danger")


async def _erase(visit: Visit, member_id: str) -> None:
    say = visit.say
    if not await confirmed(
        say("Erase {member} for ever?", member=member_id),
        say(
            "Profile, sessions, plans and what was learned of the heart go, here and in the cloud. "
            "There is no way back."
        ),
        yes=say("Erase for ever"),
        no=say("Cancel"),
    ):
        return

    async def erase() -> bool:
        await api.delete_member(member_id, visit.box, visit.operator)
        return True

    if await visit.deed(erase(), "The member is erased."):
        ui.navigate.to("/members")
