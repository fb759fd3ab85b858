"""Simulated members, day by day: what the box would have on record, and what is hidden from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.history import History, Wellbeing, Workout
from recommender.person import BODY_PARTS, Person
from recommender.simulation.body import USUAL_INTENSITY, Body
from recommender.simulation.coach import Coach
from recommender.simulation.cycle import cycle_days, phase_on
from recommender.simulation.heart import HeartRates
from recommender.simulation.people import Traits, draw_person
from recommender.simulation.training import Attempt, attempt, record
from recommender.simulation.truth import Truth, truth_of
from recommender.simulation.wellbeing import draw_days, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator

FIRST_DAY: Final = date(2024, 1, 1)
"""A Monday."""
DAY_STRAIN: Final = 0.25
"""Spread of the strain that has no cause on record."""
NIGHTS: Final = 3
COMES: Final = 2.2
"""Log-odds of coming on a day that they mean to."""
AWAY_CHANCE: Final = 0.006
"""Of a longer absence to begin, each day: about two a year."""
AWAY_DAYS: Final = 11.0
_HURTS: Final = 0.35
"""From this share of an injury on, they stay away."""
_SPARED: Final = 0.05
"""From this share on they spare the injured part and train in the phase of rehabilitation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDay:
    """One day of one member.

    Attributes:
        day: which.
        person: as they are on it: the phase of training and injuries change.
        truth: what is hidden, of every day, with a workout or without.
        workout: what went on record; None when there was none.
    """

    day: date
    person: Person
    truth: Truth
    workout: Workout | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMember:
    """Somebody who does not exist.

    Attributes:
        history: all that the box has on record; features of a day look only at what came before it.
        days: every day, in order.
    """

    history: History
    days: tuple[SimulatedDay, ...]


def simulate(*, members: int, days: int, seed: int) -> Iterator[SimulatedMember]:
    """As many members as wanted, one after the other; they are not real people, and this is no real data.

    Somebody is the same for the same seed and number of days, however many members are asked for.

    Args:
        members: How many.
        days: How many days each of them is followed, from their first at the gym.
        seed: Whom, not negative.

    Raises:
        ValueError: There is nobody or no day, or the seed is negative.
    """
    if members < 1 or days < 1 or seed < 0:
        raise ValueError(f"{members} members over {days} days from seed {seed} are nobody to simulate")
    for number in range(members):
        yield _member(np.random.default_rng([seed, number]), days)


def _member(chance: Generator, days: int) -> SimulatedMember:
    life = _Life.begin(chance, days)
    followed = tuple(life.day(number) for number in range(days))
    return SimulatedMember(history=History(tuple(life.workouts), tuple(life.wellbeing)), days=followed)


@dataclass(slots=True, kw_only=True)
class _Life:
    """One member's days: state that goes from day to day."""

    chance: Generator
    person: Person
    traits: Traits
    body: Body
    coach: Coach
    heart: HeartRates
    nights: list[tuple[float, float]]
    first_day_of_cycle: int
    away_days: int = 0
    workouts: list[Workout] = field(default_factory=list)
    wellbeing: list[Wellbeing] = field(default_factory=list)

    @classmethod
    def begin(cls, chance: Generator, days: int) -> _Life:
        """Somebody on their first day."""
        person, traits = draw_person(chance)
        return cls(
            chance=chance,
            person=person,
            traits=traits,
            body=Body.of(traits),
            coach=Coach.draw(chance),
            heart=HeartRates.of(traits.heart),
            nights=draw_days(chance, traits, days),
            first_day_of_cycle=int(chance.integers(cycle_days(person.goal))),
        )

    def day(self, number: int) -> SimulatedDay:
        """Live one day and say what happened."""
        today = FIRST_DAY + timedelta(days=number)
        person = self._person_on(number)
        nights = self.nights[max(0, number - NIGHTS + 1) : number + 1]
        sleep, stress = (sum(each) / len(nights) for each in zip(*nights, strict=True))
        strain = self.body.strain(self.traits, sleep, stress) + self.chance.normal(0.0, DAY_STRAIN)
        truth = truth_of(person, self.traits, self.body, strain)
        word = told(self.chance, self.traits, today, *self.nights[number])
        if word:
            self.wellbeing.append(word)
        done = self._train(person, truth) if self._comes(today) else None
        workout = None
        if done:
            workout = record(self.chance, self.traits, self.heart, today=today, truth=truth, done=done)
            self.workouts.append(workout)
        self.body.sleep_over(self._load(done))
        if done and self.body.is_hurt(self.chance):
            part = BODY_PARTS[int(self.chance.integers(len(BODY_PARTS)))]
            self.person = replace(self.person, injuries=frozenset({part}))
        return SimulatedDay(day=today, person=person, truth=truth, workout=workout)

    def _person_on(self, number: int) -> Person:
        if self.person.injuries and self.body.injury < _SPARED:
            self.person = replace(self.person, injuries=frozenset())
        phase = (
            "rehab" if self.person.injuries else phase_on(self.person.goal, number + self.first_day_of_cycle)
        )
        if phase != self.person.training_phase:
            self.person = replace(self.person, training_phase=phase)
        return self.person

    def _comes(self, today: date) -> bool:
        if self.away_days:
            self.away_days -= 1
            return False
        if self.chance.random() < AWAY_CHANCE:
            self.away_days = round(min(AWAY_DAYS * math.exp(self.chance.normal(0.0, 0.6)), 60.0))
        means_to = today.weekday() in self.traits.weekdays and self.body.injury < _HURTS
        return means_to and self.chance.random() < 1 / (1 + math.exp(-COMES - self.traits.adherence))

    def _train(self, person: Person, truth: Truth) -> Attempt | None:
        workout_type, prescribed = self.coach.prescribe(person, self.workouts)
        return attempt(self.chance, truth, workout_type, prescribed)

    def _load(self, done: Attempt | None) -> float:
        if done is None:
            return 0.0
        return done.minutes * done.intensity / (self.traits.suited_minutes * USUAL_INTENSITY)
