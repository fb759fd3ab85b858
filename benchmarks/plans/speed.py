"""One plan with its explanation, on one core, and its parts.

Beside the exact Shapley values, the same ones by the straightforward way: a call of the model for each
coalition. Beside a call of the model, onnxruntime alone with the same session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.plans.timing import HEADING, Timing, one_core, row, timed
from recommender import effect, intensity
from recommender.coach import Coach
from recommender.composing.compose import compose
from recommender.effect import no_harder_than
from recommender.explanation import explain
from recommender.explanation.attribution import attribute
from recommender.explanation.shapley import memberships, shapley_values
from recommender.features import FEATURE_NAMES, feature_vector
from recommender.gym import EQUIPMENT, Gym, Machine
from recommender.history import History
from recommender.prescription import WORKOUT_TYPES
from recommender.simulation.members import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from numpy.typing import NDArray

    from recommender.features import FeatureVector
    from recommender.intensity import IntensityModel
    from recommender.person import Person
    from recommender.plan import Composition, Plan
    from recommender.prescription import Prescription

SEED = 9001
DAYS = 120
SLOW_TURNS = 5
"""Of what takes a thousand calls."""
WHOLE, MODEL, ALONE = "whole plan", "intensity model", "onnxruntime alone"
EXACT, ONE_BY_ONE = "Shapley values", "a call for each coalition"
ALLOWED_MS = 20
GYM = Gym(
    machines=tuple(
        Machine(kind=kind, station_id=f"{kind}-{number}", free=number > 1)
        for kind in ("treadmill", "bike", "rower")
        for number in (1, 2)
    ),
    equipment=frozenset(EQUIPMENT),
)


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody on a day."""

    person: Person
    history: History
    today: date
    features: FeatureVector


def cases(members: int) -> list[Case]:
    """Simulated members after some months."""
    found = []
    for member in simulate(members=members, days=DAYS, seed=SEED):
        last = member.days[-1]
        history = History(
            tuple(each for each in member.history.workouts if each.day < last.day),
            tuple(each for each in member.history.wellbeing if each.day <= last.day),
        )
        features = feature_vector(last.person, history, last.day)
        found.append(Case(last.person, history, last.day, features))
    return found


def measure(members: int) -> dict[str, Timing]:
    """Make a plan for each member, then each part of it.

    Raises:
        ModelRefused: the packaged models cannot be used.
    """
    people, minutes_of, effect_of = cases(members), intensity.load(), effect.load()
    coach, others = Coach(minutes_of, effect_of), minutes_of.background

    def plan(case: Case, seed: int) -> Plan:
        return coach.plan(case.person, case.history, GYM, case.today, seed)

    def composed(case: Case, made: Composition) -> Composition:
        return compose(
            person=case.person,
            prescription=made.prescription,
            type=made.type,
            gym=GYM,
            history=case.history,
            today=case.today,
            seed=2,
        )

    with one_core():
        made = [plan(each, 1).composition for each in people]
        asked = [candidates(each, plan.prescription) for each, plan in zip(people, made, strict=True)]
        alone = [(None, intensity.state(*row_of(each))) for each in people]
        figures = {
            WHOLE: timed(plan, [(each, 2) for each in people]),
            "features": timed(feature_vector, [(each.person, each.history, each.today) for each in people]),
            MODEL: timed(minutes_of.predict, [row_of(each) for each in people]),
            ALONE: timed(minutes_of.model.session.run, alone),
            "effect model, all candidates": timed(effect_of.predict, asked),
            "composition": timed(composed, zip(people, made, strict=True)),
            "Shapley values and sentence": timed(
                explain, [(each.features, minutes_of.predict, others) for each in people]
            ),
            EXACT: timed(attribute, [(each.features, minutes_of.predict, others) for each in people]),
            ONE_BY_ONE: timed(one_by_one, [(each, minutes_of) for each in people[:SLOW_TURNS]]),
        }
    require_alike(people[0], minutes_of)
    return figures


def row_of(case: Case) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """What the models see of somebody."""
    return case.features.values[None], case.features.is_imputed[None]


def candidates(case: Case, prescription: Prescription) -> tuple[NDArray[Any], ...]:
    """What the effect model is asked for one plan."""
    asked = no_harder_than(prescription, WORKOUT_TYPES)
    values, imputed = (np.repeat(each, len(asked), axis=0) for each in row_of(case))
    types = np.array([WORKOUT_TYPES.index(each.type) for each in asked])
    planned = [[each.prescription.duration_minutes, each.prescription.intensity_score] for each in asked]
    return values, imputed, types, np.array(planned)


def one_by_one(case: Case, model: IntensityModel) -> NDArray[np.float64]:
    """The same Shapley values (10, 2), by one call of the model for each coalition."""
    values, stands_in = model.background
    worths = [
        model.predict(
            np.where(members, case.features.values, values),
            np.where(members, case.features.is_imputed, stands_in),
        ).mean(axis=0)
        for members in memberships(len(FEATURE_NAMES))
    ]
    return shapley_values(np.array(worths, np.float64))


def require_alike(case: Case, model: IntensityModel) -> None:
    """Refuse to compare two ways that do not come to the same.

    Raises:
        RuntimeError: they do not.
    """
    ours = attribute(case.features, model.predict, model.background).parts
    if not np.allclose(ours, one_by_one(case, model), atol=1e-4):
        raise RuntimeError("the two ways to Shapley values differ")


def table(figures: dict[str, Timing]) -> Iterator[str]:
    """For people."""
    yield f"{'one core':44}{HEADING[44:]}"
    for name, each in figures.items():
        yield row(name, each)
    yield from (f"{text}: {value:.2f}" for text, value in ratios(figures).items())


def ratios(figures: dict[str, Timing]) -> dict[str, float]:
    """What is compared, in medians."""

    def times(slow: str, fast: str) -> float:
        return figures[slow].median_ms / figures[fast].median_ms

    return {
        f"{ONE_BY_ONE}, times ours": times(ONE_BY_ONE, EXACT),
        f"{MODEL}, times {ALONE}": times(MODEL, ALONE),
        f"{WHOLE}, share of the {ALLOWED_MS} ms it may take": figures[WHOLE].median_ms / ALLOWED_MS,
    }
