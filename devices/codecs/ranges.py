"""Supported ranges, characteristics 0x2AD4 to 0x2AD8: what a machine takes (FTMS 1.0.1 4.11-4.15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Final

from devices.codecs.fields import Number, Structure, Variable
from devices.rejection import FrameRejected


def _numbers(name: str, octets: int, resolution: Fraction, *, signed: bool) -> tuple[Number, ...]:
    return (
        Number(f"minimum_{name}", octets, resolution, signed=signed),
        Number(f"maximum_{name}", octets, resolution, signed=signed),
        Number(f"increment_{name}", octets, resolution),
    )


# Today's supplement counts tens in one octet, the SIG's XML of 2017 and machines in the field tenths
# in two: the length tells, and it tells how wide the resistance is in this machine's other frames.
_RESISTANCE = tuple(
    Variable(narrow, wide)
    for narrow, wide in zip(
        _numbers("resistance_level", 1, Fraction(10), signed=False),
        _numbers("resistance_level", 2, Fraction(1, 10), signed=True),
        strict=True,
    )
)

TABLES: Final[Mapping[str, Structure]] = MappingProxyType(
    {
        "2ad4": Structure("Speed Range", _numbers("speed_kmh", 2, Fraction(1, 100), signed=False)),
        "2ad5": Structure("Inclination Range", _numbers("incline_percent", 2, Fraction(1, 10), signed=True)),
        "2ad6": Structure("Resistance Range", _RESISTANCE),
        "2ad7": Structure("Heart Rate Range", _numbers("heart_rate_bpm", 1, Fraction(1), signed=False)),
        "2ad8": Structure("Power Range", _numbers("power_w", 2, Fraction(1), signed=True)),
    }
)


@dataclass(frozen=True, slots=True)
class Range:
    """The values that a machine takes, in the unit of its characteristic; an `increment` of 0.0: any."""

    minimum: float
    maximum: float
    increment: float


def decode(characteristic: str, payload: bytes) -> Range:
    """What a machine says it takes.

    Raises:
        FrameRejected: kinds `unsupported`, `truncated`, `trailing`, `width`, `value`.
    """
    table = TABLES.get(characteristic)
    if table is None:
        raise FrameRejected("unsupported", f"{characteristic[:16]!r} is no range; {', '.join(TABLES)} are")
    found = Range(*table.decode(payload).values())
    if found.minimum > found.maximum:
        raise FrameRejected(
            "value", f"{table.title}: the lowest, {found.minimum:g}, is above the highest, {found.maximum:g}"
        )
    return found


def encode(characteristic: str, values: Range, *, resistance_octets: int = 2) -> bytes:
    """Octets of a range.

    Raises:
        KeyError: the characteristic is no range.
        ValueError: a value does not fit.
    """
    table = TABLES[characteristic]
    named = dict(zip(table.names, (values.minimum, values.maximum, values.increment), strict=True))
    return table.encode(named, width=resistance_octets)


def resistance_octets(payload: bytes) -> int:
    """Octets per resistance in all frames of the machine whose 0x2AD6, already decoded, this is."""
    return len(payload) // len(TABLES["2ad6"].numbers)
