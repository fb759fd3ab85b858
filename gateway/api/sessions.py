"""Check in, look, check out."""

from typing import Annotated

from fastapi import Query, Response, status
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Caller, demand_station, speaks_for_the_gym
from gateway.api.v1 import v1_router
from gateway.members.members import ID_PATTERN
from gateway.members.pins import Pin
from gateway.planning.tomorrow import Tomorrow
from gateway.sessions.admission import CheckIn
from gateway.sessions.report import SessionReport

router = v1_router("sessions", "/sessions")

Name = Annotated[str, Field(min_length=1, max_length=64)]


class CheckInWish(BaseModel):
    """Who wants to do what."""

    model_config = ConfigDict(extra="forbid")

    member_id: Annotated[str, Field(pattern=ID_PATTERN, description="Known to the box or not.")]
    band_id: Name | None = Field(
        default=None,
        description="The member's heart-rate band; `nearest`: the free one heard best.",
    )
    pin: Pin | None = Field(default=None, description="Of a member who has one.")
    exercise: Name | None = Field(
        default=None, description="Null: whichever of the station's is seen counts."
    )


class CheckInBody(CheckInWish):
    """Who wants to do what where."""

    station_id: Name


class CheckOutBody(BaseModel):
    """How hard it was."""

    model_config = ConfigDict(extra="forbid")

    rpe: int | None = Field(
        default=None, ge=1, le=10, strict=True, description="Rating of perceived exertion."
    )


@router.post("", summary="Check in at a station", status_code=status.HTTP_201_CREATED)
async def start_session(body: CheckInBody, box: Box, caller: Caller, response: Response) -> SessionReport:
    """Begin a session; the answer comes when it would survive a power cut.

    A member id that the box does not know is accepted as it is. At a kiosk, who has a PIN says it. The band
    of a member who may not be measured is left out.
    """
    demand_station(caller, body.station_id)
    if not speaks_for_the_gym(caller):
        await box.pins.demand(body.member_id, body.pin)
    report = await begin_session(box, body.station_id, body)
    response.headers["Location"] = f"/api/v1/sessions/{report.id}"
    return report


async def begin_session(box: Box, station_id: str, wish: CheckInWish) -> SessionReport:
    """Begin the session of somebody who may check in.

    Raises:
        SessionError: it cannot be, and why.
        StoreError: it cannot be stored.
    """
    band_id = wish.band_id if wish.band_id and await box.consents.allows(wish.member_id) else None
    return await box.sessions.start(CheckIn(station_id, wish.member_id, band_id, wish.exercise or None))


@router.post("/{session_id}/end", summary="Check out")
async def end_session(
    session_id: Name, box: Box, caller: Caller, body: CheckOutBody | None = None
) -> SessionReport:
    """End a session; the answer comes when the session and its record for the cloud are on the disk.

    Ending it again returns the first result. After 507 or 503 the session still runs: try again.
    """
    demand_station(caller, (await box.sessions.get(session_id)).station_id)
    return await box.sessions.end(session_id, body.rpe if body else None)


@router.post(
    "/{session_id}/here", summary="Say that somebody is there", status_code=status.HTTP_204_NO_CONTENT
)
async def somebody_here(session_id: Name, box: Box, caller: Caller) -> None:
    """Take the word of the person at the kiosk, so that the session does not end for absence."""
    demand_station(caller, (await box.sessions.get(session_id)).station_id)
    box.sessions.here(session_id)


@router.get("/{session_id}/tomorrow", summary="What the session changes for tomorrow")
async def tomorrow(
    session_id: Name,
    box: Box,
    caller: Caller,
    language: Annotated[str | None, Query(max_length=35, description="Left out: the member's.")] = None,
) -> Tomorrow:
    """Return what tomorrow's plan would be by what is known now; it is made anew in the night."""
    report = await box.sessions.get(session_id)
    demand_station(caller, report.station_id)
    return await box.planner.tomorrow(report.member_id, language)


@router.get("/{session_id}", summary="What was done in a session")
async def get_session(session_id: Name, box: Box, caller: Caller) -> SessionReport:
    """Return the session as it is so far, or as it ended."""
    report = await box.sessions.get(session_id)
    demand_station(caller, report.station_id)
    return report
