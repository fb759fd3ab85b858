"""Who trains at the simulated gym: persons, and what is hidden about them.

Stature is that of adults in the United States (Fryar et al., "Anthropometric reference data for children and
adults: United States, 2015-2018", NCHS Vital Health Stat. 3 (46), 2021: men 175.3 cm, women 161.3 cm,
standard deviations about 7.5 and 7). Body mass index is log-normal, leaner than that report's because these
people train. The maximum heart rate is Tanaka's, with the 10 bpm by which people of one age differ (see
`recommender/heart_rate.py`); resting rates are after Palatini, "Need for a revision of the normal limits of
resting heart rate", Hypertension 33 (1999) 622-625. Sleep efficiency is Ohayon et al., "Meta-analysis of
quantitative sleep parameters from childhood to old age", Sleep 27 (2004) 1255-1273: 0.95 in young adults,
about 0.02 less in each decade. Shares of goals and levels, and how far habits differ, are guesses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from recommender.heart_rate import maximum_heart_rate_bpm
from recommender.heart_response.model import Response
from recommender.person import Person

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.random import Generator

    from recommender.person import Condition, Goal, Level, Sex

_Name = TypeVar("_Name", bound=str)

_SEXES: Final[Mapping[Sex, float]] = {"female": 0.49, "male": 0.48, "unspecified": 0.03}
_LEVELS: Final[Mapping[Level, float]] = {"beginner": 0.45, "intermediate": 0.38, "advanced": 0.17}
_GOALS: Final[Mapping[Goal, float]] = {
    "fat_loss": 0.32, "endurance": 0.2, "hypertrophy": 0.18, "strength": 0.14, "mobility": 0.1, "rehab": 0.06,
}  # fmt: skip
_CONDITIONS: Final[Mapping[Condition, tuple[float, float]]] = {
    "hypertension": (0.06, 0.006), "heart_disease": (0.005, 0.001), "osteoporosis": (0.002, 0.0015),
}  # fmt: skip
"""How frequent at 20, and by how much more for each year: guesses near what health surveys report."""
_MINUTES: Final[Mapping[Goal, float]] = {
    "fat_loss": 48.0,
    "endurance": 52.0,
    "hypertrophy": 60.0,
    "strength": 62.0,
    "mobility": 38.0,
    "rehab": 32.0,
}
_PRACTICE: Final[Mapping[Level, float]] = {"beginner": 0.55, "intermediate": 0.85, "advanced": 1.05}


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What no record tells of a person.

    Attributes:
        age_years: whether they tell it or not.
        bmi: likewise, in kg/m2.
        suited_minutes: what suits them in a building phase, in form and on a good day.
        weekdays: on which they mean to come, 0 is Monday.
        adherence: log-odds by which they keep to plans more than others do.
        practice: fitness at the start, as a share of what their usual training keeps up.
        recovery_days: time constant of fatigue.
        strain: points of exertion that everything costs them more than others.
        rating_bias: points by which they overrate exertion.
        sleep_efficiency: usual, 0 to 1.
        stress_index: usual, 0 to 10.
        tells: chance that they tell of a night and of a day's stress.
        wears_band: chance that a workout has a heart rate.
        rates: chance that they rate a workout.
        heart: their answer to load; the load is a share of the highest.
    """

    age_years: float
    bmi: float
    suited_minutes: float
    weekdays: frozenset[int]
    adherence: float
    practice: float
    recovery_days: float
    strain: float
    rating_bias: float
    sleep_efficiency: float
    stress_index: float
    tells: float
    wears_band: float
    rates: float
    heart: Response


def draw_person(chance: Generator) -> tuple[Person, Traits]:
    """Somebody, and what is hidden about them."""
    age_years = _between(chance.normal(40.0, 14.0), 16.0, 82.0)
    sex = _pick(chance, _SEXES)
    is_like_men = sex == "male" or (sex == "unspecified" and _happens(chance, 0.5))
    height_cm = chance.normal(175.3, 7.5) if is_like_men else chance.normal(161.3, 7.0)
    bmi = _between(25.0 * math.exp(chance.normal(0.0, 0.15)), 17.0, 45.0)
    level, goal = _pick(chance, _LEVELS), _pick(chance, _GOALS)
    traits = _draw_traits(chance, age_years, bmi, level, goal)
    tells_size = _happens(chance, 0.88)
    person = Person(
        age_years=round(age_years, 1) if _happens(chance, 0.96) else None,
        sex=sex,
        height_cm=round(height_cm) if tells_size else None,
        weight_kg=round(bmi * (height_cm / 100) ** 2, 1) if tells_size else None,
        level=level,
        goal=goal,
        conditions=frozenset(
            name
            for name, (at_20, each_year) in _CONDITIONS.items()
            if _happens(chance, at_20 + each_year * max(0.0, age_years - 20))
        ),
        maximum_bpm=round(traits.heart.ceiling_bpm) if _happens(chance, 0.15) else None,
        resting_bpm=round(traits.heart.rest_bpm - 8) if _happens(chance, 0.5) else None,
    )
    return person, traits


def _draw_traits(chance: Generator, age_years: float, bmi: float, level: Level, goal: Goal) -> Traits:
    visits = int(_between(round(3.8 * math.exp(chance.normal(0.0, 0.25))), 1, 6))
    maximum_bpm = _between(maximum_heart_rate_bpm(age_years) + chance.normal(0.0, 10.0), 130.0, 215.0)
    rest_bpm = _between(chance.normal(76.0, 9.0), 50.0, 100.0)
    return Traits(
        age_years=age_years,
        bmi=bmi,
        suited_minutes=_between(_MINUTES[goal] * math.exp(chance.normal(0.0, 0.35)), 15.0, 110.0),
        weekdays=frozenset(chance.permutation(7)[:visits].tolist()),
        adherence=chance.normal(0.0, 0.7),
        practice=_PRACTICE[level] * math.exp(chance.normal(0.0, 0.1)),
        recovery_days=_between(5.0 + 0.06 * (age_years - 20.0) + chance.normal(0.0, 1.0), 3.0, 12.0),
        strain=chance.normal(0.0, 0.25),
        rating_bias=chance.normal(0.0, 0.2),
        sleep_efficiency=_between(
            0.93 - 0.002 * (age_years - 20.0) - abs(chance.normal(0.0, 0.05)), 0.6, 0.97
        ),
        stress_index=_between(chance.normal(4.0, 1.4), 0.5, 9.0),
        tells=0.0 if _happens(chance, 0.12) else chance.uniform(0.6, 1.0),
        wears_band=0.0 if _happens(chance, 0.2) else chance.uniform(0.6, 1.0),
        rates=chance.uniform(0.6, 1.0),
        heart=Response(
            rest_bpm=rest_bpm,
            gain=(maximum_bpm - rest_bpm) * math.exp(chance.normal(0.0, 0.06)),
            rise_s=45.0 * math.exp(chance.normal(0.0, 0.35)),
            fall_s=60.0 * math.exp(chance.normal(0.0, 0.35)),
            drift=_between(chance.normal(0.08, 0.04), 0.0, 0.2),
            ceiling_bpm=maximum_bpm,
        ),
    )


def _happens(chance: Generator, probability: float) -> bool:
    return chance.random() < probability


def _pick(chance: Generator, shares: Mapping[_Name, float]) -> _Name:
    names = list(shares)
    return names[int(chance.choice(len(names), p=list(shares.values())))]


def _between(value: float, low: float, high: float) -> float:
    return min(max(float(value), low), high)
