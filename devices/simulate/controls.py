"""The control point of a simulated machine: who may ask what, and what it answers. Pure."""

from collections.abc import Mapping
from typing import Final

from devices.codecs import machine_status
from devices.codecs.control_point import (
    STOP,
    Op,
    Request,
    Response,
    Result,
    decode_request,
    encode_response,
)
from devices.codecs.machine_status import MachineStatus, StatusOp
from devices.codecs.ranges import Range
from devices.rejection import FrameRejected

_OFF_THE_INCREMENT: Final = 1e-6


class Controls:
    """What a machine was asked for, by whoever has control; people at its console come first.

    `only_at_console`: it starts for nobody but somebody who presses START, as many makers have it.
    """

    def __init__(self, ranges: Mapping[Op, Range], *, only_at_console: bool = False) -> None:
        self.targets: dict[Op, float] = {}
        self.running = False
        self.permitted = False
        self._ranges = ranges
        self._only_at_console = only_at_console

    def write(self, payload: bytes) -> bytes:
        """Do what is asked, if it may be; the indication that answers."""
        try:
            request = decode_request(payload)
        except FrameRejected as rejection:
            known = payload[:1] and payload[0] in set(Op)
            result = Result.INVALID_PARAMETER if known and rejection.kind != "value" else Result.NOT_SUPPORTED
            return encode_response(Response(payload[0] if payload else 0, result))
        return encode_response(Response(request.op, self._ask(request)))

    def person_starts(self) -> bytes:
        """Somebody presses START: the status that tells of it."""
        self.running = True
        return machine_status.encode(MachineStatus(StatusOp.STARTED_BY_USER))

    def person_stops(self) -> bytes:
        """Somebody presses STOP: targets are forgotten, control is kept."""
        self._stop()
        return machine_status.encode(MachineStatus(StatusOp.STOPPED_BY_USER, (STOP,)))

    def safety_key_pulled(self) -> tuple[bytes, bytes]:
        """Somebody pulls the safety key: everything ends, control too."""
        self.link_lost()
        self._stop()
        ops = (StatusOp.STOPPED_BY_SAFETY_KEY, StatusOp.CONTROL_LOST)
        return machine_status.encode(MachineStatus(ops[0])), machine_status.encode(MachineStatus(ops[1]))

    def link_lost(self) -> None:
        """Whoever had control has it no more; the machine goes on as it is."""
        self.permitted = False

    def _ask(self, request: Request) -> Result:
        if request.op is Op.REQUEST_CONTROL:
            self.permitted = True
            return Result.SUCCESS
        if not self.permitted:
            return Result.NOT_PERMITTED
        match request.op:
            case Op.RESET:
                self._stop()
                self.permitted = False
            case Op.START:
                return self._start()
            case Op.STOP:
                self._stop()
            case op if op in self._ranges:
                return self._aim(op, request.values[0])
            case _:
                return Result.NOT_SUPPORTED
        return Result.SUCCESS

    def _start(self) -> Result:
        if self.running:
            return Result.FAILED
        if self._only_at_console:
            return Result.NOT_PERMITTED
        self.running = True
        return Result.SUCCESS

    def _stop(self) -> None:
        self.running = False
        self.targets.clear()

    def _aim(self, op: Op, value: float) -> Result:
        allowed = self._ranges[op]
        steps = (value - allowed.minimum) / allowed.increment
        if not allowed.minimum <= value <= allowed.maximum or abs(steps - round(steps)) > _OFF_THE_INCREMENT:
            return Result.INVALID_PARAMETER
        self.targets[op] = value
        return Result.SUCCESS
