"""Treadmill Data, characteristic 0x2ACD (FTMS 1.0.1 table 4.5; GATT Specification Supplement)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from devices.codecs.fields import Block, Frame, Layout, Number, Variable

_TENTH = Fraction(1, 10)
_HUNDREDTH = Fraction(1, 100)
_NO_SINT16 = 0x7FFF
_NO_UINT16 = 0xFFFF
_NO_UINT8 = 0xFF


def _pace(name: str) -> Variable:
    # Today's supplement counts seconds per 500 m in two octets; the SIG's XML of 2017, which
    # machines in the field follow, 0.1 km/min in one.
    return Variable(
        narrow=Number(f"{name}_km_per_min", 1, _TENTH),
        wide=Number(f"{name}_s_per_500m", 2),
    )


LAYOUT: Final = Layout(
    title="Treadmill Data",
    flag_octets=2,
    blocks=(
        Block(0, (Number("speed_kmh", 2, _HUNDREDTH),)),
        Block(1, (Number("average_speed_kmh", 2, _HUNDREDTH),)),
        Block(2, (Number("distance_m", 3),)),
        Block(
            3,
            (
                Number("incline_percent", 2, _TENTH, signed=True, unavailable=_NO_SINT16),
                Number("ramp_angle_degrees", 2, _TENTH, signed=True, unavailable=_NO_SINT16),
            ),
        ),
        Block(4, (Number("elevation_gain_m", 2, _TENTH), Number("elevation_loss_m", 2, _TENTH))),
        Block(5, (_pace("pace"),)),
        Block(6, (_pace("average_pace"),)),
        Block(
            7,
            (
                Number("energy_kcal", 2, unavailable=_NO_UINT16),
                Number("energy_kcal_per_h", 2, unavailable=_NO_UINT16),
                Number("energy_kcal_per_min", 1, unavailable=_NO_UINT8),
            ),
        ),
        Block(8, (Number("heart_rate_bpm", 1),)),
        # The documents give no resolution here; 0.1 as in every other machine's table.
        Block(9, (Number("metabolic_equivalent", 1, _TENTH),)),
        Block(10, (Number("elapsed_s", 2),)),
        Block(11, (Number("remaining_s", 2),)),
        Block(
            12,
            (
                Number("belt_force_n", 2, signed=True, unavailable=_NO_SINT16),
                Number("power_w", 2, signed=True, unavailable=_NO_SINT16),
            ),
        ),
    ),
)


def decode(payload: bytes) -> Frame:
    """Read one notification; see `Layout.decode` for what is refused."""
    return LAYOUT.decode(payload)


def encode(values: Mapping[str, float]) -> bytes:
    """Write one notification; see `Layout.encode`."""
    return LAYOUT.encode(values)
