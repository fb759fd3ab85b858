"""How few others an explanation may compare a person with: chosen ones beside as many by chance.

The truth is an explanation with 256 simulated members, sixteen at a time: Shapley values are linear in them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recommender import intensity
from recommender.explanation.attribution import OTHERS_MOST, attribute
from recommender.explanation.background import representative
from recommender.explanation.reasoning import MINUTES_A_POINT
from recommender.features import feature_vector
from recommender.simulation.members import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recommender.explanation.attribution import Background
    from recommender.features import FeatureVector
    from recommender.intensity import IntensityModel

SEED = 9004
DAYS = 60
EVERYONE = 256
ROWS = (1, 4, 8, 16)
DRAWS = 4
WEIGHTIEST = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """What comparing with so many others costs in accuracy and in time.

    Attributes:
        rows: how many others.
        chance: mean error of a part in points, rows by chance.
        chosen: likewise, rows chosen.
        same: share of the three weightiest features that are the same, rows chosen.
        seconds: for all persons.
    """

    rows: int
    chance: float
    chosen: float
    same: float
    seconds: float


def measure(persons: int) -> tuple[float, list[Cost]]:
    """The mean size of a part, and the cost for each number of others.

    Raises:
        ModelRefused: the packaged model cannot be used.
    """
    model = intensity.load()
    vectors = [
        feature_vector(day.person, member.history, day.day)
        for member in simulate(members=persons + EVERYONE, days=DAYS, seed=SEED)
        for day in member.days[-1:]
    ]
    judged, others = vectors[:persons], vectors[persons:]
    everyone = np.array([each.values for each in others]), np.array([each.is_imputed for each in others])
    pieces = [
        _rows(everyone, np.arange(first, first + OTHERS_MOST)) for first in range(0, EVERYONE, OTHERS_MOST)
    ]
    truth = np.mean([_parts(model, judged, piece) for piece in pieces], axis=0)
    return float(np.abs(truth).mean()), [_cost(model, judged, everyone, truth, rows) for rows in ROWS]


def _cost(
    model: IntensityModel,
    judged: list[FeatureVector],
    everyone: Background,
    truth: NDArray[np.float64],
    rows: int,
) -> Cost:
    chance = np.random.default_rng(SEED)
    drawn = [_rows(everyone, chance.choice(EVERYONE, rows, replace=False)) for _ in range(DRAWS)]
    background = representative(everyone, model.predict, rows)
    begun_s = time.perf_counter()
    found = _parts(model, judged, background)
    seconds = time.perf_counter() - begun_s
    return Cost(
        rows=rows,
        chance=float(np.mean([np.abs(_parts(model, judged, each) - truth).mean() for each in drawn])),
        chosen=float(np.abs(found - truth).mean()),
        same=float(
            np.mean(
                [
                    len(one & two) / WEIGHTIEST
                    for one, two in zip(_weightiest(found), _weightiest(truth), strict=True)
                ]
            )
        ),
        seconds=seconds,
    )


def _parts(model: IntensityModel, judged: list[FeatureVector], background: Background) -> NDArray[np.float64]:
    """(persons, 10, 2) Shapley values in points."""
    points = np.array([1 / MINUTES_A_POINT, 1.0])
    return np.array([attribute(each, model.predict, background).parts * points for each in judged])


def _weightiest(parts: NDArray[np.float64]) -> list[set[int]]:
    sizes = np.abs(parts).sum(axis=2)
    return [set(row.argsort()[-WEIGHTIEST:].tolist()) for row in sizes]


def _rows(everyone: Background, which: NDArray[np.int64]) -> Background:
    return everyone[0][which], everyone[1][which]


def table(size: float, costs: list[Cost]) -> Iterator[str]:
    """For people."""
    usual = next(each for each in costs if each.rows == len(intensity.load().background[0]))
    yield f"others in an explanation: mean error of a part, which is {size:.3f} points on average"
    yield f"{'others':>6} {'by chance':>10} {'chosen':>8} {'same three':>11} {'time':>6}"
    for each in costs:
        yield (
            f"{each.rows:6} {each.chance:10.3f} {each.chosen:8.3f} {100 * each.same:9.0f} % "
            f"{each.seconds / usual.seconds:6.2f}"
        )
