"""Hearts: what is expected of a member's heart today."""

from typing import Annotated

from fastapi import Path

from gateway.api.auth import Box, Caller, demand_member
from gateway.api.v1 import v1_router
from gateway.hearts.outlook import HeartOutlook
from gateway.members.members import ID_PATTERN

router = v1_router("members", "/members/{member_id}/heart")


@router.get("", summary="What is expected of a member's heart today")
async def get_heart(
    member_id: Annotated[str, Path(pattern=ID_PATTERN)], box: Box, caller: Caller
) -> HeartOutlook:
    """Return how fit the heart has become, what today's plan will do to it, and the load for each zone.

    Until something is learned it is what people are like, and less is asked for. A kiosk sees that of
    whoever is checked in at its station.
    """
    demand_member(box, caller, member_id)
    return await box.hearts.of(member_id)
