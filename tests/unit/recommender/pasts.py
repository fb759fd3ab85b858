"""Persons and pasts for tests: one by hand, and any that could be."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from recommender.history import HIGHEST_RPE, LOWEST_RPE, History, Wellbeing, Workout
from recommender.person import GOALS, LEVELS, TRAINING_PHASES, Person
from recommender.prescription import WORKOUT_TYPES, Prescription

TODAY = date(2026, 3, 16)

RATINGS = st.integers(LOWEST_RPE, HIGHEST_RPE).map(float)
PRESCRIPTIONS = st.builds(Prescription, st.floats(10, 120), st.floats(1, 5))


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def workout(days_ago: int, minutes: float = 40.0, **told: Any) -> Workout:
    return Workout(day=ago(days_ago), type="steady", duration_minutes=minutes, **told)


def _perhaps(chance: Random, value: Any) -> Any:
    return None if chance.random() < 0.25 else value


def _somebody(chance: Random) -> Person:
    return Person(
        age_years=_perhaps(chance, chance.uniform(5, 110)),
        height_cm=_perhaps(chance, chance.uniform(50, 260)),
        weight_kg=_perhaps(chance, chance.uniform(10, 400)),
        level=chance.choice(LEVELS),
        goal=chance.choice(GOALS),
        training_phase=chance.choice(TRAINING_PHASES),
        maximum_bpm=_perhaps(chance, chance.uniform(100, 240)),
    )


def _something(chance: Random) -> Workout:
    return Workout(
        day=TODAY,
        type=chance.choice(WORKOUT_TYPES),
        duration_minutes=chance.uniform(0, 200),
        intensity_score=_perhaps(chance, chance.uniform(1, 5)),
        prescribed=_perhaps(chance, Prescription(chance.uniform(10, 120), chance.uniform(1, 5))),
        completion=_perhaps(chance, min(1.0, chance.uniform(0, 1.5))),
        mean_bpm=_perhaps(chance, chance.uniform(60, 200)),
        rpe=_perhaps(chance, float(chance.randint(LOWEST_RPE, HIGHEST_RPE))),
        accepted=_perhaps(chance, chance.random() < 0.7),
        note=chance.choice(["", "", "", "fine", "my knee hurts", "too hard"]),
    )


def _some_night(chance: Random) -> Wellbeing:
    return Wellbeing(
        day=TODAY,
        sleep_efficiency=_perhaps(chance, chance.random()),
        stress_index=_perhaps(chance, chance.uniform(0, 10)),
    )


def _on(days_ago: int, some: Any) -> Any:
    return replace(some, day=ago(days_ago))


# Drawn beforehand: so a past is quick to make, and to shrink.
_CHANCES = [Random(number) for number in range(400)]  # noqa: S311 - no secret
PERSONS = st.sampled_from([_somebody(chance) for chance in _CHANCES])
WORKOUTS = st.builds(_on, st.integers(0, 70), st.sampled_from([_something(chance) for chance in _CHANCES]))
NIGHTS = st.builds(_on, st.integers(-1, 10), st.sampled_from([_some_night(chance) for chance in _CHANCES]))
HISTORIES = st.builds(
    History, st.lists(WORKOUTS, max_size=12).map(tuple), st.lists(NIGHTS, max_size=4).map(tuple)
)


def numbers(prescription: Prescription) -> tuple[float, float]:
    return prescription.duration_minutes, prescription.intensity_score
