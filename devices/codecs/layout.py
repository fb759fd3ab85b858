"""Frames that announce their fields with flag bits, as tables.

A characteristic is a `Layout`: the width of its flags and, bit by bit, the numbers that a bit
announces. What a frame looks like follows from its flags and its length alone, so that is worked out
once and remembered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from devices.codecs.fields import MAX_FRAME_OCTETS, Number, Plan, Variable, of_width, plan
from devices.rejection import FrameRejected

MORE_DATA: Final = 0x01  # FTMS: flag bit 0

MAX_PLANS: Final = 256  # a machine uses one or two; garbage shall not fill the memory


@dataclass(frozen=True, slots=True)
class Block:
    """The numbers that one flag bit announces. Bit 0 announces inversely: present when clear."""

    bit: int
    numbers: tuple[Number | Variable, ...]

    def present(self, flags: int) -> bool:
        """Whether these flags announce the block."""
        return bool(flags >> self.bit & 1) != (self.bit == 0)


@dataclass(frozen=True, slots=True)
class Sign:
    """A flag bit that announces no number and is a statement by itself: 1.0 when set, or 0.0."""

    bit: int
    name: str


class Frame(NamedTuple):
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
    signs: tuple[Sign, ...] = ()

    @cached_property
    def reserved(self) -> int:
        """Mask of the flag bits that must be zero."""
        defined = sum(1 << block.bit for block in self.blocks) + sum(1 << sign.bit for sign in self.signs)
        return ~defined & (1 << 8 * self.flag_octets) - 1

    @cached_property
    def _plans(self) -> dict[tuple[bytes, int], Plan]:
        return {}

    def decode(self, payload: bytes) -> Frame:
        """Read one notification.

        Raises:
            FrameRejected: kinds `too_large`, `truncated`, `trailing`, `flags`, `width`.
        """
        key = (payload[: self.flag_octets], len(payload))
        known = self._plans.get(key)
        if known is None:
            known = self._plan(payload)
            if len(self._plans) >= MAX_PLANS:
                self._plans.clear()
            self._plans[key] = known
        values = known.read(payload)
        if self.signs:
            flags = int.from_bytes(key[0], "little")
            values |= {sign.name: float(flags >> sign.bit & 1) for sign in self.signs}
        return Frame(values, bool(payload[0] & MORE_DATA), known.width)

    def encode(self, values: Mapping[str, float], *, width: int | None = None) -> bytes:
        """Write one notification that states these numbers; without those of bit 0, More Data is set.

        A block is written when any of its numbers is given; its other numbers are marked as not
        available. `width`: octets of the variable numbers, two unless told or named otherwise.

        Raises:
            ValueError: an unknown name, a value out of range, or two editions of variable fields.
        """
        width = width or self._named_width(values)
        left = set(values)
        flags = 0
        body = b""
        for block in self.blocks:
            numbers = list(of_width(block.numbers, width))
            given = left.intersection(number.name for number in numbers)
            if bool(given) != (block.bit == 0):
                flags |= 1 << block.bit
            if given:
                body += b"".join(number.write(values.get(number.name)) for number in numbers)
                left -= given
        for sign in self.signs:
            flags |= bool(values.get(sign.name)) << sign.bit
            left.discard(sign.name)
        if left:
            raise ValueError(
                f"{self.title} has no field {', '.join(sorted(left))} (or not beside the others)"
            )
        return flags.to_bytes(self.flag_octets, "little") + body

    def _plan(self, payload: bytes) -> Plan:
        """The plan of a frame whose flags and length were not seen before."""
        length = len(payload)
        if length > MAX_FRAME_OCTETS:
            raise FrameRejected(
                "too_large", f"{self.title}: {length} octets, a characteristic has at most {MAX_FRAME_OCTETS}"
            )
        if length < self.flag_octets:
            raise FrameRejected(
                "truncated",
                f"{self.title}: the flags need {self.flag_octets} octets, the frame has {length}",
            )
        flags = int.from_bytes(payload[: self.flag_octets], "little")
        if flags & self.reserved:
            raise FrameRejected(
                "flags", f"{self.title}: reserved flag bits {_bits(flags & self.reserved)} are set"
            )
        announced = [number for block in self.blocks if block.present(flags) for number in block.numbers]
        return plan(self.title, announced, self.flag_octets, length)

    def _named_width(self, values: Mapping[str, float]) -> int:
        """The edition that the given names belong to; two octets in doubt, as most machines send."""
        variables = [n for block in self.blocks for n in block.numbers if isinstance(n, Variable)]
        return 1 if any(v.narrow.name in values and v.wide.name not in values for v in variables) else 2


def _bits(mask: int) -> str:
    return ", ".join(str(bit) for bit in range(mask.bit_length()) if mask >> bit & 1)
