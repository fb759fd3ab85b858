"""What came out of learning, and what it says of people, before it is a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from recommender import effect, encoding, intensity
from recommender.personal import FIXED, Personal

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.prescribing import Predictor
    from recommender.training.examples import Scales
    from recommender.training.recipe import Recipe
    from recommender.training.weights import Weights


class EffectPredictor(Protocol):
    """Whatever says effect, completion and RPE: an `EffectModel`, or a network in the making."""

    def predict(
        self, values: NDArray[Any], imputed: NDArray[Any], types: NDArray[Any], prescriptions: NDArray[Any]
    ) -> NDArray[np.float32]:
        """As `EffectModel.predict`."""
        ...


@dataclass(frozen=True, slots=True)
class Models:
    """Both, as they are judged together."""

    intensity: Predictor
    effect: EffectPredictor


@dataclass(frozen=True, slots=True)
class Learned:
    """A network that has learned.

    Attributes:
        weights: its own.
        scales: of what it sees and says.
        recipe: how it learned.
    """

    weights: Weights
    scales: Scales
    recipe: Recipe


@dataclass(frozen=True, slots=True)
class LearnedIntensity(Learned):
    """An intensity network, and how it gets to know one person.

    Attributes:
        personal: estimated on members that the network has not learned from.
    """

    personal: Personal = FIXED

    def predict(self, values: NDArray[Any], imputed: NDArray[Any]) -> NDArray[np.float32]:
        """Minutes and intensity, (n, 2)."""
        return self.in_units(self.weights.answers(encoding.rows(values, imputed, self.scales.given)))

    def in_units(self, answers: NDArray[np.float32]) -> NDArray[np.float32]:
        """What scaled answers (n, 2) mean."""
        return np.clip(self.scales.said.in_units(answers), intensity.LOWEST, intensity.HIGHEST)


@dataclass(frozen=True, slots=True)
class LearnedEffect(Learned):
    """An effect network."""

    def predict(
        self, values: NDArray[Any], imputed: NDArray[Any], types: NDArray[Any], prescriptions: NDArray[Any]
    ) -> NDArray[np.float32]:
        """Effect, probability of completion and RPE, (n, 3)."""
        rows = encoding.rows(values, imputed, self.scales.given, types=types, prescriptions=prescriptions)
        return self.in_units(self.weights.answers(rows))

    def in_units(self, answers: NDArray[np.float32]) -> NDArray[np.float32]:
        """What scaled answers (n, 3) mean; the second is a logit."""
        said = answers.copy()
        said[:, 1] = 1 / (1 + np.exp(-said[:, 1]))
        return np.clip(self.scales.said.in_units(said), effect.LOWEST, effect.HIGHEST)
