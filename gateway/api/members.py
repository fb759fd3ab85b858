"""Members: who they are to the box, and their rights to a copy and to be forgotten."""

from typing import Annotated

from fastapi import Path, Query, Response, status
from pydantic import BaseModel, ConfigDict

from gateway.api.auth import Box, Operator
from gateway.api.v1 import v1_router
from gateway.live.snapshot import Message
from gateway.members.export import export_member
from gateway.members.members import ID_PATTERN, Member, MemberProfile
from gateway.members.pins import Pin
from gateway.members.search import MOST, FoundMember, search_members

router = v1_router("members", "/members")

PathMemberId = Annotated[str, Path(pattern=ID_PATTERN)]


class MemberList(Message):
    """Members, who trained last first."""

    members: list[FoundMember]


@router.get("", summary="Members by a part of their name or id")
async def find_members(
    box: Box,
    _operator: Operator,
    q: Annotated[str, Query(max_length=80, description="Part of a name or an id; empty: all.")] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> MemberList:
    """List the members that fit, without what is known of their bodies."""
    return MemberList(members=await box.store.read(lambda db: search_members(db, q.strip(), limit)))


class PinBody(BaseModel):
    """A PIN."""

    model_config = ConfigDict(extra="forbid")

    pin: Pin


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
async def export(member_id: PathMemberId, box: Box, operator: Operator) -> Response:
    """Return profile, sessions, plans with feedback, self-reports and hearts as one JSON object."""
    now = box.clock.utc_now()
    pseudonym = box.members.pseudonym(member_id)
    text = await box.store.read(lambda db: export_member(db, member_id, now, pseudonym))
    box.events.record("export", actor=operator.label, subject=pseudonym, outcome="done")
    headers = {"Content-Disposition": f'attachment; filename="member-{member_id}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.put("/{member_id}/pin", summary="Give a member a PIN", status_code=status.HTTP_204_NO_CONTENT)
async def put_pin(member_id: PathMemberId, body: PinBody, box: Box, _operator: Operator) -> None:
    """From now on the member's name may be tapped at kiosks, and checking in as them there needs the PIN."""
    await box.pins.put(member_id, body.pin)


@router.delete("/{member_id}/pin", summary="Take a member's PIN away", status_code=status.HTTP_204_NO_CONTENT)
async def delete_pin(member_id: PathMemberId, box: Box, _operator: Operator) -> None:
    """The member checks in with their number alone."""
    await box.pins.remove(member_id)


@router.delete(
    "/{member_id}", summary="Erase a member here and in the cloud", status_code=status.HTTP_204_NO_CONTENT
)
async def delete_member(member_id: PathMemberId, box: Box, operator: Operator) -> None:
    """Erase the profile and every session, and queue the order to the cloud, in one transaction."""
    await box.members.delete(member_id)
    subject = box.members.pseudonym(member_id)
    box.events.record("erase", actor=operator.label, subject=subject, outcome="done")
