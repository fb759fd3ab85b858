"""Commands in the machine's own terms: which op code and which range belong to what may be asked."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from devices.codecs.control_point import PAUSE, STOP, Op, Request
from devices.control.command import Command, Quantity, SetTarget, Start, Stop

OPS: Final[Mapping[Quantity, Op]] = MappingProxyType(
    {
        "speed_kmh": Op.SET_SPEED,
        "incline_percent": Op.SET_INCLINE,
        "resistance_level": Op.SET_RESISTANCE,
        "power_w": Op.SET_POWER,
    }
)
RANGES: Final[Mapping[str, Quantity]] = MappingProxyType(
    {"2ad4": "speed_kmh", "2ad5": "incline_percent", "2ad6": "resistance_level", "2ad8": "power_w"}
)
CONTROL: Final = Request(Op.REQUEST_CONTROL)


def request_of(command: Command, value: float | None = None) -> Request:
    """What to write for a command; `value`: the target after clamping."""
    match command:
        case Stop():
            return Request(Op.STOP, (PAUSE if command.pause else STOP,))
        case Start():
            return Request(Op.START)
        case SetTarget():
            return Request(OPS[command.quantity], (command.value if value is None else value,))
