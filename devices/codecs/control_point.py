"""Fitness Machine Control Point, characteristic 0x2AD9: what is asked, what is answered (FTMS 1.0.1 4.16)."""

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Final

from devices.codecs import targets
from devices.codecs.fields import Number, Structure
from devices.codecs.operations import Operations
from devices.rejection import FrameRejected

TITLE: Final = "Control Point"
MAX_PARAMETER_OCTETS: Final = 17  # of a response (table 4.23)

STOP: Final = 1.0  # the two values of `Op.STOP`
PAUSE: Final = 2.0


@unique
class Op(IntEnum):
    """What can be asked (table 4.15)."""

    REQUEST_CONTROL = 0x00
    RESET = 0x01
    SET_SPEED = 0x02
    SET_INCLINE = 0x03
    SET_RESISTANCE = 0x04
    SET_POWER = 0x05
    SET_HEART_RATE = 0x06
    START = 0x07  # or resume
    STOP = 0x08  # or pause
    SET_ENERGY = 0x09
    SET_STEPS = 0x0A
    SET_STRIDES = 0x0B
    SET_DISTANCE = 0x0C
    SET_TIME = 0x0D
    SET_TIME_IN_2_ZONES = 0x0E
    SET_TIME_IN_3_ZONES = 0x0F
    SET_TIME_IN_5_ZONES = 0x10
    SIMULATE_ROAD = 0x11
    SET_WHEEL = 0x12
    SPIN_DOWN = 0x13
    SET_CADENCE = 0x14
    RESPONSE = 0x80


@unique
class Result(IntEnum):
    """How it went (table 4.24)."""

    SUCCESS = 1
    NOT_SUPPORTED = 2
    INVALID_PARAMETER = 3
    FAILED = 4  # for example: start, when it runs already
    NOT_PERMITTED = 5  # control was never asked for, or is lost


REQUESTS: Final = Operations(
    TITLE,
    {
        Op.REQUEST_CONTROL: targets.NOTHING,
        Op.RESET: targets.NOTHING,
        Op.SET_SPEED: targets.SPEED,
        Op.SET_INCLINE: targets.INCLINE,
        Op.SET_RESISTANCE: targets.RESISTANCE,
        Op.SET_POWER: targets.POWER,
        Op.SET_HEART_RATE: targets.HEART_RATE,
        Op.START: targets.NOTHING,
        Op.STOP: targets.STOP,
        Op.SET_ENERGY: targets.ENERGY,
        Op.SET_STEPS: targets.STEPS,
        Op.SET_STRIDES: targets.STRIDES,
        Op.SET_DISTANCE: targets.DISTANCE,
        Op.SET_TIME: targets.TIME,
        Op.SET_TIME_IN_2_ZONES: targets.TIME_IN_2_ZONES,
        Op.SET_TIME_IN_3_ZONES: targets.TIME_IN_3_ZONES,
        Op.SET_TIME_IN_5_ZONES: targets.TIME_IN_5_ZONES,
        Op.SIMULATE_ROAD: targets.SIMULATION,
        Op.SET_WHEEL: targets.WHEEL,
        Op.SPIN_DOWN: Structure("spin down", (Number("spin_down", 1),), frozenset({1.0, 2.0})),
        Op.SET_CADENCE: targets.CADENCE,
    },
)


@dataclass(frozen=True, slots=True)
class Request:
    """A write to the control point; `values` in the units and the order of table 4.15."""

    op: Op
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Response:
    """The indication that ends a procedure. `op` is what was asked, even where no `Op` has that number."""

    op: int
    result: Result
    parameters: bytes = b""


def encode_request(request: Request, *, resistance_octets: int = 2) -> bytes:
    """Octets to write; `resistance_octets` as wide as the machine's 2AD6 says it is.

    Raises:
        ValueError: too many or too few values, or one that does not fit.
    """
    return REQUESTS.encode(request.op, request.values, width=resistance_octets)


def decode_request(payload: bytes) -> Request:
    """What a write asks.

    Raises:
        FrameRejected: kinds `truncated`, `trailing`, `width`, `value`.
    """
    return Request(*REQUESTS.decode(payload))


def encode_response(response: Response) -> bytes:
    """Octets to indicate.

    Raises:
        ValueError: the op code or the parameters do not fit.
    """
    if len(response.parameters) > MAX_PARAMETER_OCTETS:
        raise ValueError(f"{TITLE}: a response has at most {MAX_PARAMETER_OCTETS} octets of parameters")
    return bytes([Op.RESPONSE, response.op, response.result]) + response.parameters


def decode_response(payload: bytes) -> Response:
    """What a machine answers.

    Raises:
        FrameRejected: kinds `truncated`, `trailing`, `value`.
    """
    if len(payload) < 3:  # noqa: PLR2004 - response, op, result
        raise FrameRejected("truncated", f"{TITLE}: a response has 3 octets or more, this has {len(payload)}")
    code, op, result, *parameters = payload
    if code != Op.RESPONSE:
        raise FrameRejected("value", f"{TITLE}: a response begins with 0x80, this with 0x{code:02x}")
    if len(parameters) > MAX_PARAMETER_OCTETS:
        raise FrameRejected("trailing", f"{TITLE}: {len(parameters)} octets of parameters follow the result")
    if result not in set(Result):
        raise FrameRejected("value", f"{TITLE}: the standard has no result 0x{result:02x}")
    return Response(Op(op) if op in set(Op) else op, Result(result), bytes(parameters))
