"""How often a model is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vision.phase.belief import EXERCISES, NONE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.phase.model import PhaseModel
    from vision.training.examples import Examples


@dataclass(frozen=True, slots=True)
class Score:
    """How often a model is right about examples.

    Attributes:
        examples: how many there were.
        exercise: share of them whose exercise it names.
        phase: share whose phase it names, of those that are an exercise.
        depth_error: mean distance of the depth from the truth, of the same.
        confusion: int (8, 8), how many of each true exercise (rows) it takes for which (columns).
    """

    examples: int
    exercise: float
    phase: float
    depth_error: float
    confusion: NDArray[np.int64]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "examples": self.examples,
            "exercise": round(self.exercise, 4),
            "phase": round(self.phase, 4),
            "depth_error": round(self.depth_error, 4),
            "confusion": self.confusion.tolist(),
        }


def logits_of(model: PhaseModel, examples: Examples) -> NDArray[np.float32]:
    """What a loaded model says of each example, (n, LOGITS)."""
    return np.stack([model.logits(window) for window in examples.windows])


def score(logits: NDArray[np.float32], examples: Examples) -> Score:
    """Compare a model's answers (n, LOGITS) with the truth."""
    kinds = len(EXERCISES)
    named = logits[:, :kinds].argmax(1)
    active = examples.exercise != EXERCISES.index(NONE)
    phases = logits[active, kinds:-1].argmax(1)
    depths = 1 / (1 + np.exp(-logits[active, -1]))
    confusion = np.zeros((kinds, kinds), dtype=np.int64)
    np.add.at(confusion, (examples.exercise, named), 1)
    return Score(
        examples=len(examples),
        exercise=float((named == examples.exercise).mean()),
        phase=float((phases == examples.phase[active]).mean()) if active.any() else 0.0,
        depth_error=float(np.abs(depths - examples.depth[active]).mean()) if active.any() else 0.0,
        confusion=confusion,
    )
