"""The event log: who commanded what, who confirmed, what people did at the machines."""

from datetime import UTC
from typing import Annotated, Any

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.api.auth import Box, Overseer
from gateway.api.v1 import v1_router
from gateway.events.rows import EventFilter
from gateway.live.snapshot import Message

router = v1_router("events", "/events")

_Word = Annotated[str, Field(max_length=128)]


class EventQuery(BaseModel):
    """Which events, and how many."""

    model_config = ConfigDict(extra="forbid")

    kind: _Word | None = Field(
        default=None, description="`command`, `confirmation`, `machine`, `plan`, `control` or `plan-review`."
    )
    subject: _Word | None = Field(default=None, description="The id of a machine.")
    actor: _Word | None = Field(default=None, description="Who: as `actor` of an event says.")
    outcome: _Word | None = Field(default=None, description="How it went: as `outcome` of an event says.")
    since: AwareDatetime | None = Field(default=None, description="Not before this moment.")
    until: AwareDatetime | None = Field(default=None, description="Before this moment.")
    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.")
    cursor: int | None = Field(default=None, ge=1, description="`next` of the page before this one.")


class EventReport(Message):
    """One event."""

    id: int
    at: str
    kind: str
    actor: str = Field(description="Who did it: a token, the machine, the plan, an alarm, the box.")
    subject: str
    outcome: str
    detail: dict[str, Any]


class EventPage(Message):
    """Events, the newest first."""

    events: list[EventReport]
    next: int | None = Field(description="`cursor` of the following page; null when this was the last.")


@router.get("", summary="What happened that somebody may have to answer for (operator)")
async def list_events(box: Box, _overseer: Overseer, query: Annotated[EventQuery, Query()]) -> EventPage:
    """List commands with who gave them and what became of them, confirmations, and what machines told.

    The log is append-only: nothing in it is ever changed, and the last million events stay.
    """
    wanted = EventFilter(
        kind=query.kind,
        subject=query.subject,
        actor=query.actor,
        outcome=query.outcome,
        since=None if query.since is None else query.since.astimezone(UTC).isoformat(),
        until=None if query.until is None else query.until.astimezone(UTC).isoformat(),
        before=query.cursor,
    )
    found = await box.events.read(wanted, query.limit + 1)
    page = found[: query.limit]
    return EventPage(
        events=[
            EventReport(
                id=each.id,
                at=each.at,
                kind=each.kind,
                actor=each.actor,
                subject=each.subject,
                outcome=each.outcome,
                detail=each.detail,
            )
            for each in page
        ],
        next=page[-1].id if len(found) > query.limit else None,
    )
