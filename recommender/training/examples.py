"""Rows in the form that a network learns from: a person's days in order, and what was right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender import encoding
from recommender.encoding import Scale
from recommender.training.dataset import follows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.training.dataset import Dataset

DAYS: Final = 8
"""So many rows of one member in a row: seven of eight swings are seen, and batches stay mixed."""


@dataclass(frozen=True, slots=True)
class Examples:
    """What a network is shown.

    Attributes:
        rows: float32 (m, days, width).
        wanted: float32 (m, days, k), as the loss of the task takes it; zero where nothing is known.
    """

    rows: NDArray[np.float32]
    wanted: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Scales:
    """Of what goes into a network, and of what comes out."""

    given: Scale
    said: Scale


def intensity_scales(dataset: Dataset) -> Scales:
    """Of the intensity model."""
    return Scales(
        encoding.scale_of(dataset.values[:, encoding.MEASURED]), encoding.scale_of(dataset.network_target)
    )


def effect_scales(dataset: Dataset) -> Scales:
    """Of the effect model; a completion is a probability and keeps its size."""
    numbers = np.concatenate([dataset.values[:, encoding.MEASURED], dataset.prescribed], axis=1)
    said = encoding.scale_of(dataset.outcome)
    keeps = np.array([False, True, False])
    return Scales(
        encoding.scale_of(numbers),
        Scale(
            np.where(keeps, 0, said.mean).astype(np.float32),
            np.where(keeps, 1, said.deviation).astype(np.float32),
        ),
    )


def intensity_rows(dataset: Dataset, scales: Scales) -> NDArray[np.float32]:
    """What the intensity model sees of each row: (n, width)."""
    return encoding.rows(dataset.values, dataset.imputed, scales.given)


def effect_rows(dataset: Dataset, scales: Scales) -> NDArray[np.float32]:
    """What the effect model sees of each row, all of which have a workout: (n, width)."""
    return encoding.rows(
        dataset.values,
        dataset.imputed,
        scales.given,
        types=dataset.types,
        prescriptions=dataset.prescribed,
    )


def intensity_examples(dataset: Dataset, scales: Scales) -> Examples:
    """Runs of `DAYS` rows; the last run of the table is filled up with rows that teach nothing."""
    target = scales.said.scaled(dataset.network_target)
    known = ~np.isnan(target).any(axis=1)
    wanted = np.column_stack([np.nan_to_num(target), known, np.append(follows(dataset), [False])])
    rows = intensity_rows(dataset, scales)
    missing = -len(rows) % DAYS
    return Examples(
        np.pad(rows, ((0, missing), (0, 0))).reshape(-1, DAYS, rows.shape[1]),
        np.pad(wanted, ((0, missing), (0, 0))).reshape(-1, DAYS, wanted.shape[1]).astype(np.float32),
    )


def effect_examples(dataset: Dataset, scales: Scales) -> Examples:
    """Each row with a workout by itself."""
    trials = dataset.take(dataset.has_workout)
    right = scales.said.scaled(trials.outcome)
    wanted = np.column_stack([np.nan_to_num(right), ~np.isnan(right)]).astype(np.float32)
    return Examples(effect_rows(trials, scales)[:, None], wanted[:, None])
