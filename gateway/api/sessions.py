"""Check in, look, check out."""

from typing import Annotated

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Caller, demand_station
from gateway.members.members import ID_PATTERN
from gateway.sessions.admission import CheckIn
from gateway.sessions.report import SessionReport

router = APIRouter(prefix="/sessions", tags=["sessions"])

Name = Annotated[str, Field(min_length=1, max_length=64)]


class CheckInBody(BaseModel):
    """Who wants to do what where."""

    model_config = ConfigDict(extra="forbid")

    station_id: Name
    member_id: Annotated[str, Field(pattern=ID_PATTERN, description="Known to the box or not.")]
    band_id: Name | None = Field(
        default=None,
        description="The member's heart-rate band; `nearest`: the free one heard best.",
    )
    exercise: Name | None = Field(
        default=None, description="Null: whichever of the station's is seen counts."
    )


class CheckOutBody(BaseModel):
    """How hard it was."""

    model_config = ConfigDict(extra="forbid")

    rpe: int | None = Field(
        default=None, ge=1, le=10, strict=True, description="Rating of perceived exertion."
    )


@router.post("", summary="Check in at a station", status_code=status.HTTP_201_CREATED)
async def start_session(body: CheckInBody, box: Box, caller: Caller, response: Response) -> SessionReport:
    """Begin a session; the answer comes when it would survive a power cut.

    A member id that the box does not know is accepted as it is.
    """
    demand_station(caller, body.station_id)
    report = await box.sessions.start(
        CheckIn(body.station_id, body.member_id, body.band_id or None, body.exercise or None)
    )
    response.headers["Location"] = f"/api/v1/sessions/{report.id}"
    return report


@router.post("/{session_id}/end", summary="Check out")
async def end_session(
    session_id: Name, box: Box, caller: Caller, body: CheckOutBody | None = None
) -> SessionReport:
    """End a session; the answer comes when the session and its record for the cloud are on the disk.

    Ending it again returns the first result. After 507 or 503 the session still runs: try again.
    """
    demand_station(caller, (await box.sessions.get(session_id)).station_id)
    return await box.sessions.end(session_id, body.rpe if body else None)


@router.get("/{session_id}", summary="What was done in a session")
async def get_session(session_id: Name, box: Box, caller: Caller) -> SessionReport:
    """Return the session as it is so far, or as it ended."""
    report = await box.sessions.get(session_id)
    demand_station(caller, report.station_id)
    return report
