"""Battery Level, characteristic 0x2A19: one octet of per cent (Battery Service 1.0)."""

from typing import Final

from devices.codecs.fields import Number, Structure
from devices.rejection import FrameRejected

FULL_PERCENT: Final = 100

LEVEL: Final = Structure("Battery Level", (Number("battery_percent", 1),))


def decode(payload: bytes) -> float:
    """Per cent left.

    Raises:
        FrameRejected: kinds `truncated`, `trailing`, `value`.
    """
    level = LEVEL.decode(payload)["battery_percent"]
    if level > FULL_PERCENT:
        raise FrameRejected("value", f"{LEVEL.title}: {level:g} %, more than full")
    return level


def encode(percent: float) -> bytes:
    """The octet of a level.

    Raises:
        ValueError: not between 0 and 100.
    """
    if not 0 <= percent <= FULL_PERCENT:
        raise ValueError(f"{LEVEL.title}: {percent} is not between 0 and {FULL_PERCENT}")
    return LEVEL.encode({"battery_percent": percent})
