"""A bike and a rower, whose resistance a person works against: pure, told how time passes."""

import math
from dataclasses import dataclass, replace
from typing import Final

from devices.simulate.belt import approach, kcal_per_min

CADENCE_PER_S: Final = 8.0  # how fast people change it, rpm a second
STROKE_RATE_PER_S: Final = 2.0
LEVEL_PER_S: Final = 2.0  # how fast the brake changes

_IDLE_NM, _NM_PER_LEVEL = 2.0, 1.1  # torque at the crank of a bike
_STROKE_J, _STROKE_J_PER_LEVEL = 150.0, 45.0
# A rider on the flat, as consoles reckon: rolling resistance in N, and half of density times drag area.
_ROLLING_N, _DRAG = 3.6, 0.2
# Concept2: power in W is 2.8 times the cube of the speed in m/s.
_ROWING = 2.8


@dataclass(frozen=True, slots=True)
class Bike:
    """State of a bike; totals count from its start."""

    cadence_rpm: float = 0.0
    level: float = 1.0
    distance_m: float = 0.0
    energy_kcal: float = 0.0
    elapsed_s: float = 0.0

    @property
    def power_w(self) -> float:
        """What the rider does at the crank."""
        return torque_nm(self.level) * _per_s(self.cadence_rpm)

    @property
    def speed_kmh(self) -> float:
        """What the console shows: how fast this power would be on a flat road."""
        metres_per_s = 0.0
        for _ in range(20):  # Newton's method; it is monotone, and there long before
            excess = _DRAG * metres_per_s**3 + _ROLLING_N * metres_per_s - self.power_w
            metres_per_s -= excess / (3 * _DRAG * metres_per_s**2 + _ROLLING_N)
        return max(0.0, metres_per_s * 3.6)

    def after(self, dt_s: float, *, target_rpm: float, target_level: float, weight_kg: float) -> "Bike":
        """State `dt_s` seconds later, on the way to the targets; time counts while somebody pedals."""
        bike = replace(
            self,
            cadence_rpm=approach(self.cadence_rpm, target_rpm, CADENCE_PER_S * dt_s),
            level=approach(self.level, target_level, LEVEL_PER_S * dt_s),
        )
        if not bike.cadence_rpm:
            return bike
        return replace(
            bike,
            distance_m=bike.distance_m + bike.speed_kmh / 3.6 * dt_s,
            energy_kcal=bike.energy_kcal + kcal_per_min(vo2(bike.power_w, weight_kg), weight_kg) * dt_s / 60,
            elapsed_s=bike.elapsed_s + dt_s,
        )


@dataclass(frozen=True, slots=True)
class Rower:
    """State of a rowing machine; totals count from its start."""

    stroke_rate_spm: float = 0.0
    level: float = 4.0
    strokes: float = 0.0
    distance_m: float = 0.0
    energy_kcal: float = 0.0
    elapsed_s: float = 0.0

    @property
    def power_w(self) -> float:
        """What the rower does at the handle."""
        return (_STROKE_J + _STROKE_J_PER_LEVEL * self.level) * self.stroke_rate_spm / 60

    @property
    def pace_s_per_500m(self) -> float:
        """Seconds for 500 m at this power; 0 when nobody rows."""
        return 500 / self.metres_per_s if self.stroke_rate_spm else 0.0

    @property
    def metres_per_s(self) -> float:
        """How fast a boat would be at this power."""
        return math.cbrt(self.power_w / _ROWING)

    def after(self, dt_s: float, *, target_spm: float, target_level: float, weight_kg: float) -> "Rower":
        """State `dt_s` seconds later, on the way to the targets; time counts while somebody rows."""
        rower = replace(
            self,
            stroke_rate_spm=approach(self.stroke_rate_spm, target_spm, STROKE_RATE_PER_S * dt_s),
            level=approach(self.level, target_level, LEVEL_PER_S * dt_s),
        )
        if not rower.stroke_rate_spm:
            return rower
        return replace(
            rower,
            strokes=rower.strokes + rower.stroke_rate_spm * dt_s / 60,
            distance_m=rower.distance_m + rower.metres_per_s * dt_s,
            energy_kcal=rower.energy_kcal
            + kcal_per_min(vo2(rower.power_w, weight_kg), weight_kg) * dt_s / 60,
            elapsed_s=rower.elapsed_s + dt_s,
        )


def torque_nm(level: float) -> float:
    """Torque at the crank of a bike."""
    return _IDLE_NM + _NM_PER_LEVEL * level


def level_for(power_w: float, cadence_rpm: float) -> float:
    """The level at which a bike takes this power at this cadence; what its constant-power mode sets."""
    if not cadence_rpm:
        return 0.0
    return max(0.0, (power_w / _per_s(cadence_rpm) - _IDLE_NM) / _NM_PER_LEVEL)


def vo2(power_w: float, weight_kg: float) -> float:
    """Oxygen uptake in ml per kg and minute at a steady power (ACSM's equation for leg cycling)."""
    return 3.5 + (3.5 + 10.8 * power_w / weight_kg if power_w else 0.0)


def _per_s(rpm: float) -> float:
    """Radians a second."""
    return rpm * 2 * math.pi / 60
