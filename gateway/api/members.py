"""Members: who they are to the box, and their rights to a copy and to be forgotten."""

from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from gateway.api.auth import Box, Operator
from gateway.members.export import export_member
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
    """Return the member's profile."""
    return await box.members.get(member_id)


@router.get(
    "/{member_id}/export",
    summary="Everything that is known of a member",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def export(member_id: PathMemberId, box: Box, _operator: Operator) -> Response:
    """Return profile, sessions, plans with feedback, self-reports and hearts as one JSON object."""
    now = box.clock.utc_now()
    text = await box.store.read(lambda db: export_member(db, member_id, now))
    headers = {"Content-Disposition": f'attachment; filename="member-{member_id}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.delete(
    "/{member_id}", summary="Erase a member here and in the cloud", status_code=status.HTTP_204_NO_CONTENT
)
async def delete_member(member_id: PathMemberId, box: Box, _operator: Operator) -> None:
    """Erase the profile and every session, and queue the order to the cloud, in one transaction."""
    await box.members.delete(member_id)
