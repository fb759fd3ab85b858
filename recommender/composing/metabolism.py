"""From an intensity to oxygen uptake, and from that to speed, incline and power.

Oxygen uptake in mL/kg/min, speeds in km/h, inclines in percent, power in W.

Sources: ACSM's Guidelines for Exercise Testing and Prescription (11th ed.), metabolic equations:
walking 3.5 + 0.1 S + 1.8 S G, running 3.5 + 0.2 S + 0.9 S G, leg cycling 7 + 10.8 W / M, with S in m/min, G
as a fraction, M in kg. Maximal uptake by age: medians of treadmill tests in the FRIEND registry (Kaminsky,
Arena and Myers, Mayo Clin. Proc. 90 (2015) 1515-1523), 37.6 to 18.3 for women and 48.0 to 24.4 for men from
20-29 to 70-79 years. No rule looks at sex: a beginner gets the lower line, an advanced person the upper one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recommender.prescription import LOWEST_INTENSITY

if TYPE_CHECKING:
    from recommender.person import Level

RESTING_UPTAKE: Final = 3.5
"""One MET."""
M_PER_MIN: Final = 1000.0 / 60.0
"""For each km/h."""
YOUNGEST_YEARS: Final = 25.0
OLDEST_YEARS: Final = 75.0
LOWER_LINE: Final = (37.6, 18.3)
UPPER_LINE: Final = (48.0, 24.4)
SHARE_OF_UPPER_LINE: Final[dict[Level, float]] = {"beginner": 0.0, "intermediate": 0.5, "advanced": 1.0}
EASIEST_FRACTION: Final = 0.32
FRACTION_PER_INTENSITY: Final = 0.13
"""2.5 to 3, an exertion of 5 to 6 of 10, is 52 to 58 % of the maximum: moderate (ACSM: 46 to 63 %)."""


def maximal_uptake(age_years: float, level: Level) -> float:
    """What a person of this age and level can be expected to take up at most."""
    share = SHARE_OF_UPPER_LINE[level]
    young, old = (low + share * (high - low) for low, high in zip(LOWER_LINE, UPPER_LINE, strict=True))
    years = min(max(age_years, YOUNGEST_YEARS), OLDEST_YEARS)
    return young + (old - young) * (years - YOUNGEST_YEARS) / (OLDEST_YEARS - YOUNGEST_YEARS)


def uptake(intensity: float, age_years: float, level: Level) -> float:
    """What an intensity of 1 to 5 takes, at least rest."""
    fraction = EASIEST_FRACTION + FRACTION_PER_INTENSITY * (intensity - LOWEST_INTENSITY)
    return max(RESTING_UPTAKE, fraction * maximal_uptake(age_years, level))


def walking_speed_kmh(uptake_ml: float) -> float:
    """On the level."""
    return (uptake_ml - RESTING_UPTAKE) / 0.1 / M_PER_MIN


def walking_incline_percent(uptake_ml: float, speed_kmh: float) -> float:
    """What is missing to the uptake when walking at this speed on the level; 0 when nothing is."""
    metres = speed_kmh * M_PER_MIN
    return max(0.0, 100.0 * (uptake_ml - RESTING_UPTAKE - 0.1 * metres) / (1.8 * metres))


def walking_speed_uphill_kmh(speed_kmh: float, incline_percent: float, more_percent: float) -> float:
    """How fast a walk may go that is so much steeper and asks no more than this speed at this incline."""
    return speed_kmh * (0.1 + 0.018 * incline_percent) / (0.1 + 0.018 * (incline_percent + more_percent))


def running_speed_kmh(uptake_ml: float, incline_percent: float) -> float:
    """At this incline."""
    return (uptake_ml - RESTING_UPTAKE) / (0.2 + 0.9 * incline_percent / 100.0) / M_PER_MIN


def cycling_power_w(uptake_ml: float, weight_kg: float) -> float:
    """At the pedals; 0 when the uptake is no more than unloaded cycling takes."""
    return max(0.0, (uptake_ml - 2.0 * RESTING_UPTAKE) * weight_kg / 10.8)
