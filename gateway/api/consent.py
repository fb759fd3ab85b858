"""Consent to being measured: given with a version, withdrawn at any time."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict

from gateway.api.auth import Box, Caller, demand_member
from gateway.api.v1 import v1_router
from gateway.members.consent import Consent, Version
from gateway.members.members import ID_PATTERN

router = v1_router("members", "/members/{member_id}/consent")

MemberId = Annotated[str, Path(pattern=ID_PATTERN)]


class ConsentBody(BaseModel):
    """What was agreed to."""

    model_config = ConfigDict(extra="forbid")

    version: Version


@router.get("", summary="Whether a member agreed to being measured")
async def get_consent(member_id: MemberId, box: Box, caller: Caller) -> Consent:
    """Return what the member said last. A kiosk speaks for whoever is checked in at its station."""
    demand_member(box, caller, member_id)
    return await box.consents.get(member_id)


@router.put("", summary="A member agrees to being measured")
async def give_consent(member_id: MemberId, body: ConsentBody, box: Box, caller: Caller) -> Consent:
    """Write down the version of the text that the member agreed to, with the time."""
    demand_member(box, caller, member_id)
    said = await box.consents.give(member_id, body.version)
    _record(box, caller, member_id, "given", body.version)
    return said


@router.delete("", summary="A member agrees no longer")
async def withdraw_consent(member_id: MemberId, box: Box, caller: Caller) -> Consent:
    """Measure no more from now on: a session that runs is ended first.

    Heart rates and self-reports are deleted here, and the cloud forgets the member. What was trained stays on
    the box without heart rates, and the profile as it is; erasing the member removes these too.
    """
    demand_member(box, caller, member_id)
    for session in box.sessions.active():
        if session.member_id == member_id:
            await box.sessions.end(session.id)
    said = await box.consents.withdraw(member_id)
    _record(box, caller, member_id, "withdrawn", said.version)
    return said


def _record(box: Box, caller: Caller, member_id: str, outcome: str, version: str | None) -> None:
    subject = box.members.pseudonym(member_id)
    box.events.record("consent", actor=caller.label, subject=subject, outcome=outcome, version=version)
