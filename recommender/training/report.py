"""How good trained models are, in numbers and in words, and what they must reach to be used."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from recommender import intensity
from recommender.training.train import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from recommender.training.evaluation import Evaluation, IntensityEvaluation, Pair
    from recommender.training.hidden import HiddenEvaluation

LEAST_NEARER: Final = 0.25
"""To what really suits, beside the rule engine and the mean, as a share of their errors."""
LEAST_BETTER: Final = {"the rule engine": (0.25, 0.15), "the mean": (0.25, 0.25)}
"""By what records tell, likewise, of minutes and of intensity: all that real people's records can show.
Ratings are noisy and rounded, so that even what really suits is off by them: for the intensity by more than
half of what the rules are. As steady as it has to be, no model of ours has won more there; the docs say how
much, and how much could be won."""
MOST_SEGMENT: Final = 1.25
"""Times the error over all, for each group."""
MOST_SWING: Final = 0.5
"""Of the swing of the network without the smoothness term: of minutes and of intensity, each by itself."""
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
            "swing_shares": self.evaluation.intensity.swing_shares(self.unsmoothed),
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
        minutes, points = found.swing_shares(self.unsmoothed)
        return (
            f"off by {_beside(found.error, found.rules, found.mean)} on {found.days} days of members not "
            f"learned from; {self._truth()}the step from any day to the next is {_pair(found.swing)}, "
            f"without smoothing {_pair(self.unsmoothed.swing)} ({minutes:.3f} and {points:.3f} of it)"
        )

    def _truth(self) -> str:
        truth = self.evaluation.intensity.truth
        if truth is None:
            return ""
        return (
            f"from what really suits them by {_beside(truth.error, truth.rules, truth.mean)}, and that "
            f"itself by {_pair(truth.floor)} from what they tell; "
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
    yield from _errors(found)
    for answer, share in zip(ANSWERS, found.swing_shares(report.unsmoothed), strict=True):
        if share > MOST_SWING:
            yield f"{answer} swings by {share:.3f} of what it does without smoothing, more than half"
    for name, losses in report.int8.items():
        if max(losses) > MOST_LOST:
            yield f"the int8 file of {name} is off by {100 * max(losses):.1f} % more"
        files = report.files[name]
        if len(files.int8) > MOST_BYTES * len(files.exact):
            yield f"the int8 file of {name} has {len(files.int8)} bytes, the exact one {len(files.exact)}"


def _errors(found: IntensityEvaluation) -> Iterator[str]:
    peers: dict[str, Pair | None] = {"the rule engine": found.rules, "the mean": found.mean}
    yield from _no_better("", found.error, peers, LEAST_BETTER)
    if found.truth is not None:
        truth = found.truth
        peers = {"the rule engine": truth.rules, "the mean": truth.mean}
        least = dict.fromkeys(peers, (LEAST_NEARER, LEAST_NEARER))
        yield from _no_better(" from what really suits", truth.error, peers, least)
    for at, answer in enumerate(ANSWERS):
        for group, segment in found.segments.items():
            if segment.members >= FEWEST_MEMBERS and segment.error[at] > MOST_SEGMENT * found.error[at]:
                yield f"{answer} of {group} is off by {segment.error[at]:.2f}, {found.error[at]:.2f} over all"


def _no_better(
    whence: str, ours: Pair, peers: Mapping[str, Pair | None], least: Mapping[str, Pair]
) -> Iterator[str]:
    for (peer, errors), at in product(peers.items(), range(len(ANSWERS))):
        if errors is not None and ours[at] > (1 - least[peer][at]) * errors[at]:
            yield (
                f"{ANSWERS[at]} is off by {ours[at]:.3f}{whence}, {peer} by {errors[at]:.3f}: less than "
                f"{100 * least[peer][at]:.0f} % better"
            )


def _beside(ours: Pair, rules: Pair | None, mean: Pair) -> str:
    told = "" if rules is None else f"the rule engine {_pair(rules)}, "
    return f"{_pair(ours)} ({told}their mean {_pair(mean)})"


def _pair(errors: tuple[float, float]) -> str:
    return f"{errors[0]:.2f} min and {errors[1]:.3f} points"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
