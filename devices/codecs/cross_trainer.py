"""Cross Trainer Data, characteristic 0x2ACE; its flags take three octets (FTMS 1.0.1 table 4.6)."""

from fractions import Fraction
from typing import Final

from devices.codecs import quantities as q
from devices.codecs.fields import Number
from devices.codecs.layout import Block, Layout, Sign

_TENTH = Fraction(1, 10)

LAYOUT: Final = Layout(
    title="Cross Trainer Data",
    flag_octets=3,
    blocks=(
        Block(0, q.SPEED),
        Block(1, q.AVERAGE_SPEED),
        Block(2, q.DISTANCE),
        Block(3, q.STEP_RATE + q.AVERAGE_STEP_RATE),
        Block(4, (Number("stride_count", 2, _TENTH),)),
        Block(5, (*q.CLIMBED, Number("elevation_loss_m", 2))),
        Block(6, q.INCLINE),
        # Two octets count tenths here, ones on bikes and rowers (the SIG's XML of 2017).
        Block(7, (q.resistance("resistance_level", narrow=Fraction(10), wide=_TENTH),)),
        Block(8, q.POWER),
        Block(9, q.AVERAGE_POWER),
        Block(10, q.ENERGY),
        Block(11, q.HEART_RATE),
        Block(12, q.METABOLIC_EQUIVALENT),
        Block(13, q.ELAPSED),
        Block(14, q.REMAINING),
    ),
    signs=(Sign(15, "moving_backward"),),
)

decode: Final = LAYOUT.decode
encode: Final = LAYOUT.encode
