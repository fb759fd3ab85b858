"""The effect model: what a workout would do for somebody today, so that workouts can be ranked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender import onnx_model
from recommender.exertion import WORTH
from recommender.history import HIGHEST_RPE, LOWEST_RPE
from recommender.intensity import STATE_INPUTS, read_background, require_numbers, state
from recommender.onnx_model import OnnxModel, Tensor
from recommender.prescription import WORKOUT_TYPES, Prescription, WorkoutType, within_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recommender.person import Goal

NAME: Final = "effect"
PACKAGED: Final = Path(__file__).parent / "weights" / NAME
INPUTS: Final = (*STATE_INPUTS, Tensor("workout_type", "int64"), Tensor("prescription", "float", 2))
OUTPUT: Final = Tensor("outcome", "float", 3)
LOWEST: Final = np.array([-np.inf, 0.0, LOWEST_RPE], dtype=np.float32)
HIGHEST: Final = np.array([np.inf, 1.0, HIGHEST_RPE], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class EffectModel:
    """A loaded model; any number of threads may share it."""

    model: OnnxModel

    @property
    def version(self) -> str:
        """As records and plans keep it."""
        return self.model.version

    def predict(
        self,
        values: NDArray[Any],
        imputed: NDArray[Any],
        types: NDArray[Any],
        prescriptions: NDArray[Any],
    ) -> NDArray[np.float32]:
        """What each workout would do for the person of its row.

        Args:
            values: (n, 10), in the order of FEATURES.
            imputed: (n, 10), whether a value stands in for one that is not known.
            types: (n,), indices into WORKOUT_TYPES.
            prescriptions: (n, 2), minutes and intensity.

        Returns:
            float32 (n, 3): training effect, probability that it is completed, RPE (1 to 10).

        Raises:
            ValueError: a shape is wrong, a value is not finite, or there is no such type of workout.
        """
        inputs = {**state(values, imputed), **_workouts(len(values), types, prescriptions)}
        return np.clip(self.model.run(inputs), LOWEST, HIGHEST)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A workout that could be today's."""

    type: WorkoutType
    prescription: Prescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What no workout of choice may go beyond.

    Attributes:
        highest_rpe: how hard it may feel.
        lowest_completion: the least probability that it is completed.
        most_load: minutes x intensity; None when nothing but the others holds it back.
    """

    highest_rpe: float = 8.5
    lowest_completion: float = 0.5
    most_load: float | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate and what is expected of it.

    Attributes:
        candidate: the workout.
        effect: training effect, times what its kind is worth for the goal.
        completion: probability that it is completed.
        rpe: how hard it will feel, 1 to 10.
        beyond: names of the limits that it breaks.
    """

    candidate: Candidate
    effect: float
    completion: float
    rpe: float
    beyond: tuple[str, ...]


def no_harder_than(prescription: Prescription, types: Sequence[WorkoutType]) -> tuple[Candidate, ...]:
    """Workouts of these types: as prescribed, a sixth shorter, half a point easier, and both."""
    return tuple(
        Candidate(
            type_, within_range(prescription.duration_minutes * share, prescription.intensity_score - less)
        )
        for type_ in types
        for share in (1.0, 5 / 6)
        for less in (0.0, 0.5)
    )


def rank(
    candidates: Sequence[Candidate], said: NDArray[Any], goal: Goal, limits: Limits | None = None
) -> tuple[Ranked, ...]:
    """The best first: those within the limits by effect, then the others, the one that feels easiest first.

    Equals keep their order.

    Args:
        candidates: n workouts.
        said: (n, 3), what `EffectModel.predict` said of them.
        goal: what the training is for; the model does not know it.
        limits: None for the usual ones.
    """
    held = limits or Limits()
    ranked = [
        Ranked(
            candidate,
            float(effect) * WORTH[goal][candidate.type],
            float(completion),
            float(rpe),
            _beyond(candidate, completion, rpe, held),
        )
        for candidate, (effect, completion, rpe) in zip(candidates, said, strict=True)
    ]
    return tuple(
        sorted(ranked, key=lambda each: (bool(each.beyond), each.rpe if each.beyond else -each.effect))
    )


def _beyond(candidate: Candidate, completion: float, rpe: float, limits: Limits) -> tuple[str, ...]:
    broken = {
        "highest_rpe": rpe > limits.highest_rpe,
        "lowest_completion": completion < limits.lowest_completion,
        "most_load": limits.most_load is not None and candidate.prescription.load > limits.most_load,
    }
    return tuple(name for name, is_broken in broken.items() if is_broken)


def load(folder: Path = PACKAGED) -> EffectModel:
    """Load a folder, and try it on the people it carries, with every type of workout.

    Raises:
        ModelRefused: a file is missing, damaged, another model's, or it answers with what is no number.
    """
    model = onnx_model.load(folder, task=NAME, inputs=INPUTS, output=OUTPUT)
    values, imputed = (np.repeat(each, len(WORKOUT_TYPES), axis=0) for each in read_background(model))
    types = np.arange(len(values)) % len(WORKOUT_TYPES)
    usual = np.tile(np.array([45.0, 3.0]), (len(values), 1))
    said = model.run({**state(values, imputed), **_workouts(len(values), types, usual)})
    require_numbers(model, said, width=3)
    return EffectModel(model)


def _workouts(count: int, types: NDArray[Any], prescriptions: NDArray[Any]) -> dict[str, NDArray[Any]]:
    if types.shape != (count,) or prescriptions.shape != (count, 2):
        raise ValueError(
            f"types {types.shape} and prescriptions {prescriptions.shape} are not ({count},) and ({count}, 2)"
        )
    if not np.isin(types, np.arange(len(WORKOUT_TYPES))).all():
        raise ValueError(f"types are not all indices 0 to {len(WORKOUT_TYPES) - 1} into WORKOUT_TYPES")
    planned = np.ascontiguousarray(prescriptions, dtype=np.float32)
    if not np.isfinite(planned).all():
        raise ValueError("minutes or intensity of a workout is not a finite number")
    return {"workout_type": np.ascontiguousarray(types, dtype=np.int64), "prescription": planned}
