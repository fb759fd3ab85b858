"""What the networks see: a person's ten features, and a workout, as one row of numbers near zero.

The exported ONNX files do this themselves, so that their clients send plain values. The int8 files do not:
raw ranges from 0.3 to 240 in one tensor would leave nothing of eight bits; they take these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.features import FEATURE_NAMES
from recommender.person import TRAINING_PHASES
from recommender.prescription import WORKOUT_TYPES

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

PHASE: Final = FEATURE_NAMES.index("training_phase")
MEASURED: Final = tuple(column for column in range(len(FEATURE_NAMES)) if column != PHASE)
"""The features that are a measure; the other one is a category."""
MOST_DEVIATIONS: Final = 4.0
"""Beyond, a value is no further away: networks guess wildly where they have seen nobody."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Brings numbers of many units near zero, and back.

    Attributes:
        mean: float32 (k,).
        deviation: float32 (k,), above zero.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def scaled(self, values: NDArray[Any]) -> NDArray[np.float32]:
        """Standard deviations from the mean, for values (..., k)."""
        return ((values - self.mean) / self.deviation).astype(np.float32)

    def in_units(self, scaled: NDArray[Any]) -> NDArray[np.float32]:
        """The values again."""
        return (scaled * self.deviation + self.mean).astype(np.float32)


def scale_of(values: NDArray[Any]) -> Scale:
    """Mean and standard deviation of each column (n, k) without NaN; a constant column keeps its size."""
    mean, deviation = np.nanmean(values, axis=0), np.nanstd(values, axis=0)
    return Scale(mean.astype(np.float32), np.where(deviation > 0, deviation, 1.0).astype(np.float32))


def rows(
    values: NDArray[Any],
    imputed: NDArray[Any],
    scale: Scale,
    *,
    types: NDArray[Any] | None = None,
    prescriptions: NDArray[Any] | None = None,
) -> NDArray[np.float32]:
    """One row a person, or a person and a workout.

    Args:
        values: (n, 10), in the order of FEATURES.
        imputed: (n, 10), whether a value stands in for one that is not known.
        scale: of the nine measured features, then of minutes and intensity when there is a workout.
        types: (n,), indices into WORKOUT_TYPES.
        prescriptions: (n, 2), minutes and intensity.

    Returns:
        float32 (n, `width`): scaled numbers, the ten of `imputed`, the phase and the type one-hot.
    """
    numbers = [values[:, MEASURED]] if prescriptions is None else [values[:, MEASURED], prescriptions]
    scaled = scale.scaled(np.concatenate(numbers, axis=1)).clip(-MOST_DEVIATIONS, MOST_DEVIATIONS)
    parts = [scaled, imputed, _one_hot(values[:, PHASE], len(TRAINING_PHASES))]
    if types is not None:
        parts.append(_one_hot(types, len(WORKOUT_TYPES)))
    return np.concatenate(parts, axis=1, dtype=np.float32)


def plain_columns(*, workout: bool) -> int:
    """How many columns of a row come before the categories."""
    return len(MEASURED) + (2 if workout else 0) + len(FEATURE_NAMES)


def _one_hot(indices: NDArray[Any], count: int) -> NDArray[np.float32]:
    chosen = np.rint(indices).clip(0, count - 1).astype(np.int64)
    return np.asarray(np.eye(count, dtype=np.float32)[chosen])
