"""How much each feature moved a prediction away from what the model says of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.explanation.shapley import memberships, shapley_values
from recommender.features import FEATURE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from recommender.features import FeatureVector

    Predict = Callable[[NDArray[np.float32], NDArray[np.bool_]], NDArray[np.floating]]
    Background = tuple[NDArray[np.float32], NDArray[np.bool_]]

OUTPUTS: Final = 2
"""Minutes and intensity."""
OTHERS_MOST: Final = 16
"""More others would take the model longer than a plan may take; see `recommender.explanation.background`."""


@dataclass(frozen=True, slots=True)
class Attribution:
    """A prediction, taken apart.

    Attributes:
        base: (2,) mean prediction for others.
        parts: (10, 2) Shapley values; base and parts add up to the prediction.
    """

    base: NDArray[np.float64]
    parts: NDArray[np.float64]

    @property
    def prediction(self) -> NDArray[np.float64]:
        """(2,) what the model says of the person."""
        whole: NDArray[np.float64] = self.base + self.parts.sum(axis=0)
        return whole


def attribute(features: FeatureVector, predict: Predict, background: Background) -> Attribution:
    """Exact Shapley values of one prediction, in one call of the model.

    The worth of a coalition is the mean prediction for the others when its features are replaced by the
    person's: a value together with whether it was known (interventional, as in Janzing, Minorics and
    Bloebaum, "Feature relevance quantification in explainable AI: a causal problem", AISTATS 2020).

    Args:
        features: of the person.
        predict: values (n, 10) float32 and whether each stands in for an unknown one (n, 10) -> (n, 2).
        background: values (m, 10) and stand-ins (m, 10) of others.

    Raises:
        ValueError: the background has no rows or other columns, or the model does not answer with numbers.
    """
    values, stands_in = background
    columns, others = len(FEATURE_NAMES), len(values)
    if not values.shape == stands_in.shape == (others, columns) or not 1 <= others <= OTHERS_MOST:
        raise ValueError(
            f"a background of {values.shape} values and {stands_in.shape} stand-ins: "
            f"it needs 1 to {OTHERS_MOST} rows of {columns}"
        )
    replaced = memberships(columns)[:, None, :]
    answers = np.asarray(
        predict(
            np.where(replaced, features.values, values).reshape(-1, columns),
            np.where(replaced, features.is_imputed, stands_in).reshape(-1, columns),
        ),
        np.float64,
    )
    expected = (len(replaced) * others, OUTPUTS)
    if answers.shape != expected or not np.isfinite(answers).all():
        raise ValueError(f"the model answered {answers.shape} instead of finite numbers {expected}")
    # A game against each of the others, then the mean: the same as the game of the means, and quicker.
    parts = shapley_values(answers.reshape(len(replaced), -1)).reshape(columns, others, OUTPUTS)
    return Attribution(answers[:others].mean(axis=0), parts.mean(axis=1))
