"""Numbers as octets: what every table of this package is made of, and the one reader and writer of it.

All numbers are little endian (FTMS 1.0.1 section 4). Reading checks that the octets add up exactly;
one octet too few or too many refuses the frame and says where.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from struct import Struct
from typing import Final, NamedTuple

from devices.rejection import FrameRejected

MAX_FRAME_OCTETS: Final = 512  # longest attribute value that ATT allows

_THREE = 3
_FORMATS = {  # octets and sign, as the struct module writes them
    (1, False): "B",
    (2, False): "H",
    (2, True): "h",
    (_THREE, False): "3s",
    (4, False): "I",
}


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a frame: its name (ends in the unit), width in octets and resolution.

    `unavailable` is the raw value with which the standard says "data not available".
    """

    name: str
    octets: int
    resolution: Fraction = Fraction(1)
    signed: bool = False
    unavailable: int | None = None

    def write(self, value: float | None) -> bytes:
        """Octets of a value, rounded to the resolution.

        Raises:
            ValueError: the value does not fit, or None where the standard has no word for it.
        """
        if value is None:
            if self.unavailable is None:
                raise ValueError(f"{self.name}: the standard has no way to say 'not available'")
            raw = self.unavailable
        elif not math.isfinite(value):
            raise ValueError(f"{self.name}: {value} is not a number")
        else:
            raw = round(value * self.resolution.denominator / self.resolution.numerator)
            if raw == self.unavailable:
                raise ValueError(f"{self.name}: {value} is the mark for 'not available'")
        try:
            return raw.to_bytes(self.octets, "little", signed=self.signed)
        except OverflowError as error:
            raise ValueError(f"{self.name}: {value} does not fit in {self.octets} octets") from error


@dataclass(frozen=True, slots=True)
class Variable:
    """A number whose width depends on the edition of the standard that a machine follows.

    The documents disagree on treadmill pace and on resistance level (one octet or two); the length
    of the frame decides, and every variable number of one frame has the same width.
    """

    narrow: Number  # one octet
    wide: Number  # two octets

    def of_width(self, octets: int) -> Number:
        """The edition that uses this width."""
        return self.narrow if octets == self.narrow.octets else self.wide


class Scale(NamedTuple):
    """How the raw integer of a number becomes a value."""

    name: str
    unavailable: int | None
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read every frame that has the same numbers and the same length.

    `threes`: which numbers have three octets, for which the struct module knows no integer.
    `width`: octets per variable number, None when there is none.
    """

    octets: Struct
    threes: tuple[int, ...]
    scales: tuple[Scale, ...]
    width: int | None

    def read(self, payload: bytes) -> dict[str, float]:
        """The available numbers by name, in the order of the frame."""
        raws = list(self.octets.unpack(payload))
        for i in self.threes:
            raws[i] = int.from_bytes(raws[i], "little")
        return {
            name: raw * numerator / denominator
            for raw, (name, unavailable, numerator, denominator) in zip(raws, self.scales, strict=True)
            if raw != unavailable
        }


def plan(title: str, numbers: Sequence[Number | Variable], start: int, length: int) -> Plan:
    """Lay out numbers from octet `start` of a frame of `length` octets.

    Raises:
        FrameRejected: kinds `truncated`, `trailing`, `width`.
    """
    width = _width(title, numbers, length - start)
    laid = tuple(of_width(numbers, width or 2))
    at = start
    for number in laid:
        if at + number.octets > length:
            raise FrameRejected(
                "truncated",
                f"{title}: {number.name} needs octets {at} to {at + number.octets - 1}, "
                f"the frame ends after {length}",
            )
        at += number.octets
    if at != length:
        raise FrameRejected(
            "trailing", f"{title}: {length - at} octets follow the last field, which ends at {at}"
        )
    return Plan(
        octets=Struct(f"<{start}x" + "".join(_FORMATS[number.octets, number.signed] for number in laid)),
        threes=tuple(i for i, number in enumerate(laid) if number.octets == _THREE),
        scales=tuple(Scale(n.name, n.unavailable, *n.resolution.as_integer_ratio()) for n in laid),
        width=width,
    )


def of_width(numbers: Sequence[Number | Variable], width: int) -> Iterator[Number]:
    """The numbers in the edition whose variable ones have this many octets."""
    for number in numbers:
        yield number.of_width(width) if isinstance(number, Variable) else number


@dataclass(frozen=True, slots=True)
class Structure:
    """A characteristic, or a parameter, that always has the same numbers.

    `choices`: the only values that its number may have; any, when there are none.
    """

    title: str
    numbers: tuple[Number | Variable, ...] = ()
    choices: frozenset[float] = frozenset()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its numbers, in order."""
        return tuple(number.name for number in of_width(self.numbers, 2))

    def decode(self, payload: bytes, *, start: int = 0) -> dict[str, float]:
        """The numbers from octet `start` to the end.

        Raises:
            FrameRejected: kinds `truncated`, `trailing`, `width`, `value`.
        """
        values = plan(self.title, self.numbers, start, len(payload)).read(payload)
        unknown = set(values.values()) - self.choices
        if self.choices and unknown:
            raise FrameRejected("value", f"{self.title}: {min(unknown):g} means nothing in the standard")
        return values

    def encode(self, values: Mapping[str, float], *, width: int = 2) -> bytes:
        """Octets of these numbers; `width` is that of the variable ones.

        Raises:
            ValueError: an unknown name, a value out of range, or a number left out.
        """
        numbers = tuple(of_width(self.numbers, width))
        unknown = values.keys() - {number.name for number in numbers}
        if unknown:
            raise ValueError(f"{self.title} has no field {', '.join(sorted(unknown))}")
        if self.choices and not self.choices.issuperset(values.values()):
            raise ValueError(f"{self.title}: one of {sorted(self.choices)}, not {dict(values)}")
        return b"".join(number.write(values.get(number.name)) for number in numbers)


def _width(title: str, numbers: Sequence[Number | Variable], octets: int) -> int | None:
    """Octets per variable number, from what the fixed ones leave over."""
    variable = sum(isinstance(number, Variable) for number in numbers)
    if not variable:
        return None
    rest = octets - sum(number.octets for number in numbers if isinstance(number, Number))
    width, remainder = divmod(rest, variable)
    if remainder or width not in {1, 2}:
        raise FrameRejected(
            "width", f"{title}: {rest} octets are left for {variable} fields of one or two octets each"
        )
    return width
