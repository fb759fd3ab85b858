"""The numbers that several fitness machines, or data and commands, share (FTMS 1.0.1 section 4)."""

from fractions import Fraction
from typing import Final

from devices.codecs.fields import Number, Variable

_HALF = Fraction(1, 2)
_TENTH = Fraction(1, 10)
_HUNDREDTH = Fraction(1, 100)
_NO_SINT16 = 0x7FFF
_NO_UINT16 = 0xFFFF
_NO_UINT8 = 0xFF


def speed(name: str) -> Number:
    """Kilometres per hour."""
    return Number(f"{name}_kmh", 2, _HUNDREDTH)


def percent(name: str) -> Number:
    """Inclination where there is always one."""
    return Number(f"{name}_percent", 2, _TENTH, signed=True)


def power(name: str) -> Number:
    """Watts; negative when a motor drives the person."""
    return Number(f"{name}_w", 2, signed=True)


def cadence(name: str) -> Number:
    """Revolutions per minute of a crank."""
    return Number(f"{name}_rpm", 2, _HALF)


def pace(name: str) -> Number:
    """Seconds for 500 m."""
    return Number(f"{name}_s_per_500m", 2)


def step_rate(name: str) -> Number:
    """Steps per minute."""
    return Number(f"{name}_spm", 2, unavailable=_NO_UINT16)


def resistance(name: str, *, narrow: Fraction, wide: Fraction) -> Variable:
    """A level without unit; the editions differ in width and resolution."""
    return Variable(Number(name, 1, narrow), Number(name, 2, wide, signed=True))


SPEED: Final = (speed("speed"),)
AVERAGE_SPEED: Final = (speed("average_speed"),)
DISTANCE: Final = (Number("distance_m", 3),)
POWER: Final = (power("power"),)
AVERAGE_POWER: Final = (power("average_power"),)
STEP_RATE: Final = (step_rate("step_rate"),)
AVERAGE_STEP_RATE: Final = (step_rate("average_step_rate"),)
HEART_RATE: Final = (Number("heart_rate_bpm", 1),)
METABOLIC_EQUIVALENT: Final = (Number("metabolic_equivalent", 1, _TENTH),)
ELAPSED: Final = (Number("elapsed_s", 2),)
REMAINING: Final = (Number("remaining_s", 2),)
CLIMBED: Final = (Number("elevation_gain_m", 2),)

INCLINE: Final = (
    Number("incline_percent", 2, _TENTH, signed=True, unavailable=_NO_SINT16),
    Number("ramp_angle_degrees", 2, _TENTH, signed=True, unavailable=_NO_SINT16),
)
ENERGY: Final = (
    Number("energy_kcal", 2, unavailable=_NO_UINT16),
    Number("energy_kcal_per_h", 2, unavailable=_NO_UINT16),
    Number("energy_kcal_per_min", 1, unavailable=_NO_UINT8),
)

# One octet counts tens (today's supplement); two octets, which machines in the field send, count ones.
RESISTANCE: Final = (resistance("resistance_level", narrow=Fraction(10), wide=Fraction(1)),)
