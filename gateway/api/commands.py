"""Commanding machines: start, stop and targets, a person's word, and the steps that a machine follows."""

from http import HTTPStatus
from typing import Annotated, Final, Literal, Self

from fastapi import Path, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from devices.control.command import Quantity
from devices.control.effects import OutcomeName
from gateway.api.auth import Box, Caller, demand_station
from gateway.api.problem import Problem
from gateway.api.services import BoxServices
from gateway.api.v1 import v1_router
from gateway.commands.machine import NAMES
from gateway.commands.plans import MAX_STEPS, PlanProgress, PlanStep
from gateway.commands.service import Caller as Asker
from gateway.commands.service import Order
from gateway.live.snapshot import Message
from gateway.sessions.admission import StationUnknown
from gateway.tokens import Principal

router = v1_router("commands")

Id = Annotated[str, Path(max_length=128)]
CommandName = Literal["stop", "pause", "start", "set_speed", "set_incline", "set_resistance", "set_power"]

_QUANTITIES: Final[dict[str, Quantity]] = {name: quantity for quantity, name in NAMES.items()}


class CommandBody(BaseModel):
    """What a machine is to do. `stop` and `pause` need nothing else and are always allowed."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    command: CommandName
    value: float | None = Field(
        default=None,
        description="The target: km/h, percent, the machine's level, or W; clamped to the machine's range "
        "and the operator's limit. Between two of the machine's steps it is refused.",
    )
    session_id: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        default=None, description="The session that runs at the machine; everything but a stop needs it."
    )
    expires_at: AwareDatetime | None = Field(
        default=None,
        description="When the command is worth nothing any more: 2 s from now when left out, 10 s at most.",
    )
    command_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = Field(
        default=None, description="Yours, unique: the same one is never carried out twice."
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.command in _QUANTITIES and self.value is None:
            raise ValueError(f"{self.command} needs a value")
        if self.command not in _QUANTITIES and self.value is not None:
            raise ValueError(f"{self.command} takes no value")
        if self.command not in ("stop", "pause") and self.session_id is None:
            raise ValueError(f"{self.command} needs the session_id of the session at the machine")
        return self


class CommandReport(Message):
    """What became of a command."""

    command_id: str
    outcome: OutcomeName = Field(description="`done`: the machine did it; `sent`: it has not answered yet.")
    value: float | None = Field(description="The target that was sent, after clamping; null for a stop.")
    reason: str


class StepsBody(BaseModel):
    """The steps of a session's plan, in order."""

    model_config = ConfigDict(extra="forbid")

    steps: Annotated[list[PlanStep], Field(min_length=1, max_length=MAX_STEPS)]


@router.post("/devices/{device_id}/commands", summary="Command a machine")
async def command(
    device_id: Id, body: CommandBody, box: Box, caller: Caller, response: Response
) -> CommandReport:
    """Have a machine do something, if the safety rules allow it at this moment.

    Answers 200 when the machine has done it, 202 when it has not answered within three seconds, 409 when a
    rule forbids it (`rule` is its number) or the machine declines, 503 when there is no way to it. `stop` and
    `pause` are taken from every caller, at any time, and go first. The event log gets every command.
    """
    asker = _asker(caller)
    if body.command in ("stop", "pause"):
        outcome = await box.commands.stop(device_id, asker, pause=body.command == "pause")
    else:
        _demand_machine(box, caller, device_id)
        order = Order(
            session_id=body.session_id or "",
            quantity=_QUANTITIES.get(body.command),
            value=body.value or 0.0,
            expires_at=body.expires_at,
            command_id=body.command_id,
        )
        outcome = await box.commands.order(device_id, order, asker)
    if outcome.outcome == "sent":
        response.status_code = HTTPStatus.ACCEPTED
    return CommandReport(
        command_id=outcome.command.id, outcome=outcome.outcome, value=outcome.value, reason=outcome.reason
    )


@router.post("/stations/{station_id}/confirm", summary="Say that a person stands ready", status_code=204)
async def confirm(station_id: Id, box: Box, caller: Caller) -> None:
    """Take the word of the person at the kiosk: for ten seconds the machine may be started; the box goes on.

    Only the station's own kiosk can say so: an operator may be anywhere. After the safety key was pulled it
    is not enough; then START on the machine is.
    """
    demand_station(caller, station_id)
    if caller.role != "kiosk" and caller.token_id is not None:
        raise Problem(
            HTTPStatus.FORBIDDEN, "forbidden", "Only the kiosk of the station can say that a person is there."
        )
    station = box.stations.get(station_id)
    if station is None:
        raise StationUnknown(f"There is no station {station_id}.")
    if station.treadmill is None:
        raise Problem(HTTPStatus.CONFLICT, "no-machine", f"{station.name} has no machine.")
    box.commands.confirm(station.treadmill, _asker(caller))


@router.put("/sessions/{session_id}/steps", summary="Give a session the steps of its plan")
async def put_steps(session_id: Id, body: StepsBody, box: Box, caller: Caller) -> PlanProgress:
    """Follow these steps from their beginning.

    Nothing is set before a person at the machine confirms. Where the operator has not given the box control,
    the current step's targets are an offer for the kiosk to show.
    """
    demand_station(caller, (await box.sessions.get(session_id)).station_id)
    return box.plans.set_steps(session_id, body.steps, _asker(caller))


@router.get("/sessions/{session_id}/steps", summary="Where a session stands in its plan")
async def get_steps(session_id: Id, box: Box, caller: Caller) -> PlanProgress:
    """Return the steps, the current one, and what it asks of the machine."""
    demand_station(caller, (await box.sessions.get(session_id)).station_id)
    return box.plans.progress(session_id)


def _asker(caller: Principal) -> Asker:
    return Asker("kiosk" if caller.role == "kiosk" else "operator", caller.label)


def _demand_machine(box: BoxServices, caller: Principal, device_id: str) -> None:
    """Let a kiosk command the machine of its own station only."""
    if caller.role == "operator":
        return
    station = next((each.id for each in box.stations.values() if each.treadmill == device_id), "")
    demand_station(caller, station)
