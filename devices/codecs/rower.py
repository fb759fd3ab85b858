"""Rower Data, characteristic 0x2AD1 (FTMS 1.0.1 table 4.9)."""

from fractions import Fraction
from typing import Final

from devices.codecs import quantities as q
from devices.codecs.fields import Number
from devices.codecs.layout import Block, Layout

_HALF = Fraction(1, 2)

LAYOUT: Final = Layout(
    title="Rower Data",
    flag_octets=2,
    blocks=(
        Block(0, (Number("stroke_rate_spm", 1, _HALF), Number("stroke_count", 2))),
        Block(1, (Number("average_stroke_rate_spm", 1, _HALF),)),
        Block(2, q.DISTANCE),
        Block(3, (q.pace("pace"),)),
        Block(4, (q.pace("average_pace"),)),
        Block(5, q.POWER),
        Block(6, q.AVERAGE_POWER),
        Block(7, q.RESISTANCE),
        Block(8, q.ENERGY),
        Block(9, q.HEART_RATE),
        Block(10, q.METABOLIC_EQUIVALENT),
        Block(11, q.ELAPSED),
        Block(12, q.REMAINING),
    ),
)

decode: Final = LAYOUT.decode
encode: Final = LAYOUT.encode
