"""Stations: which there are, what is true at one, and a stream of what changes there."""

import base64
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Path
from pydantic import Field
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from gateway.api.auth import Box, Caller, demand_station, still_stands
from gateway.api.problem import Problem
from gateway.api.v1 import v1_router
from gateway.live.board import TooManyWatchers
from gateway.live.snapshot import AlertMessage, Message, RepMessage, StationSnapshot
from gateway.members.pins import Regular
from gateway.sessions.active import ActiveSession
from gateway.sessions.admission import StationUnknown
from gateway.stations import Station

_log = logging.getLogger(__name__)

router = v1_router("stations", "/stations")

StationId = Annotated[str, Path(max_length=64)]

# What the browser waits before it connects again.
RETRY_MS: Final = 1000
# A comment on the line keeps proxies from closing a stream that they take for idle.
PING_S: Final = 10
# A page that takes nothing for so long is gone, whatever its connection says.
SEND_TIMEOUT_S: Final = 10.0
# How soon a stream ends after its token was revoked or its login has ended.
RECHECK_S: Final = 2.0


class StationSummary(Message):
    """One station as a list shows it."""

    id: str
    name: str
    exercises: list[str]
    treadmill: str | None
    camera: str | None
    busy: bool


class StationList(Message):
    """The stations that the caller may use."""

    stations: list[StationSummary]


class _Stream(EventSourceResponse):
    """An event stream whose reader may vanish without an error in the log."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            _log.info("a stream was closed: its reader took nothing for %.0f s", SEND_TIMEOUT_S)


@router.get("", summary="The stations that the caller may use")
async def list_stations(box: Box, caller: Caller) -> StationList:
    """List every station to an operator, its own to a kiosk."""
    return StationList(
        stations=[
            StationSummary(
                id=station.id,
                name=station.name,
                exercises=list(station.exercises),
                treadmill=station.treadmill,
                camera=station.camera,
                busy=box.sessions.active_at(station.id) is not None,
            )
            for station in box.stations.values()
            if caller.may_use(station.id)
        ]
    )


@router.get("/{station_id}", summary="Everything that is true at a station now")
async def get_station(station_id: StationId, box: Box, caller: Caller) -> StationSnapshot:
    """Return the same object as the event `state`."""
    return box.board.snapshot(_station(box, caller, station_id).id)


class RegularList(Message):
    """Who may tap their name here."""

    regulars: list[Regular]


@router.get("/{station_id}/regulars", summary="Members who may check in by a tap on their name")
async def get_regulars(station_id: StationId, box: Box, caller: Caller) -> RegularList:
    """List members with a PIN who trained here in the last four weeks, by short names, the latest first."""
    return RegularList(regulars=await box.pins.regulars(_station(box, caller, station_id).id))


@router.get(
    "/{station_id}/events",
    summary="What changes at a station, as server-sent events",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "`state` (at once, on every change, at least once a second), `rep` and `alert`.",
            "content": {
                "text/event-stream": {
                    "schema": {
                        "oneOf": [
                            model.model_json_schema() for model in (StationSnapshot, RepMessage, AlertMessage)
                        ]
                    }
                }
            },
        }
    },
)
async def station_events(station_id: StationId, box: Box, caller: Caller) -> EventSourceResponse:
    """Stream events; every `state` is complete, so nothing has to be asked for after a break."""
    station = _station(box, caller, station_id)
    box.board.demand_room(station.id)
    return _Stream(
        _events(box, station.id, caller),
        ping=PING_S,
        send_timeout=SEND_TIMEOUT_S,
    )


class PictureMessage(Message):
    """Data of the event `picture`."""

    width: int = Field(description="Of the camera's picture, to whose pixels keypoints refer.")
    height: int
    jpeg: str = Field(description="What is left of it: small, blurred, base64.")


@router.get(
    "/{station_id}/pictures",
    summary="Who trains at a station, blurred, as server-sent events",
    response_class=EventSourceResponse,
    responses={
        200: {
            "description": "`picture`, eight a second at most, until the session ends.",
            "content": {"text/event-stream": {"schema": PictureMessage.model_json_schema()}},
        }
    },
)
async def station_pictures(station_id: StationId, box: Box, caller: Caller) -> EventSourceResponse:
    """Stream what the camera sees while somebody trains at a station whose `stage` is `blurred_video`.

    Nobody can be known in them; they go from memory to the station's own kiosk and are kept nowhere.
    404 where the gym wants none, 409 while nobody trains.
    """
    station = _station(box, caller, station_id)
    if station.camera is None or station.stage != "blurred_video":
        raise Problem(
            HTTPStatus.NOT_FOUND, "no-pictures", f"{station.name} shows no picture, only a skeleton."
        )
    session = box.sessions.active_at(station.id)
    if session is None:
        raise Problem(HTTPStatus.CONFLICT, "nobody-trains", f"Nobody trains at {station.name}.")
    box.blurred.demand_room()
    return _Stream(_pictures(box, station, session, caller), ping=PING_S, send_timeout=SEND_TIMEOUT_S)


async def _pictures(
    box: Box, station: Station, session: ActiveSession, caller: Caller
) -> AsyncGenerator[ServerSentEvent, None]:
    def is_shown() -> bool:
        return box.sessions.active_at(station.id) is session and box.stations.get(station.id) == station

    async def may_stay() -> bool:
        return is_shown() and await still_stands(box, caller)

    try:
        async with aclosing(box.blurred.watch(station.camera or "", may_stay)) as pictures:
            async for shown in pictures:
                if not is_shown():
                    return
                jpeg = base64.b64encode(shown.jpeg).decode()
                message = PictureMessage(width=shown.width, height=shown.height, jpeg=jpeg)
                yield ServerSentEvent(data=message.model_dump_json(), event="picture", retry=RETRY_MS)
    except TooManyWatchers:
        return


async def _events(box: Box, station_id: str, caller: Caller) -> AsyncGenerator[ServerSentEvent, None]:
    # Subscribed in here, so that a reader who left before the first event leaves nothing behind.
    try:
        subscription = box.board.subscribe(station_id)
    except TooManyWatchers:
        return
    checked_s = box.clock.now_s()
    try:
        async for event in subscription:
            if box.clock.now_s() - checked_s >= RECHECK_S:
                if not await still_stands(box, caller):
                    return
                checked_s = box.clock.now_s()
            yield ServerSentEvent(data=event.data, event=event.name, id=str(event.id), retry=RETRY_MS)
    finally:
        box.board.unsubscribe(station_id, subscription)


def _station(box: Box, caller: Caller, station_id: str) -> Station:
    demand_station(caller, station_id)
    station = box.stations.get(station_id)
    if station is None:
        raise StationUnknown(f"There is no station {station_id}.")
    return station
