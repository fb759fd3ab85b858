"""Indoor Bike Data, characteristic 0x2AD2 (FTMS 1.0.1 table 4.10)."""

from typing import Final

from devices.codecs import quantities as q
from devices.codecs.layout import Block, Layout

LAYOUT: Final = Layout(
    title="Indoor Bike Data",
    flag_octets=2,
    blocks=(
        Block(0, q.SPEED),
        Block(1, q.AVERAGE_SPEED),
        Block(2, (q.cadence("cadence"),)),
        Block(3, (q.cadence("average_cadence"),)),
        Block(4, q.DISTANCE),
        Block(5, q.RESISTANCE),
        Block(6, q.POWER),
        Block(7, q.AVERAGE_POWER),
        Block(8, q.ENERGY),
        Block(9, q.HEART_RATE),
        Block(10, q.METABOLIC_EQUIVALENT),
        Block(11, q.ELAPSED),
        Block(12, q.REMAINING),
    ),
)

decode: Final = LAYOUT.decode
encode: Final = LAYOUT.encode
