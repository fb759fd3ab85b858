"""The intensity model's loss and its gradient, as `recommender.training.network` has TensorFlow do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

HUBER: Final = 0.25
"""As in training: deviations up to which an error counts by its square; beyond, by its size."""


def steady_huber(
    wanted: NDArray[Any], said: NDArray[Any], steady: tuple[float, float]
) -> tuple[float, NDArray[np.float64]]:
    """Error, and how far the answer swings from one day of a person to the next.

    Args:
        wanted: (m, days, 4), minutes and intensity scaled, whether they are known, whether the next day
            follows (`recommender.training.examples.intensity_examples`).
        said: (m, days, 2), scaled.
        steady: what a swing of minutes and of intensity costs beside an error of that size.

    Returns:
        The loss, and its gradient by `said`, (m, days, 2).
    """
    known, follows = wanted[..., 2:3], wanted[:, :-1, 3:4]
    rows, steps = max(float(known.sum()), 1.0), max(float(follows.sum()), 1.0)
    error, swing = said - wanted[..., :2], np.diff(said, axis=1)
    size = np.abs(error)
    huber = np.where(size < HUBER, size * size / (2 * HUBER), size - HUBER / 2)
    loss = (known * huber).sum() / rows + (follows * np.asarray(steady) * np.abs(swing)).sum() / steps
    gradient = known * np.clip(error / HUBER, -1.0, 1.0) / rows
    pulls = follows * np.asarray(steady) * np.sign(swing) / steps
    gradient[:, 1:] += pulls
    gradient[:, :-1] -= pulls
    return float(loss), gradient
