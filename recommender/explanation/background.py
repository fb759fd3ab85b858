"""The few others that a person is compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.explanation.attribution import Background, Predict

FEW: Final = 8
"""Rows that stand for all others: the model is asked 1,024 times as many."""
_SQUARES_COUNT: Final = 0.5
_ANSWERS_COUNT: Final = 2.0


def representative(everyone: Background, predict: Predict, rows: int = FEW) -> Background:
    """The few rows whose mean is the most like everyone's, for the features and for the model's answers.

    Greedy, in the manner of kernel herding (Chen, Welling and Smola, "Super-samples from kernel herding", UAI
    2010) on first and second moments. `docs/explanation/recommender.md` says how near eight such rows come.

    Args:
        everyone: values (n, 10) and whether each stands in for an unknown one (n, 10).
        predict: the model, as for `attribute`.
        rows: how many to keep; all of them when there are no more.

    Raises:
        ValueError: the model does not answer with finite numbers.
    """
    values, stands_in = everyone
    if len(values) <= rows:
        return everyone
    answers = np.asarray(predict(values, stands_in), np.float64)
    if not np.isfinite(answers).all():
        raise ValueError("the model does not answer its own background with finite numbers")
    columns = (_standard(values), _standard(stands_in), _ANSWERS_COUNT * _standard(answers))
    told = np.concatenate(columns, axis=1)
    moments = np.concatenate([told, _SQUARES_COUNT * told**2], axis=1)
    goal, total, kept = moments.mean(axis=0), np.zeros(moments.shape[1]), np.zeros(len(values), np.bool_)
    for count in range(1, rows + 1):
        away = np.square((moments + total) / count - goal).sum(axis=1)
        best = int(np.where(kept, np.inf, away).argmin())
        kept[best] = True
        total += moments[best]
    return values[kept], stands_in[kept]


def _standard(columns: NDArray[np.floating] | NDArray[np.bool_]) -> NDArray[np.float64]:
    numbers = columns.astype(np.float64)
    spread = numbers.std(axis=0)
    scaled: NDArray[np.float64] = (numbers - numbers.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    return scaled
