"""A treadmill's belt and what walking or running on it costs: pure, told how time passes."""

from dataclasses import dataclass, replace
from typing import Final

ACCELERATION_KMH_PER_S: Final = 0.8
DECELERATION_KMH_PER_S: Final = 1.2
INCLINE_PERCENT_PER_S: Final = 0.5

RESTING_VO2: Final = 3.5  # ml of oxygen per kg and minute: one MET
_KCAL_PER_LITRE: Final = 4.9
_WALK_KMH, _RUN_KMH = 6.0, 8.0  # below everybody walks, above everybody runs
_M_PER_MIN = 1000 / 60


@dataclass(frozen=True, slots=True)
class Belt:
    """State of a treadmill; totals count from its start, as a real one's do."""

    speed_kmh: float = 0.0
    incline_percent: float = 0.0
    distance_m: float = 0.0
    energy_kcal: float = 0.0
    elapsed_s: float = 0.0

    def after(self, dt_s: float, *, target_kmh: float, target_percent: float, weight_kg: float) -> "Belt":
        """State `dt_s` seconds later, on the way to the targets; time counts while the belt moves."""
        rate = ACCELERATION_KMH_PER_S if target_kmh > self.speed_kmh else DECELERATION_KMH_PER_S
        speed_kmh = approach(self.speed_kmh, target_kmh, rate * dt_s)
        incline_percent = approach(self.incline_percent, target_percent, INCLINE_PERCENT_PER_S * dt_s)
        moving = speed_kmh > 0.0
        burnt = kcal_per_min(vo2(speed_kmh, incline_percent), weight_kg) * dt_s / 60 if moving else 0.0
        return replace(
            self,
            speed_kmh=speed_kmh,
            incline_percent=incline_percent,
            distance_m=self.distance_m + (self.speed_kmh + speed_kmh) / 2 / 3.6 * dt_s,
            energy_kcal=self.energy_kcal + burnt,
            elapsed_s=self.elapsed_s + (dt_s if moving else 0.0),
        )


def approach(value: float, target: float, step: float) -> float:
    """`value` moved towards `target` by at most `step`."""
    return max(value - step, min(value + step, target))


def vo2(speed_kmh: float, incline_percent: float) -> float:
    """Oxygen uptake in ml per kg and minute at a steady pace (ACSM's walking and running equations).

    Between a walk and a run the two are blended: people change over gradually, and so must the cost.
    """
    metres = speed_kmh * _M_PER_MIN
    grade = max(0.0, incline_percent) / 100
    walking = 0.1 * metres + 1.8 * metres * grade
    running = 0.2 * metres + 0.9 * metres * grade
    share = min(1.0, max(0.0, (speed_kmh - _WALK_KMH) / (_RUN_KMH - _WALK_KMH)))
    return RESTING_VO2 + (1 - share) * walking + share * running


def kcal_per_min(uptake: float, weight_kg: float) -> float:
    """Energy that an oxygen uptake (ml per kg and minute) costs a person."""
    return uptake * weight_kg / 1000 * _KCAL_PER_LITRE
