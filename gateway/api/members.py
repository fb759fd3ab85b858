"""Members: who they are to the box, and their right to be forgotten."""

from typing import Annotated

from fastapi import APIRouter, Path, status

from gateway.api.auth import Box, Operator
from gateway.members.members import ID_PATTERN, Member, MemberProfile

router = APIRouter(prefix="/members", tags=["members"])

PathMemberId = Annotated[str, Path(pattern=ID_PATTERN)]


@router.put("/{member_id}", summary="Write a member's whole profile")
async def put_member(
    member_id: PathMemberId, profile: MemberProfile, box: Box, _operator: Operator
) -> Member:
    """Make the member or replace what is known; what is not given is forgotten."""
    return await box.members.put(member_id, profile)


@router.get("/{member_id}", summary="A member's profile")
async def get_member(member_id: PathMemberId, box: Box, _operator: Operator) -> Member:
    """Return what is known of the member."""
    return await box.members.get(member_id)


@router.delete(
    "/{member_id}", summary="Erase a member here and in the cloud", status_code=status.HTTP_204_NO_CONTENT
)
async def delete_member(member_id: PathMemberId, box: Box, _operator: Operator) -> None:
    """Erase the profile and every session, and queue the order to the cloud, in one transaction."""
    await box.members.delete(member_id)
