"""A second judgement, by what no record tells: would the workout that ranks first have served best?

Only simulated members have such a truth, and these took no part in anything before.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.effect import Candidate, rank
from recommender.exertion import WORTH
from recommender.features import feature_vector, recent
from recommender.prescription import WORKOUT_TYPES, Prescription
from recommender.rule_engine import prescribe
from recommender.simulation.members import simulate
from recommender.training.simulated import DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.person import Goal
    from recommender.simulation.members import SimulatedDay, SimulatedMember
    from recommender.training.learned import Models
    from recommender.training.recipe import OnProgress

MEMBERS: Final = 60
EVERY_DAYS: Final = 10
SEED: Final = 20_000_003
"""Of people whom no training draws."""
CANDIDATES: Final = tuple(
    Candidate(kind, Prescription(minutes, intensity))
    for kind, minutes, intensity in product(
        WORKOUT_TYPES, (15.0, 25.0, 35.0, 45.0, 60.0, 75.0, 90.0), (1.5, 2.25, 3.0, 3.75, 4.5)
    )
)
TYPES: Final = np.array([WORKOUT_TYPES.index(each.type) for each in CANDIDATES])
PLANNED: Final = np.array(
    [(each.prescription.duration_minutes, each.prescription.intensity_score) for each in CANDIDATES]
)


@dataclass(frozen=True, slots=True)
class HiddenEvaluation:
    """Held against what would really have served.

    Attributes:
        days: that were judged by.
        rank_correlation: Spearman's, between predicted and true effect of the candidates of a day; the mean.
        regret: share of the best candidate's effect that is lost by taking the one that ranks first.
        rules_regret: likewise by taking the rule engine's prescription as the kind that is worth most.
        random_regret: likewise by taking any.
    """

    days: int
    rank_correlation: float
    regret: float
    rules_regret: float
    random_regret: float

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


def judge(
    models: Models, on_progress: OnProgress, *, members: int = MEMBERS, seed: int = SEED
) -> HiddenEvaluation:
    """Follow new members, and ask on every tenth day."""
    found: list[list[float]] = []
    for number, member in enumerate(simulate(members=members, days=DAYS, seed=seed)):
        found.extend(_day(models, member, today) for today in member.days[EVERY_DAYS::EVERY_DAYS])
        on_progress("judging by what is hidden", number + 1, members)
    return HiddenEvaluation(len(found), *np.mean(found, axis=0).tolist())


def _day(models: Models, member: SimulatedMember, today: SimulatedDay) -> list[float]:
    past = recent(member.history, today.day)
    features = feature_vector(today.person, past, today.day)
    rules = prescribe(today.person, past, today.day, features)
    values, imputed = features.values[None], features.is_imputed[None]
    goal = today.person.goal
    count = len(CANDIDATES)
    said = models.effect.predict(np.repeat(values, count, 0), np.repeat(imputed, count, 0), TYPES, PLANNED)
    true = today.truth.answers(TYPES, PLANNED)[:, 0]
    worth = np.array([WORTH[goal][name] for name in WORKOUT_TYPES])
    first = CANDIDATES.index(rank(CANDIDATES, said, goal)[0].candidate)
    return [
        _spearman(said[:, 0] * worth[TYPES], true),
        1 - float(true[first] / true.max()),
        1 - _effect(today, goal, rules) / float(true.max()),
        1 - float(true.mean() / true.max()),
    ]


def _effect(today: SimulatedDay, goal: Goal, rules: Prescription) -> float:
    worth = WORTH[goal]
    kind = max(WORKOUT_TYPES, key=lambda name: worth[name])
    planned = np.array([[rules.duration_minutes, rules.intensity_score]])
    return float(today.truth.answers(np.array([WORKOUT_TYPES.index(kind)]), planned)[0, 0])


def _spearman(one: NDArray[Any], other: NDArray[Any]) -> float:
    places = [np.argsort(np.argsort(each, kind="stable")) for each in (one, other)]
    return float(np.atleast_2d(np.corrcoef(places))[0, 1])
