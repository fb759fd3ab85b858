"""How members say they are, day by day; it never leaves the box."""

from datetime import date
from typing import Annotated

from fastapi import Path

from gateway.api.auth import Box, Caller, demand_member
from gateway.api.v1 import v1_router
from gateway.members.members import ID_PATTERN
from gateway.members.wellbeing import SelfReport

router = v1_router("members", "/members/{member_id}/wellbeing")

MemberId = Annotated[str, Path(pattern=ID_PATTERN)]
Day = Annotated[date, Path(description="In the gym's time zone, for example 2026-03-02.")]


@router.put("/{day}", summary="Tell how a member is on a day")
async def put_wellbeing(
    member_id: MemberId, day: Day, report: SelfReport, box: Box, caller: Caller
) -> SelfReport:
    """Replace what was told of the day. A kiosk speaks for whoever is checked in at its station."""
    demand_member(box, caller, member_id)
    await box.consents.demand(member_id)
    return await box.wellbeing.put(member_id, day, report)


@router.get("/{day}", summary="How a member was on a day")
async def get_wellbeing(member_id: MemberId, day: Day, box: Box, caller: Caller) -> SelfReport:
    """Return what was told of the day."""
    demand_member(box, caller, member_id)
    return await box.wellbeing.get(member_id, day)
