"""Treadmill Data, characteristic 0x2ACD (FTMS 1.0.1 table 4.5; GATT Specification Supplement)."""

from fractions import Fraction
from typing import Final

from devices.codecs import quantities as q
from devices.codecs.fields import Number, Variable
from devices.codecs.layout import Block, Layout

_TENTH = Fraction(1, 10)
_NO_SINT16 = 0x7FFF


def _pace(name: str) -> Variable:
    # Today's supplement counts seconds per 500 m in two octets; the SIG's XML of 2017, which
    # machines in the field follow, 0.1 km/min in one.
    return Variable(narrow=Number(f"{name}_km_per_min", 1, _TENTH), wide=q.pace(name))


LAYOUT: Final = Layout(
    title="Treadmill Data",
    flag_octets=2,
    blocks=(
        Block(0, q.SPEED),
        Block(1, q.AVERAGE_SPEED),
        Block(2, q.DISTANCE),
        Block(3, q.INCLINE),
        # In tenths here, in whole metres in the tables of the other machines.
        Block(4, (Number("elevation_gain_m", 2, _TENTH), Number("elevation_loss_m", 2, _TENTH))),
        Block(5, (_pace("pace"),)),
        Block(6, (_pace("average_pace"),)),
        Block(7, q.ENERGY),
        Block(8, q.HEART_RATE),
        # The documents give no resolution here; 0.1 as in every other machine's table.
        Block(9, q.METABOLIC_EQUIVALENT),
        Block(10, q.ELAPSED),
        Block(11, q.REMAINING),
        Block(
            12,
            (
                Number("belt_force_n", 2, signed=True, unavailable=_NO_SINT16),
                Number("power_w", 2, signed=True, unavailable=_NO_SINT16),
            ),
        ),
    ),
)

decode: Final = LAYOUT.decode
encode: Final = LAYOUT.encode
