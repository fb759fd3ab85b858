"""What a machine says beside its telemetry, taken from the octets: answers, status, ranges, its link."""

from dataclasses import dataclass
from typing import Final

from devices.codecs import machine_status, ranges
from devices.codecs.control_point import Response, decode_response
from devices.codecs.machine_status import MachineStatus
from devices.codecs.ranges import Range
from devices.control.command import Quantity
from devices.control.requests import RANGES
from devices.rejection import FrameRejected

_RESISTANCE_OCTETS: Final = {3: 1, 6: 2}  # of a level, by the length of 2AD6


@dataclass(frozen=True, slots=True)
class Supported:
    """What the machine takes of one quantity, and how many octets its control point has for it."""

    quantity: Quantity
    range: Range
    octets: int = 2


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """The bridge reaches the machine, or does not any more."""

    up: bool


MachineNews = Response | MachineStatus | Supported | LinkChanged


def decode(characteristic: str, payload: bytes) -> MachineNews | None:
    """What a frame of 2AD4 to 2AD9, 2ADA or `link` says; None for what nobody here asks for.

    Raises:
        FrameRejected: the octets do not add up.
    """
    if characteristic in RANGES:
        octets = _RESISTANCE_OCTETS.get(len(payload), 2)
        return Supported(RANGES[characteristic], ranges.decode(characteristic, payload), octets)
    if characteristic == "2ad9":
        return decode_response(payload)
    if characteristic == "2ada":
        return machine_status.decode(payload)
    if characteristic != "link":
        return None
    if payload not in (b"up", b"down"):
        raise FrameRejected("value", "a link is `up` or `down`")
    return LinkChanged(up=payload == b"up")
