"""What the rules look at: who, where, on which day, and what was done before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, get_args

from recommender.composing.catalogue import Muscle
from recommender.exertion import session_load
from recommender.heart_rate import MAXIMUM_AGE_YEARS, MINIMUM_AGE_YEARS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from recommender.composing.catalogue import Exercise
    from recommender.gym import Gym, Machine
    from recommender.history import History, Workout
    from recommender.person import Person
    from recommender.plan import MachineKind

REST_DAYS: Final = 2
"""48 h, in days of a calendar: what was trained today or yesterday rests."""
UNKNOWN_AGE_YEARS: Final = 65.0
"""Whoever does not tell their age is treated with the care that this age gets."""
SLOWEST_BELT_KMH: Final = 2.0
"""A belt that may go no faster is no use to a walker."""
LONGEST_DAY_MINUTES: Final = 1440.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What the rules look at.

    Attributes:
        person: who.
        gym: where.
        workouts: with how many days ago each was; none of later days.
        tired: muscle groups that were trained in the last 48 h.
        tired_because: what tired them, in words.
        age_years: the age that was told, or the careful one.
        age_in_words: as rules tell it.
    """

    person: Person
    gym: Gym
    workouts: tuple[tuple[int, Workout], ...]
    tired: frozenset[Muscle]
    tired_because: str
    age_years: float
    age_in_words: str

    @property
    def recovers(self) -> bool:
        """Whether the training is for getting well again."""
        return "rehab" in {self.person.goal, self.person.training_phase}

    def load(self, first_days_ago: int, last_days_ago: int) -> float:
        """Minutes x intensity of all workouts from so many days ago back to so many, both included."""
        return sum(
            session_load(workout)
            for days_ago, workout in self.workouts
            if first_days_ago <= days_ago <= last_days_ago
        )

    def usable_machines(self, kind: MachineKind) -> list[Machine]:
        """Machines of a kind that are free and that their operator lets move."""
        return [machine for machine in self.gym.machines if machine.kind == kind and usable(machine)]


def in_words(name: str) -> str:
    """A name of the vocabulary as people read it."""
    return name.replace("_", " ")


def usable(machine: Machine) -> bool:
    """Whether somebody could train at it now."""
    speed_kmh, incline_percent = machine.max_speed_kmh, machine.max_incline_percent
    moves = speed_kmh is None or speed_kmh >= SLOWEST_BELT_KMH
    return machine.free and moves and (incline_percent is None or incline_percent >= 0.0)


def situate(
    person: Person, gym: Gym, history: History, today: date, exercises: Mapping[str, Exercise]
) -> Situation:
    """Look at a person's past from one day.

    Raises:
        ValueError: A workout has a duration or an intensity that no workout has; the text names its day.
    """
    workouts = tuple(
        ((today - workout.day).days, workout) for workout in history.workouts if workout.day <= today
    )
    for _, workout in workouts:
        _check(workout)
    tired, because = _tired([each for days_ago, each in workouts if days_ago < REST_DAYS], exercises)
    age_years, age_in_words = _age(person)
    return Situation(
        person=person,
        gym=gym,
        workouts=workouts,
        tired=tired,
        tired_because=because,
        age_years=age_years,
        age_in_words=age_in_words,
    )


def _age(person: Person) -> tuple[float, str]:
    """The age and how to tell it; no age that a person can have is no age."""
    told = person.age_years
    if told is None or not MINIMUM_AGE_YEARS <= told <= MAXIMUM_AGE_YEARS:
        return UNKNOWN_AGE_YEARS, f"age not known, taken as {UNKNOWN_AGE_YEARS:g}"
    return told, f"age {int(told)}"


def _check(workout: Workout) -> None:
    minutes, load = workout.duration_minutes, session_load(workout)
    if not 0.0 <= minutes <= LONGEST_DAY_MINUTES:
        raise ValueError(
            f"the workout of {workout.day} has a duration_minutes of {minutes:g}: 0 to 1440 is possible"
        )
    if not (math.isfinite(load) and load >= 0.0):
        raise ValueError(
            f"the workout of {workout.day} has a load of {load:g}: its intensity_score or rpe is wrong"
        )


def _tired(recent: Iterable[Workout], exercises: Mapping[str, Exercise]) -> tuple[frozenset[Muscle], str]:
    """Muscle groups that rest, and why; all of them when nobody knows what was trained."""
    tired: set[Muscle] = set()
    for workout in recent:
        names = [each.exercise for each in workout.exercises]
        unknown = [name for name in names if name not in exercises]
        if unknown or (workout.type == "resistance" and not names):
            what = (
                f"{unknown[0]!r}, which is not in the catalogue,"
                if unknown
                else "an unknown strength workout"
            )
            return frozenset(get_args(Muscle)), f"{what} on {workout.day} may have trained any of them"
        for name in names:
            if exercises[name].taxing:
                tired.update(exercises[name].primary)
    return frozenset(tired), f"{', '.join(sorted(tired))} trained in the last 48 h"
