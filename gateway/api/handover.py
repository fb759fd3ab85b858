"""A check-in that goes on at a phone: the code that a kiosk shows, and what the phone may do with it.

The phone has no token. Its ticket lets it do what the welcome of one station's kiosk does, once.
"""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Path, Request, status
from pydantic import BaseModel, ConfigDict, Field

from devices.registry import DeviceView
from gateway.api.auth import Box, Caller, client_of, context_of, demand_patience, demand_station, still_stands
from gateway.api.links import link_from_elsewhere, qr_code
from gateway.api.problem import Problem
from gateway.api.sessions import CheckInWish, begin_session
from gateway.api.v1 import v1_router
from gateway.discovery.addresses import is_loopback, lan_address
from gateway.handovers import RENEW_S, HandoverOver, Ticket
from gateway.live.snapshot import Message, StationName
from gateway.members.pins import Regular
from gateway.sessions.admission import StationBusy, StationUnknown
from gateway.stations import Station

router = v1_router("handover")

Secret = Annotated[str, Field(min_length=1, max_length=64, description="What the code has behind its #.")]


class Offer(Message):
    """A code to show."""

    url: str = Field(description="What the code says: the phone's page, the ticket behind the #.")
    qr: str = Field(description="The same as a QR code, an SVG.")
    renew_in_s: float = Field(description="When to ask for the next one; this one holds longer.")


class TicketBody(BaseModel):
    """The ticket of a code."""

    model_config = ConfigDict(extra="forbid")

    ticket: Secret


class Band(Message):
    """A heart-rate band to choose."""

    id: str
    kind: str
    link: str
    rssi_dbm: int | None = Field(description="Null: no bridge tells how near it is.")


class Welcome(Message):
    """What the kiosk's own welcome offers."""

    station: StationName
    ends_in_s: float = Field(description="For how long the ticket still holds.")
    has_camera: bool
    exercises: list[str]
    devices: list[Band]
    regulars: list[Regular]


class PhoneCheckIn(CheckInWish):
    """Who wants to do what, with a ticket."""

    ticket: Secret


class CheckedIn(Message):
    """Where the member trains now; who they are stands on the kiosk, as it shows names."""

    station: StationName


@router.post(
    "/stations/{station_id}/handover",
    summary="A code with which a phone checks in here",
    status_code=status.HTTP_201_CREATED,
)
async def offer(
    station_id: Annotated[str, Path(max_length=64)], request: Request, box: Box, caller: Caller
) -> Offer:
    """Make a one-time ticket for two minutes and show it as a QR code.

    It is over when somebody checks in at the station. 409 while somebody trains, or when no phone could
    reach the box.
    """
    demand_station(caller, station_id)
    station = _free_station(box, station_id)
    if _is_reached_here_alone(request, box):
        raise Problem(
            HTTPStatus.CONFLICT,
            "no-way-for-phones",
            "No phone reaches this box: it has no network, or `[http] host` keeps to the machine itself.",
        )
    fragment = box.handovers.issue(station.id, caller)
    url = link_from_elsewhere(request, "/phone", fragment=fragment)
    return Offer(url=url, qr=qr_code(url), renew_in_s=RENEW_S)


@router.post("/handover", summary="What a phone may choose from")
async def open_handover(body: TicketBody, request: Request, box: Box) -> Welcome:
    """Return what the station's kiosk offers at its welcome; 410 when the ticket is over.

    Ten wrong tickets in a minute have to wait (429).
    """
    ticket = await _look(request, box, body.ticket)
    station = _free_station(box, ticket.station_id)
    bands = [each for each in box.devices.all(box.clock.now_s()) if each.profile.kind == "heart_rate"]
    return Welcome(
        station=StationName(id=station.id, name=station.name),
        ends_in_s=box.handovers.left_s(ticket),
        has_camera=station.camera is not None,
        exercises=list(station.exercises),
        devices=[_band(each) for each in bands],
        regulars=await box.pins.regulars(station.id),
    )


@router.post("/handover/check-in", summary="Check in from a phone", status_code=status.HTTP_201_CREATED)
async def check_in(body: PhoneCheckIn, request: Request, box: Box) -> CheckedIn:
    """Begin a session at the ticket's station, as its kiosk would; who has a PIN says it.

    The ticket is used up by that. What was refused may be tried again while it holds.
    """
    await _look(request, box, body.ticket)
    with box.handovers.use(body.ticket) as ticket:
        station = _free_station(box, ticket.station_id)
        await box.pins.demand(body.member_id, body.pin)
        await begin_session(box, station.id, body)
    return CheckedIn(station=StationName(id=station.id, name=station.name))


async def _look(request: Request, box: Box, secret: str) -> Ticket:
    """Return what a ticket is good for; those that are none count like wrong tokens.

    Raises:
        HandoverOver: nothing any more.
        Problem: 429.
    """
    throttle, client, now_s = context_of(request).throttle, client_of(request), box.clock.now_s()
    demand_patience(throttle.wait_s(client, now_s))
    try:
        ticket = box.handovers.look(secret)
    except HandoverOver:
        throttle.failed(client, now_s)
        raise
    if not await still_stands(box, ticket.by):
        raise HandoverOver("The screen that showed this code is not signed in any more.")
    return ticket


def _free_station(box: Box, station_id: str) -> Station:
    station = box.stations.get(station_id)
    if station is None:
        raise StationUnknown(f"There is no station {station_id}.")
    if box.sessions.active_at(station_id) is not None:
        raise StationBusy(f"Somebody trains at {station.name}. End that session first.")
    return station


def _is_reached_here_alone(request: Request, box: Box) -> bool:
    asked = urlsplit(str(request.base_url)).hostname or ""
    if not is_loopback(asked):
        return False
    return is_loopback(box.configuration.config.http.host) or lan_address() is None


def _band(view: DeviceView) -> Band:
    return Band(id=view.id, kind=view.profile.kind, link=view.link, rssi_dbm=view.rssi_dbm)
