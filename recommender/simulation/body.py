"""What training does to a body, day by day: fitness, fatigue, strain, injury. Hidden from every model.

Fitness and fatigue are Banister's two impulse responses (Banister, Calvert, Savage and Bach, "A systems
model of training for athletic performance", Aust. J. Sports Med. 7 (1975) 57-61): both rise by each session's
load, fitness is lost with a time constant of 42 days, fatigue within about a week. Fatigue costs the more the
more of it there is, so that load has an optimum (Busso, "Variable dose-response relationship between exercise
training and performance", Med. Sci. Sports Exerc. 35 (2003) 1188-1195). Injuries come the likelier the
further the acute load exceeds the chronic one (Gabbett, Br. J. Sports Med. 50 (2016) 273-280), both as
exponentially weighted averages (Williams et al., Br. J. Sports Med. 51 (2017) 209-210).

Strain is how many points of exertion any workout costs more than on an ordinary day. That bad sleep and
stress raise it is known (Fullagar et al., Sports Med. 45 (2015) 161-186; Stults-Kolehmainen and Bartholomew,
Med. Sci. Sports Exerc. 44 (2012) 2220-2227); how many points they cost is a guess.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from numpy.random import Generator

    from recommender.simulation.people import Traits

FITNESS_DAYS: Final = 42.0
ACUTE: Final = 2 / (7 + 1)
CHRONIC: Final = 2 / (28 + 1)
USUAL_INTENSITY: Final = 3.0

SLEEP_STRAIN: Final = 9.0
"""For each unit of sleep efficiency below 0.85: one point for 11 % of the night."""
STRESS_STRAIN: Final = 0.45
"""For each point of stress above 4."""
FATIGUE_STRAIN: Final = 1.3
DETRAINED_STRAIN: Final = 1.6
AGE_STRAIN: Final = 0.03
BMI_STRAIN: Final = 0.08
INJURY_STRAIN: Final = 2.5
INJURY_DAYS: Final = 12.0

_HAZARD: Final = 0.0006
"""Injuries on a day of training at a steady load: less than one in 1,000 hours. A guess."""
_HAZARD_GROWTH: Final = 3.0
_SAFE_RATIO: Final = 1.3
_STILL_HURT: Final = 0.1


@dataclass(slots=True)
class Body:
    """One body at one day.

    Attributes:
        recovery_days: time constant of fatigue.
        daily_load: of their usual training, in usual workouts a day.
        fitness: 1 is what the usual training keeps up.
        fatigue: likewise.
        acute: average load of about a week.
        chronic: average load of about four weeks.
        injury: 1 when it happens, healing to 0.
    """

    recovery_days: float
    daily_load: float
    fitness: float
    fatigue: float
    acute: float
    chronic: float
    injury: float = 0.0

    @classmethod
    def of(cls, traits: Traits) -> Body:
        """The body of somebody who begins."""
        daily_load = len(traits.weekdays) / 7.0
        usual = traits.practice * daily_load
        return cls(traits.recovery_days, daily_load, traits.practice, 0.7 * traits.practice, usual, usual)

    def sleep_over(self, load: float) -> None:
        """A day passes; load is that of the day in usual workouts (minutes x intensity over the usual)."""
        kept_fitness, kept_fatigue = math.exp(-1 / FITNESS_DAYS), math.exp(-1 / self.recovery_days)
        share = load / self.daily_load
        costs = 0.75 + 0.25 * self.fatigue
        self.fitness = self.fitness * kept_fitness + share * (1 - kept_fitness)
        self.fatigue = self.fatigue * kept_fatigue + share * costs * (1 - kept_fatigue)
        self.acute += ACUTE * (load - self.acute)
        self.chronic += CHRONIC * (load - self.chronic)
        self.injury *= math.exp(-1 / INJURY_DAYS)

    def is_hurt(self, chance: Generator) -> bool:
        """Whether today's training injures them; if so, it has."""
        excess = max(0.0, self.acute / max(self.chronic, 0.1) - _SAFE_RATIO)
        if self.injury > _STILL_HURT or chance.random() > _HAZARD * math.exp(
            _HAZARD_GROWTH * min(excess, 1.5)
        ):
            return False
        self.injury = 1.0
        return True

    def strain(self, traits: Traits, sleep_efficiency: float, stress_index: float) -> float:
        """Points of exertion that today costs more than an ordinary day of an ordinary person.

        Args:
            traits: Whose body it is.
            sleep_efficiency: Mean of three nights.
            stress_index: Mean of three days.
        """
        return (
            traits.strain
            + SLEEP_STRAIN * (0.85 - sleep_efficiency)
            + STRESS_STRAIN * (stress_index - 4.0)
            + FATIGUE_STRAIN * min(max(self.fatigue - 1.0, -0.5), 2.5)
            + DETRAINED_STRAIN * min(max(1.0 - self.fitness, -0.3), 0.8)
            + AGE_STRAIN * (traits.age_years - 40.0)
            + BMI_STRAIN * (traits.bmi - 25.0)
            + INJURY_STRAIN * self.injury
        )
