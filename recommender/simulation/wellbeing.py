"""Nights and stress: both carry over from day to day (first-order autoregression), stress costs sleep.

Stress lasts for days (Almeida, Wethington and Kessler, "The Daily Inventory of Stressful Events", Assessment
9 (2002) 41-55); nights vary within a person about as much as between people (Bei, Wiley, Trinder and Manber,
Sleep Med. Rev. 28 (2016) 108-124). The numbers below are guesses of that size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from recommender.history import Wellbeing

if TYPE_CHECKING:
    from datetime import date

    from numpy.random import Generator

    from recommender.simulation.people import Traits

STRESS_KEPT: Final = 0.85
STRESS_PUSH: Final = 0.8
NIGHT_KEPT: Final = 0.35
NIGHT_PUSH: Final = 0.055
SLEEP_LOST: Final = 0.012
"""Efficiency for each point of stress above the usual."""


def draw_days(chance: Generator, traits: Traits, days: int) -> list[tuple[float, float]]:
    """Sleep efficiency and stress index of every day."""
    drawn = []
    night = worry = 0.0
    for night_push, stress_push in chance.normal(size=(days, 2)).tolist():
        worry = STRESS_KEPT * worry + STRESS_PUSH * stress_push
        night = NIGHT_KEPT * night + NIGHT_PUSH * night_push
        sleep = traits.sleep_efficiency + night - SLEEP_LOST * worry
        drawn.append((min(max(sleep, 0.3), 0.99), min(max(traits.stress_index + worry, 0.0), 10.0)))
    return drawn


def told(chance: Generator, traits: Traits, day: date, sleep: float, stress: float) -> Wellbeing | None:
    """What the box gets to know of a day: some say nothing, others not always, nobody exactly."""
    if chance.random() > traits.tells:
        return None
    return Wellbeing(
        day=day,
        sleep_efficiency=min(max(round(sleep + chance.normal(0.0, 0.02), 3), 0.0), 1.0),
        stress_index=float(min(max(round(stress + chance.normal(0.0, 0.5)), 0), 10)),
        resting_bpm=round(traits.heart.rest_bpm - 8 + 0.8 * (stress - 4.0) + chance.normal(0.0, 2.0)),
    )
