"""Which recipe: a random search, and then as much smoothing as it takes. Pure: judging is given to it.

Random rather than a grid: few of the numbers matter, and it tries more values of those that do (Bergstra and
Bengio, "Random search for hyper-parameter optimization", J. Mach. Learn. Res. 13 (2012) 281-305).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.training.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

FIRST: Final = (32, 48, 64, 96)
SECOND: Final = (16, 32, 48)
EMBEDDING: Final = (2, 3, 4)
DROPOUT: Final = (0.0, 0.02, 0.05)
LEARNING_RATE: Final = (2e-3, 1e-2)

FIRST_STEADINESS: Final = (9.0, 1.3)
"""Of minutes and of intensity; a swing of minutes costs more, because what members usually do hides it."""
WANTED_SWING: Final = 0.485
"""Share of the swing without smoothing; half is what is promised of members that nobody has seen."""
ENOUGH_SWING: Final = 0.46
"""Less would only make answers worse."""
MOST_CHANGE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Trial:
    """One recipe and what came of it, on members it has not learned from.

    Attributes:
        recipe: what was tried.
        error: what was to be made small: the loss without its smoothness term.
        swing: of the intensity model, the mean step from day to day in spreads of what suits.
    """

    recipe: Recipe
    error: float
    swing: float | None = None


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


def smoothings(rough: Trial, tries: int, judge: Callable[[Recipe], Trial]) -> Iterator[Trial]:
    """Raise or lower what a swing costs until it is a little less than half of what it was.

    Args:
        rough: learned without the smoothness term.
        tries: how many at most.
        judge: learns by a recipe.
    """
    minutes, intensity = FIRST_STEADINESS
    for _ in range(tries):
        trial = judge(replace(rough.recipe, steady_minutes=minutes, steady_intensity=intensity))
        yield trial
        share = swing_share(trial, rough)
        if ENOUGH_SWING <= share <= WANTED_SWING:
            return
        factor = min(max(2 * share / (ENOUGH_SWING + WANTED_SWING), 1 / MOST_CHANGE), MOST_CHANGE)
        minutes, intensity = (float(f"{each * factor:.3g}") for each in (minutes, intensity))


def swing_share(trial: Trial, rough: Trial) -> float:
    """Of the swing without smoothing.

    Raises:
        ValueError: a model that has no swing was tried.
    """
    if trial.swing is None or rough.swing is None:
        raise ValueError("only recipes of the intensity model can be held against each other by their swing")
    return trial.swing / rough.swing


def steadiest(trials: Sequence[Trial], rough: Trial) -> Trial:
    """The one with the least error among those that are steady enough; if none is, the steadiest."""
    steady = [trial for trial in trials if swing_share(trial, rough) <= WANTED_SWING]
    if steady:
        return min(steady, key=lambda trial: trial.error)
    return min(trials, key=lambda trial: swing_share(trial, rough))
