"""How good models are on members that they have not learned from: as the records tell it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from recommender.training.dataset import SEGMENTS, follows
from recommender.training.everyday import prescribed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recommender.prescribing import Predictor
    from recommender.training.dataset import Dataset
    from recommender.training.learned import EffectPredictor, Models

Pair = tuple[float, float]
"""Of minutes, and of intensity."""
CALIBRATION_BINS: Final = 10


@dataclass(frozen=True, slots=True)
class SegmentError:
    """How far off a model is for one group.

    Attributes:
        members: how many were judged by.
        days: how many of their days.
        error: mean absolute error.
    """

    members: int
    days: int
    error: Pair


@dataclass(frozen=True, slots=True)
class TruthEvaluation:
    """Mean absolute distances from what would really have suited, on the same days.

    Attributes:
        error: of the model.
        rules: of the rule engine; None when nobody knows what it would have said.
        mean: of always saying the mean of these days.
        floor: of the truth from what the records tell: ratings are noisy and rounded, so nobody comes nearer.
    """

    error: Pair
    rules: Pair | None
    mean: Pair
    floor: Pair


@dataclass(frozen=True, slots=True)
class IntensityEvaluation:
    """Mean absolute errors in minutes and in points of intensity, and how steady the answers are.

    Attributes:
        days: that were judged by.
        error: of the model.
        rules: of the rule engine on the same days; None when nobody knows what it would have said.
        mean: of always saying the mean of these days.
        swing: mean step from a day of a member to the next, of all such days.
        spread: standard deviation of what suited: the unit in which minutes and intensity are comparable.
        segments: by `dimension=value`.
        truth: beside what would really have suited; None of real people, of whom nobody knows it.
    """

    days: int
    error: Pair
    rules: Pair | None
    mean: Pair
    swing: Pair
    spread: Pair
    segments: Mapping[str, SegmentError]
    truth: TruthEvaluation | None

    @property
    def error_in_spreads(self) -> float:
        """Both errors together, each in its spread."""
        return (self.error[0] / self.spread[0] + self.error[1] / self.spread[1]) / 2

    @property
    def swing_in_spreads(self) -> float:
        """Both swings together, each in its spread."""
        return (self.swing[0] / self.spread[0] + self.swing[1] / self.spread[1]) / 2

    def swing_shares(self, rough: IntensityEvaluation) -> Pair:
        """The swing of each answer by itself, as a share of another model's on the same days."""
        minutes, points = (
            mine / other if other else float(mine > 0)
            for mine, other in zip(self.swing, rough.swing, strict=True)
        )
        return minutes, points


