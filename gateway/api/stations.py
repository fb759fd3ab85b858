"""Stations: which there are, what is true at one, and a stream of what changes there."""

import logging
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Path
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from gateway.api.auth import Box, Caller, demand_station
from gateway.live.board import LiveBoard, TooManyWatchers
from gateway.live.snapshot import AlertMessage, Message, RepMessage, StationSnapshot
from gateway.sessions.admission import StationUnknown
from gateway.stations import Station

_log = logging.getLogger(__name__)

router = APIRouter(prefix="/stations", tags=["stations"])

StationId = Annotated[str, Path(max_length=64)]

# What the browser waits before it connects again.
RETRY_MS: Final = 1000
# A comment on the line keeps proxies from closing a stream that they take for idle.
PING_S: Final = 10
# A page that takes nothing for so long is gone, whatever its connection says.
SEND_TIMEOUT_S: Final = 10.0


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
        _events(box.board, station.id),
        ping=PING_S,
        send_timeout=SEND_TIMEOUT_S,
    )


async def _events(board: LiveBoard, station_id: str) -> AsyncIterator[ServerSentEvent]:
    # Subscribed in here, so that a reader who left before the first event leaves nothing behind.
    try:
        subscription = board.subscribe(station_id)
    except TooManyWatchers:
        return
    try:
        async for event in subscription:
            yield ServerSentEvent(data=event.data, event=event.name, id=str(event.id), retry=RETRY_MS)
    finally:
        board.unsubscribe(station_id, subscription)


def _station(box: Box, caller: Caller, station_id: str) -> Station:
    demand_station(caller, station_id)
    station = box.stations.get(station_id)
    if station is None:
        raise StationUnknown(f"There is no station {station_id}.")
    return station
