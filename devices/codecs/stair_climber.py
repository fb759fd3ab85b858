"""Stair Climber Data, characteristic 0x2AD0 (FTMS 1.0.1 table 4.8)."""

from typing import Final

from devices.codecs import quantities as q
from devices.codecs.fields import Number
from devices.codecs.layout import Block, Layout

LAYOUT: Final = Layout(
    title="Stair Climber Data",
    flag_octets=2,
    blocks=(
        Block(0, (Number("floors", 2),)),
        Block(1, q.STEP_RATE),
        Block(2, q.AVERAGE_STEP_RATE),
        Block(3, q.CLIMBED),
        Block(4, (Number("stride_count", 2),)),
        Block(5, q.ENERGY),
        Block(6, q.HEART_RATE),
        Block(7, q.METABOLIC_EQUIVALENT),
        Block(8, q.ELAPSED),
        Block(9, q.REMAINING),
    ),
)

decode: Final = LAYOUT.decode
encode: Final = LAYOUT.encode
