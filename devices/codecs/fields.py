"""A table-driven core for GATT characteristics that announce their fields with flag bits.

A characteristic is a `Layout`: the width of its flags and, bit by bit, the numbers that a bit
announces. Decoding checks that the octets add up exactly; one octet too few or too many refuses
the frame and says where. All numbers are little endian (FTMS 1.0.1 section 4).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from devices.rejection import FrameRejected

MAX_FRAME_OCTETS: Final = 512  # longest attribute value that ATT allows

MORE_DATA: Final = 0x01  # FTMS: flag bit 0


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

    def read(self, octets: bytes) -> float | None:
        """Value in the unit of the name, or None when it is not available."""
        raw = int.from_bytes(octets, "little", signed=self.signed)
        if raw == self.unavailable:
            return None
        return raw * self.resolution.numerator / self.resolution.denominator

    def write(self, value: float | None) -> bytes:
        """Octets of a value, rounded to the resolution.

        Raises:
            ValueError: the value does not fit, or None where the standard has no word for it.
        """
        if value is None:
            if self.unavailable is None:
                raise ValueError(f"{self.name}: the standard has no way to say 'not available'")
            raw = self.unavailable
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


@dataclass(frozen=True, slots=True)
class Block:
    """The numbers that one flag bit announces. Bit 0 announces inversely: present when clear."""

    bit: int
    numbers: tuple[Number | Variable, ...]

    def present(self, flags: int) -> bool:
        """Whether these flags announce the block."""
        return bool(flags >> self.bit & 1) != (self.bit == 0)


@dataclass(frozen=True, slots=True)
class Frame:
    """What one notification says: its available numbers by name.

    `more`: further notifications belong to the same record (FTMS 4.19).
    `width`: octets per variable number, None when the frame has none.
    """

    values: Mapping[str, float]
    more: bool = False
    width: int | None = None


@dataclass(frozen=True)
class Layout:
    """The table of one characteristic."""

    title: str
    flag_octets: int
    blocks: tuple[Block, ...]
    bits_without_field: int = 0

    @cached_property
    def reserved(self) -> int:
        """Mask of the flag bits that must be zero."""
        defined = self.bits_without_field
        for block in self.blocks:
            defined |= 1 << block.bit
        return ~defined & (1 << 8 * self.flag_octets) - 1

    def decode(self, payload: bytes) -> Frame:
        """Read one notification.

        Raises:
            FrameRejected: kinds `too_large`, `truncated`, `trailing`, `flags`, `width`.
        """
        flags = self._flags(payload)
        announced = [number for block in self.blocks if block.present(flags) for number in block.numbers]
        width = self._width(announced, len(payload) - self.flag_octets)
        values: dict[str, float] = {}
        at = self.flag_octets
        for number in _resolved(announced, width):
            end = at + number.octets
            if end > len(payload):
                raise FrameRejected(
                    "truncated",
                    f"{self.title}: {number.name} needs octets {at} to {end - 1}, "
                    f"the frame ends after {len(payload)}",
                )
            value = number.read(payload[at:end])
            if value is not None:
                values[number.name] = value
            at = end
        if at != len(payload):
            raise FrameRejected(
                "trailing",
                f"{self.title}: {len(payload) - at} octets follow the last field, which ends at {at}",
            )
        return Frame(values, more=bool(flags & MORE_DATA), width=width)

    def encode(self, values: Mapping[str, float], *, flags: int = 0) -> bytes:
        """Write one notification that states these numbers; without those of bit 0, More Data is set.

        A block is written when any of its numbers is given; its other numbers are marked as not
        available. `flags` adds bits that announce no field.

        Raises:
            ValueError: an unknown name, a value out of range, or two editions of variable fields.
        """
        width = self._named_width(values)
        left = set(values)
        body = b""
        for block in self.blocks:
            numbers = list(_resolved(block.numbers, width))
            given = left.intersection(number.name for number in numbers)
            if bool(given) != (block.bit == 0):
                flags |= 1 << block.bit
            if given:
                body += b"".join(number.write(values.get(number.name)) for number in numbers)
                left -= given
        if left:
            raise ValueError(
                f"{self.title} has no field {', '.join(sorted(left))} (or not beside the others)"
            )
        return flags.to_bytes(self.flag_octets, "little") + body

    def _flags(self, payload: bytes) -> int:
        if len(payload) > MAX_FRAME_OCTETS:
            raise FrameRejected(
                "too_large",
                f"{self.title}: {len(payload)} octets, a characteristic has at most {MAX_FRAME_OCTETS}",
            )
        if len(payload) < self.flag_octets:
            raise FrameRejected(
                "truncated",
                f"{self.title}: the flags need {self.flag_octets} octets, the frame has {len(payload)}",
            )
        flags = int.from_bytes(payload[: self.flag_octets], "little")
        if flags & self.reserved:
            raise FrameRejected(
                "flags", f"{self.title}: reserved flag bits {_bits(flags & self.reserved)} are set"
            )
        return flags

    def _width(self, announced: list[Number | Variable], octets: int) -> int | None:
        """Octets per variable number, from what the fixed ones leave over."""
        variable = sum(isinstance(number, Variable) for number in announced)
        if not variable:
            return None
        rest = octets - sum(number.octets for number in announced if isinstance(number, Number))
        width, remainder = divmod(rest, variable)
        if remainder or width not in {1, 2}:
            raise FrameRejected(
                "width",
                f"{self.title}: {rest} octets are left for {variable} fields of one or two octets each",
            )
        return width

    def _named_width(self, values: Mapping[str, float]) -> int:
        """The edition that the given names belong to; two octets, today's, when none is variable."""
        variables = [n for block in self.blocks for n in block.numbers if isinstance(n, Variable)]
        return 1 if any(variable.narrow.name in values for variable in variables) else 2


def _resolved(
    numbers: tuple[Number | Variable, ...] | list[Number | Variable], width: int | None
) -> Iterator[Number]:
    for number in numbers:
        yield number.of_width(width or 2) if isinstance(number, Variable) else number


def _bits(mask: int) -> str:
    return ", ".join(str(bit) for bit in range(mask.bit_length()) if mask >> bit & 1)
