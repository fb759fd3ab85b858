"""What can be asked of a machine: the parameters that its control point and its status share.

FTMS 1.0.1 numbers them apart, and differently from zones on (tables 4.15 and 4.26), but the octets are
the same.
"""

from fractions import Fraction
from typing import Final

from devices.codecs.fields import Number, Structure, Variable
from devices.codecs.quantities import cadence, percent, power, resistance, speed

_TENTH = Fraction(1, 10)


def _target(what: str, *numbers: Number | Variable) -> Structure:
    return Structure(f"target {what}", numbers)


def _zones(*names: str) -> Structure:
    return _target("time in zones", *(Number(f"time_in_{name}_zone_s", 2) for name in names))


NOTHING: Final = Structure("no parameter")
SPEED: Final = _target("speed", speed("target_speed"))
INCLINE: Final = _target("incline", percent("target_incline"))
# Table 4.15 says one octet, table 4.26 and trainers in the field say two; the length decides.
RESISTANCE: Final = _target("resistance", resistance("target_resistance_level", narrow=_TENTH, wide=_TENTH))
POWER: Final = _target("power", power("target_power"))
HEART_RATE: Final = _target("heart rate", Number("target_heart_rate_bpm", 1))
ENERGY: Final = _target("energy", Number("target_energy_kcal", 2))
STEPS: Final = _target("steps", Number("target_step_count", 2))
STRIDES: Final = _target("strides", Number("target_stride_count", 2))
DISTANCE: Final = _target("distance", Number("target_distance_m", 3))
TIME: Final = _target("time", Number("target_time_s", 2))
TIME_IN_2_ZONES: Final = _zones("fat_burn", "fitness")
TIME_IN_3_ZONES: Final = _zones("light", "moderate", "hard")
TIME_IN_5_ZONES: Final = _zones("very_light", "light", "moderate", "hard", "maximum")
SIMULATION: Final = _target(
    "simulation of a road",
    Number("wind_speed_m_per_s", 2, Fraction(1, 1000), signed=True),
    Number("grade_percent", 2, Fraction(1, 100), signed=True),
    Number("rolling_resistance", 1, Fraction(1, 10_000)),
    Number("wind_resistance_kg_per_m", 1, Fraction(1, 100)),
)
WHEEL: Final = _target("wheel", Number("wheel_circumference_mm", 2, _TENTH))
CADENCE: Final = _target("cadence", cadence("target_cadence"))

STOP: Final = Structure("stop or pause", (Number("stop_or_pause", 1),), frozenset({1.0, 2.0}))
