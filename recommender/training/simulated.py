"""What to learn from where there are no records yet: simulated members, who are not real people.

Each of their days is a row, and what suited is taken from what went on record, as with real people. The
workout of a row is one that they were told by lot to try that day, as in a randomised trial: a coach never
tries what seems wrong, and a model that has only seen what coaches do cannot know why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.exertion import COMPLETED, RPE_PER_INTENSITY, ease, served, suited, wanted_rpe
from recommender.features import feature_vector, recent
from recommender.history import HIGHEST_RPE, LOWEST_RPE, Workout
from recommender.monitoring.segments import age_band
from recommender.prescription import (
    HIGHEST_INTENSITY,
    LONGEST_MINUTES,
    LOWEST_INTENSITY,
    SHORTEST_MINUTES,
    WORKOUT_TYPES,
    Prescription,
)
from recommender.rule_engine import prescribe
from recommender.simulation.members import simulate
from recommender.training.dataset import SEGMENTS, Dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from recommender.simulation.members import SimulatedDay, SimulatedMember

DAYS: Final = 120
"""So long each member is followed: two rounds of training phases for most."""
RATING_NOISE: Final = 0.5
CUT_SHORT: Final = (0.5, COMPLETED)
"""Shares of the plan at which those stop who do not complete it."""
UNKNOWN: Final = (np.nan, np.nan)


def dataset(
    members: int, seed: int, on_progress: Callable[[str, int, int], None], *, days: int = DAYS
) -> Dataset:
    """A table of as many members as wanted; the same seed gives the same one.

    Raises:
        ValueError: there is nobody or no day, or the seed is negative.
    """
    chance = np.random.default_rng([seed, members])
    rows: list[tuple[Any, ...]] = []
    for number, somebody in enumerate(simulate(members=members, days=days, seed=seed)):
        rows.extend((number, *row) for row in _rows(somebody, chance))
        on_progress("simulating members", number + 1, members)
    columns = zip(*rows, strict=True)
    member, day, values, imputed, target, wanted, trained, felt, truth, rules, types, *others = columns
    planned, outcome, *segments = others
    return Dataset(
        source=f"{members} simulated members over {days} days (seed {seed}), who are not real people",
        member=np.array(member, np.int32),
        day=np.array(day, np.int32),
        values=np.array(values, np.float32),
        imputed=np.array(imputed),
        target=np.array(target, np.float32),
        wanted=np.array(wanted, np.float32),
        trained=np.array(trained),
        ease=np.array(felt, np.float32),
        truth=np.array(truth, np.float32),
        rules=np.array(rules, np.float32),
        types=np.array(types, np.int8),
        prescribed=np.array(planned, np.float32),
        outcome=np.array(outcome, np.float32),
        segments={name: np.array(column) for name, column in zip(SEGMENTS, segments, strict=True)},
    )


def _rows(member: SimulatedMember, chance: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for today in member.days:
        person, past = today.person, recent(member.history, today.day)
        features = feature_vector(person, past, today.day)
        rules = prescribe(person, past, today.day, features)
        done = today.workout
        best = None if done is None else suited(done, person.goal, person.training_phase)
        really = today.truth.suited
        felt = None if done is None else ease(done)
        yield (
            today.day.toordinal(),
            features.values,
            features.is_imputed,
            UNKNOWN if best is None else (best.duration_minutes, best.intensity_score),
            wanted_rpe(person.goal, person.training_phase) / RPE_PER_INTENSITY,
            done is not None,
            np.nan if felt is None else felt,
            (really.duration_minutes, really.intensity_score),
            (rules.duration_minutes, rules.intensity_score),
            *_try_anything(today, chance),
            person.sex,
            age_band(person.age_years),
            person.level,
        )


_Outcome = tuple[float, bool, float]
"""How well it served, whether it was completed, its RPE."""


def _try_anything(
    today: SimulatedDay, chance: np.random.Generator
) -> tuple[int, tuple[float, float], _Outcome]:
    """The kind, the minutes and intensity of a workout drawn by lot, and what goes on record of it."""
    kind = int(chance.integers(len(WORKOUT_TYPES)))
    minutes = float(np.exp(chance.uniform(np.log(SHORTEST_MINUTES), np.log(LONGEST_MINUTES))))
    intensity = float(chance.uniform(LOWEST_INTENSITY, HIGHEST_INTENSITY))
    ((_, completes, felt),) = today.truth.answers(np.array([kind]), np.array([[minutes, intensity]]))
    share = 1.0 if chance.random() < completes else float(chance.uniform(*CUT_SHORT))
    rating = float(min(max(round(felt + chance.normal(0.0, RATING_NOISE)), LOWEST_RPE), HIGHEST_RPE))
    tried = Workout(
        day=today.day,
        type=WORKOUT_TYPES[kind],
        duration_minutes=share * minutes,
        intensity_score=intensity,
        prescribed=Prescription(minutes, intensity),
        completion=share,
        rpe=rating,
    )
    effect = served(tried, today.person.goal, today.person.training_phase)
    return kind, (minutes, intensity), (np.nan if effect is None else effect, share >= COMPLETED, rating)
