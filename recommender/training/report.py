"""How good trained models are, in numbers and in words, and what they must reach to be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from recommender import intensity
from recommender.training.train import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recommender.training.evaluation import Evaluation, IntensityEvaluation
    from recommender.training.hidden import HiddenEvaluation

LEAST_BETTER: Final = 0.25
"""Than the rule engine and than the mean, as a share of their errors."""
MOST_SEGMENT: Final = 1.25
"""Times the error over all, for each group."""
MOST_SWING: Final = 0.5
"""Of the swing of a network without the smoothness term."""
FEWEST_MEMBERS: Final = 10
"""A group of fewer members says nothing for sure."""
MOST_LOST: Final = 0.01
"""By so much may an int8 file be further off, as a share of the error."""
MOST_BYTES: Final = 0.6
"""Of the exact file, for the int8 one."""
ANSWERS: Final = ("minutes", "intensity")


@dataclass(frozen=True, slots=True)
class Files:
    """One model's: exact is ONNX, int8 TensorFlow Lite."""

    exact: bytes
    int8: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """How good the models are.

    Attributes:
        evaluation: on members that took no part.
        unsmoothed: of the intensity network that learned without the smoothness term.
        hidden: the second judgement.
        int8: by how much each answer of an int8 file is further off, as a share of the error, by model.
        files: by model.
    """

    evaluation: Evaluation
    unsmoothed: IntensityEvaluation
    hidden: HiddenEvaluation
    int8: dict[str, tuple[float, ...]]
    files: dict[str, Files]

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            **self.evaluation.to_json(),
            "unsmoothed_swing": self.unsmoothed.swing,
            "hidden": self.hidden.to_json(),
            "int8_losses": self.int8,
            "bytes": {
                name: {"onnx": len(each.exact), "int8": len(each.int8)} for name, each in self.files.items()
            },
        }

    def accuracy(self, name: str) -> str:
        """One line of one model, for `model.toml`."""
        return self._intensity() if name == intensity.NAME else self._effect()

    @property
    def lines(self) -> list[str]:
        """For people."""
        return [f"intensity: {self._intensity()}", f"effect: {self._effect()}"]

    def _intensity(self) -> str:
        found = self.evaluation.intensity
        share = found.swing_in_spreads / self.unsmoothed.swing_in_spreads
        rules = "" if found.rules is None else f"the rule engine {_pair(found.rules)}, "
        return (
            f"off by {_pair(found.error)} on {found.days} days of members not learned from; {rules}"
            f"their mean {_pair(found.mean)}; a day's step is {_pair(found.swing)}, without smoothing "
            f"{_pair(self.unsmoothed.swing)} ({share:.2f} of it in spreads)"
        )

    def _effect(self) -> str:
        found, truth = self.evaluation.effect, self.hidden
        return (
            f"on {found.workouts} workouts of members not learned from: effect off by "
            f"{_figure(found.effect)} (mean {_figure(found.effect_mean)}), Brier score of completion "
            f"{_figure(found.completion)} ({_figure(found.completion_mean)}), RPE off by "
            f"{_figure(found.rpe)} ({_figure(found.rpe_mean)}); "
            f"in the simulator's hidden truth rank correlation {truth.rank_correlation:.2f}, regret "
            f"{100 * truth.regret:.0f} % (rule engine {100 * truth.rules_regret:.0f} %, at random "
            f"{100 * truth.random_regret:.0f} %)"
        )


def require(report: Report) -> None:
    """Refuse models that a box is better off without. Raises TrainingError."""
    found = list(_shortfalls(report))
    if found:
        raise TrainingError(
            "the models are not good enough to be used: " + "; ".join(found) + ". Nothing is written; more "
            "members or days may help, or another --seed"
        )


def _shortfalls(report: Report) -> Iterator[str]:
    found = report.evaluation.intensity
    for at, answer in enumerate(ANSWERS):
        for peer, errors in (("the rule engine", found.rules), ("the mean", found.mean)):
            if errors is not None and found.error[at] > (1 - LEAST_BETTER) * errors[at]:
                yield (
                    f"{answer} is off by {found.error[at]:.2f}, {peer} by {errors[at]:.2f}: less than "
                    f"{100 * LEAST_BETTER:.0f} % better"
                )
        for group, segment in found.segments.items():
            if segment.members >= FEWEST_MEMBERS and segment.error[at] > MOST_SEGMENT * found.error[at]:
                yield f"{answer} of {group} is off by {segment.error[at]:.2f}, {found.error[at]:.2f} over all"
    before, after = report.unsmoothed.swing_in_spreads, found.swing_in_spreads
    if after > MOST_SWING * before:
        yield f"answers swing by {after:.3f} spreads a day, more than half of {before:.3f} without smoothing"
    for name, losses in report.int8.items():
        if max(losses) > MOST_LOST:
            yield f"the int8 file of {name} is off by {100 * max(losses):.1f} % more"
        files = report.files[name]
        if len(files.int8) > MOST_BYTES * len(files.exact):
            yield f"the int8 file of {name} has {len(files.int8)} bytes, the exact one {len(files.exact)}"


def _pair(errors: tuple[float, float]) -> str:
    return f"{errors[0]:.2f} min and {errors[1]:.3f} points"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
