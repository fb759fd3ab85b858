"""Op codes with parameters, as tables: the octets of the control point and of the machine status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Generic, TypeVar

from devices.codecs.fields import Structure
from devices.rejection import FrameRejected

_Op = TypeVar("_Op", bound=IntEnum)


@dataclass(frozen=True, slots=True)
class Operations(Generic[_Op]):
    """The op codes of one characteristic and what follows each."""

    title: str
    parameters: Mapping[_Op, Structure]

    def decode(self, payload: bytes) -> tuple[_Op, tuple[float, ...]]:
        """The op code and its values, in order.

        Raises:
            FrameRejected: kinds `truncated`, `trailing`, `width`, `value`.
        """
        if not payload:
            raise FrameRejected("truncated", f"{self.title}: the frame is empty")
        for op, structure in self.parameters.items():
            if op == payload[0]:
                return op, tuple(structure.decode(payload, start=1).values())
        raise FrameRejected("value", f"{self.title}: the standard has no op code 0x{payload[0]:02x} here")

    def encode(self, op: _Op, values: Sequence[float], *, width: int = 2) -> bytes:
        """Octets of an op code and its values; `width` is that of a resistance.

        Raises:
            ValueError: too many or too few values, or one that does not fit.
        """
        structure = self.parameters.get(op)
        if structure is None or len(structure.names) != len(values):
            raise ValueError(f"{self.title}: {op.name} does not take {len(values)} values")
        named = dict(zip(structure.names, values, strict=True))
        return bytes([op]) + structure.encode(named, width=width)
