"""Plans: today's, made anew, and what the member says of it."""

from typing import Annotated

from fastapi import Path, Query, status
from pydantic import BaseModel, ConfigDict

from gateway.api.auth import Box, Caller, Operator, demand_member
from gateway.api.v1 import v1_router
from gateway.members.members import ID_PATTERN
from gateway.planning.rows import Feedback
from gateway.planning.view import PlanView
from gateway.planning.wishes import Wish

router = v1_router("plans")

MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
PlanId = Annotated[str, Path(min_length=1, max_length=64)]


class Adjustment(BaseModel):
    """What the member wishes of the plan."""

    model_config = ConfigDict(extra="forbid")

    wish: Wish


@router.get("/members/{member_id}/plan", summary="A member's plan for today")
async def get_plan(
    member_id: MemberId,
    box: Box,
    caller: Caller,
    language: Annotated[str | None, Query(max_length=35, description="Left out: the member's.")] = None,
) -> PlanView:
    """Return today's plan; the first who asks has it made, from then on it is the same all day.

    A kiosk sees the plan of whoever is checked in at its station.
    """
    demand_member(box, caller, member_id)
    return await box.planner.shown(await box.planner.today(member_id), language)


@router.post(
    "/members/{member_id}/plan", summary="Make today's plan anew", status_code=status.HTTP_201_CREATED
)
async def make_plan(member_id: MemberId, box: Box, _operator: Operator) -> PlanView:
    """Make another plan of what is known by now, in place of the one that there is."""
    return await box.planner.shown(await box.planner.anew(member_id))


@router.post(
    "/plans/{plan_id}/adjust",
    summary="Make today's plan shorter or easier",
    status_code=status.HTTP_201_CREATED,
)
async def adjust_plan(
    plan_id: PlanId,
    body: Adjustment,
    box: Box,
    caller: Caller,
    language: Annotated[str | None, Query(max_length=35, description="Left out: the member's.")] = None,
) -> PlanView:
    """Make another plan for today, a quarter shorter or half a point of intensity easier than this one.

    Never more than was planned. A kiosk speaks for whoever is checked in at its station.
    """
    demand_member(box, caller, (await box.planner.get(plan_id)).member_id)
    return await box.planner.shown(await box.planner.adjusted(plan_id, body.wish), language)


@router.post("/plans/{plan_id}/feedback", summary="Say what the member thinks of a plan")
async def give_feedback(plan_id: PlanId, body: Feedback, box: Box, caller: Caller) -> PlanView:
    """Keep whether the member takes the plan, how hard it was, and a note; said again, the last word holds.

    Tomorrow's plan heeds it. The note stays on the box. A kiosk speaks for whoever is checked in there.
    """
    demand_member(box, caller, (await box.planner.get(plan_id)).member_id)
    return await box.planner.shown(await box.planner.feedback(plan_id, body))
