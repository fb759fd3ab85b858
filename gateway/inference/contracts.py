"""What the recommender's models take and give, as their files say it and clients of the protocol see it."""

from dataclasses import dataclass
from typing import Final

from gateway.inference.tensors import Bound, TensorSpec
from recommender.features import FEATURES
from recommender.prescription import (
    HIGHEST_INTENSITY,
    LONGEST_MINUTES,
    LOWEST_INTENSITY,
    SHORTEST_MINUTES,
    WORKOUT_TYPES,
)


@dataclass(frozen=True, slots=True)
class Contract:
    """Inputs and outputs of a model.

    Attributes:
        inputs: all are needed.
        outputs: any of them can be asked for.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


_FEATURES: Final = TensorSpec(
    "features",
    "FP32",
    (len(FEATURES),),
    tuple(
        Bound(feature.name, feature.low, feature.high, whole=feature.name == "training_phase")
        for feature in FEATURES
    ),
)
_IMPUTED: Final = TensorSpec(
    "imputed", "FP32", (len(FEATURES),), tuple(Bound(feature.name, 0, 1, whole=True) for feature in FEATURES)
)
_WORKOUT_TYPE: Final = TensorSpec(
    "workout_type", "INT64", (), (Bound("workout_type", 0, len(WORKOUT_TYPES) - 1, whole=True),)
)
_PRESCRIPTION: Final = TensorSpec(
    "prescription",
    "FP32",
    (2,),
    (
        Bound("duration_minutes", SHORTEST_MINUTES, LONGEST_MINUTES),
        Bound("intensity_score", LOWEST_INTENSITY, HIGHEST_INTENSITY),
    ),
)
_OUTCOME: Final = TensorSpec("outcome", "FP32", (3,))

INTENSITY: Final = Contract((_FEATURES, _IMPUTED), (_PRESCRIPTION,))
"""Of each row: duration_minutes and intensity_score."""
EFFECT: Final = Contract((_FEATURES, _IMPUTED, _WORKOUT_TYPE, _PRESCRIPTION), (_OUTCOME,))
"""Of each row: training effect, probability of completion and RPE."""
