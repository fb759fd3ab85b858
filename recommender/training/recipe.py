"""How a network is made and learns: what a person sets, and what a search may choose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

OnProgress = Callable[[str, int, int], None]
"""Told what is going on, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a search may choose.

    Attributes:
        first, second: width of the two hidden layers.
        embedding: width of the vector that stands for a category.
        dropout: share of the first layer that is left out while learning.
        learning_rate: of Adam at the start; it falls along half a cosine.
        steady_minutes, steady_intensity: what a swing from day to day costs beside an error of that size.
    """

    first: int = 64
    second: int = 32
    embedding: int = 3
    dropout: float = 0.3
    learning_rate: float = 3e-3
    steady_minutes: float = 0.0
    steady_intensity: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How much to do.

    Attributes:
        seed: chance; the same seed gives the same models.
        trials: how many recipes to try for each model, the starting point among them.
        trial_epochs: how long each of them learns.
        epochs: how long the chosen ones learn at most.
        patience: so many epochs in a row that are no better end it.
        smoothings: how many prices of a swing to try.
    """

    seed: int = 1
    trials: int = 6
    trial_epochs: int = 5
    epochs: int = 30
    patience: int = 5
    smoothings: int = 5
