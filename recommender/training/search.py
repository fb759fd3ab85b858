"""Which recipe: a random search, and then what a swing should cost. Pure.

Random rather than a grid: few of the numbers matter, and it tries more values of those that do (Bergstra and
Bengio, "Random search for hyper-parameter optimization", J. Mach. Learn. Res. 13 (2012) 281-305).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FIRST: Final = (32, 48, 64, 96)
SECOND: Final = (16, 32, 48)
EMBEDDING: Final = (2, 3, 4)
DROPOUT: Final = (0.0, 0.02, 0.05)
LEARNING_RATE: Final = (2e-3, 1e-2)

PRICES: Final = ((2.0, 0.6), (2.0, 0.9), (1.5, 0.6), (1.5, 0.9), (2.0, 1.2))
"""What a swing of minutes and of intensity costs in the loss, to try; a band takes what is left of it."""
WANTED_SWING: Final = 0.47
"""Share of the swing without smoothing; half is what is promised of members that nobody has seen."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe and what came of it, on members it has not learned from.

    Attributes:
        recipe: what was tried.
        error: what was to be made small: the loss without its smoothness term.
        swing: of the intensity model, the mean step from day to day in spreads of what suits.
        shares: of it, each answer's step as a share of the one without smoothing.
    """

    recipe: Recipe
    error: float
    swing: float | None = None
    shares: tuple[float, float] | None = None


def recipes(count: int, seed: int) -> Iterator[Recipe]:
    """The starting point, then random ones."""
    chance = np.random.default_rng([seed, count])
    yield Recipe()
    for _ in range(count - 1):
        yield Recipe(
            first=int(chance.choice(FIRST)),
            second=int(chance.choice(SECOND)),
            embedding=int(chance.choice(EMBEDDING)),
            dropout=float(chance.choice(DROPOUT)),
            learning_rate=float(f"{np.exp(chance.uniform(*np.log(LEARNING_RATE))):.3g}"),
        )


def priced(rough: Recipe, count: int) -> Iterator[Recipe]:
    """The recipe with what a swing may cost."""
    for minutes, intensity in PRICES[:count]:
        yield replace(rough, steady_minutes=minutes, steady_intensity=intensity)


def steadiest(trials: Sequence[Trial]) -> Trial:
    """The one with the least error among those that are steady enough; if none is, the steadiest."""
    steady = [trial for trial in trials if _share(trial) <= WANTED_SWING]
    if steady:
        return min(steady, key=lambda trial: trial.error)
    return min(trials, key=_share)


def _share(trial: Trial) -> float:
    """Of the answer that swings more."""
    if trial.shares is None:
        raise ValueError("only recipes of the intensity model can be held against each other by their swing")
    return max(trial.shares)