@dataclass(frozen=True, slots=True)
class EffectEvaluation:
    """Of each answer beside always saying its mean; None where nobody knows what was right.

    Attributes:
        workouts: that were judged by.
        effect, effect_mean: mean absolute error of the training effect.
        completion, completion_mean: Brier score, the mean squared error of the probability.
        calibration: of it, the expected calibration error over ten bins of equally many workouts.
        rpe, rpe_mean: mean absolute error in points.
    """

    workouts: int
    effect: float | None
    effect_mean: float | None
    completion: float | None
    completion_mean: float | None
    calibration: float | None
    rpe: float | None
    rpe_mean: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Of both models."""

    intensity: IntensityEvaluation
    effect: EffectEvaluation

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return asdict(self)


def evaluate(models: Models, dataset: Dataset) -> Evaluation:
    """Judge both on the same members.

    Raises:
        ValueError: there is no day that tells what suited, or no workout that tells what it did.
    """
    return Evaluation(evaluate_intensity(models.intensity, dataset), evaluate_effect(models.effect, dataset))


def evaluate_intensity(model: Predictor, dataset: Dataset) -> IntensityEvaluation:
    """Judge what the intensity model prescribes by the days that tell what suited.

    Args:
        model: with its network, and how it gets to know one person.
        dataset: whole members: the past of a day is in the rows before it.

    Raises:
        ValueError: there is none.
    """
    has_target = dataset.has_target
    known = dataset.take(has_target)
    if not len(known):
        raise ValueError(f"{dataset.source}: no day tells what suited; nothing to judge by")
    every_day = prescribed(model, dataset)
    errors = np.abs(every_day[has_target] - known.target)
    steps = np.abs(np.diff(every_day, axis=0))[follows(dataset)]
    return IntensityEvaluation(
        days=len(known),
        error=_pair(errors),
        rules=_rules(known, known.target),
        mean=_pair(np.abs(known.target - known.target.mean(axis=0))),
        swing=_pair(steps) if len(steps) else (0.0, 0.0),
        spread=_pair(known.target.std(axis=0, dtype=np.float64)[None]),
        segments=_segments(known, errors),
        truth=None if np.isnan(known.truth).any() else _truth(every_day[has_target], known),
    )


def evaluate_effect(model: EffectPredictor, dataset: Dataset) -> EffectEvaluation:
    """Judge the effect model by the workouts that tell what they did.

    Raises:
        ValueError: there is none.
    """
    tried = dataset.take(dataset.has_workout)
    if not len(tried):
        raise ValueError(f"{dataset.source}: no workout tells what it did; nothing to judge by")
    said = model.predict(tried.values, tried.imputed, tried.types, tried.prescribed)
    effect, completion, rpe = (_known(said[:, column], tried.outcome[:, column]) for column in range(3))
    return EffectEvaluation(
        workouts=len(tried),
        effect=_mean_of(np.abs(effect[0] - effect[1])),
        effect_mean=_mean_of(np.abs(_off_mean(effect[1]))),
        completion=_mean_of((completion[0] - completion[1]) ** 2),
        completion_mean=_mean_of(_off_mean(completion[1]) ** 2),
        calibration=calibration_error(*completion),
        rpe=_mean_of(np.abs(rpe[0] - rpe[1])),
        rpe_mean=_mean_of(np.abs(_off_mean(rpe[1]))),
    )


def calibration_error(said: NDArray[Any], happened: NDArray[Any]) -> float | None:
    """Mean distance between a probability and how often it happened, over bins of equally many."""
    if not len(said):
        return None
    order = np.argsort(said, kind="stable")
    bins = [each for each in np.array_split(order, CALIBRATION_BINS) if len(each)]
    distances = [abs(float(said[each].mean() - happened[each].mean())) * len(each) for each in bins]
    return sum(distances) / len(said)


def _truth(said: NDArray[Any], known: Dataset) -> TruthEvaluation:
    return TruthEvaluation(
        error=_pair(np.abs(said - known.truth)),
        rules=_rules(known, known.truth),
        mean=_pair(np.abs(known.truth - known.truth.mean(axis=0))),
        floor=_pair(np.abs(known.truth - known.target)),
    )


def _rules(known: Dataset, right: NDArray[Any]) -> Pair | None:
    off = np.abs(known.rules - right)
    return None if np.isnan(off).any() else _pair(off)


def _segments(known: Dataset, errors: NDArray[Any]) -> dict[str, SegmentError]:
    found = {}
    for dimension in SEGMENTS:
        column = known.segments[dimension]
        for value in np.unique(column):
            chosen = column == value
            members = len(np.unique(known.member[chosen]))
            found[f"{dimension}={value}"] = SegmentError(members, int(chosen.sum()), _pair(errors[chosen]))
    return found


def _pair(values: NDArray[Any]) -> Pair:
    minutes, intensity = values.mean(axis=0, dtype=np.float64)
    return float(minutes), float(intensity)


def _known(said: NDArray[Any], right: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    known = ~np.isnan(right)
    return said[known], right[known]


def _off_mean(values: NDArray[Any]) -> NDArray[Any]:
    centred: NDArray[Any] = values - values.mean() if len(values) else values
    return centred


def _mean_of(values: NDArray[Any]) -> float | None:
    return float(values.mean(dtype=np.float64)) if len(values) else None
