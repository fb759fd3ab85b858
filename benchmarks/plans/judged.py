"""How far the intensity model is off on simulated members it never saw, beside the rules and the mean.

Twice: by what members tell, which is noisy and rounded, and by what the simulator says really suits them.
What really suits is itself off by what they tell: a floor. A second floor is what really suits when it may
step no more from day to day than the model's answer does. The rules stand there twice: as the box falls back
on them, corrected by the member's last ratings, and as guidelines alone have it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from recommender import effect, intensity
from recommender.features import feature_vector, recent
from recommender.personal import FIXED
from recommender.rule_engine import prescribe
from recommender.simulation.members import simulate
from recommender.training.evaluation import Evaluation, TruthEvaluation, evaluate, evaluate_intensity
from recommender.training.learned import Models
from recommender.training.report import FEWEST_MEMBERS
from recommender.training.simulated import DAYS, dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recommender.effect import EffectModel
    from recommender.intensity import IntensityModel
    from recommender.training.dataset import Dataset

SEEDS = (71119, 82223, 93337)
"""Of members by whom nothing was ever chosen: they were first asked when all else was fixed."""
HALVINGS = 20


@dataclass(frozen=True, slots=True)
class Judged:
    """One seed's members.

    Attributes:
        seed: whom.
        found: of the packaged models.
        without: errors of minutes and intensity of the same without its band, or without ratings, by name.
        guidelines: errors of minutes and intensity of rules that hear no ratings, by what members tell and by
            what really suits.
        steady_truth: mean absolute error of the intensity that really suits, when it steps no more from day
            to day than the model's answer.
    """

    seed: int
    found: Evaluation
    without: dict[str, tuple[float, float]]
    guidelines: tuple[tuple[float, float], tuple[float, float]]
    steady_truth: float

    @property
    def truth(self) -> TruthEvaluation:
        """Beside what really suits: simulated members have such a truth."""
        truth = self.found.intensity.truth
        assert truth is not None  # noqa: S101 - for the types
        return truth

    @property
    def gains(self) -> dict[str, tuple[float, float]]:
        """By which share the model is nearer than each peer to what members tell, and what suits them."""
        told, really = self.found.intensity, self.truth
        pairs = {
            "guidelines, as members tell": (told.error, self.guidelines[0]),
            "the rule engine, as members tell": (told.error, told.rules),
            "the mean, as members tell": (told.error, told.mean),
            "guidelines, really": (really.error, self.guidelines[1]),
            "the rule engine, really": (really.error, really.rules),
            "the mean, really": (really.error, really.mean),
        }
        return {
            name: (1 - ours[0] / peer[0], 1 - ours[1] / peer[1])
            for name, (ours, peer) in pairs.items()
            if peer is not None
        }

    def worst_segment(self, fewest_members: int = 1) -> tuple[float, float] | None:
        """The largest error of any group of so many, times that of all; None when there is none."""
        ours = self.found.intensity
        errors = [each.error for each in ours.segments.values() if each.members >= fewest_members]
        if not errors:
            return None
        minutes, points = (max(each[at] for each in errors) / ours.error[at] for at in range(2))
        return minutes, points

    def to_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        worst = {
            "worst_segment": self.worst_segment(),
            "worst_large_segment": self.worst_segment(FEWEST_MEMBERS),
        }
        return {**asdict(self), "gains": self.gains, **worst}


def measure(members: int) -> list[Judged]:
    """Judge the packaged models by the members of each seed.

    Raises:
        ModelRefused: they cannot be used.
    """
    packaged, effects = intensity.load(), effect.load()
    return [_judge(packaged, effects, members, seed) for seed in SEEDS]


def _judge(packaged: IntensityModel, effects: EffectModel, members: int, seed: int) -> Judged:
    people = dataset(members, seed, lambda _what, _done, _all: None)
    found = evaluate(Models(packaged, effects), people)
    personal = packaged.personal or FIXED
    lesser = {
        "without its band": replace(personal, band=FIXED.band),
        "without ratings": replace(personal, shrinkage=FIXED.shrinkage),
    }
    without = {
        name: evaluate_intensity(replace(packaged, personal=each), people).error
        for name, each in lesser.items()
    }
    kept = as_steady(people, found.intensity.swing[1])
    steady = np.abs(kept - people.target[:, 1])[people.has_target].mean()
    guidelines = _error(_by_guidelines(members, seed), people)
    return Judged(seed, found, without, guidelines, float(steady))


def _by_guidelines(members: int, seed: int) -> NDArray[Any]:
    """Minutes and intensity (n, 2) of the same days, prescribed to people who never say how hard it felt."""
    prescribed = []
    for somebody in simulate(members=members, days=DAYS, seed=seed):
        for today in somebody.days:
            past = recent(somebody.history, today.day)
            unrated = replace(past, workouts=tuple(replace(each, rpe=None) for each in past.workouts))
            features = feature_vector(today.person, past, today.day)
            said = prescribe(today.person, unrated, today.day, features)
            prescribed.append((said.duration_minutes, said.intensity_score))
    return np.array(prescribed)


def _error(prescribed: NDArray[Any], people: Dataset) -> tuple[tuple[float, float], tuple[float, float]]:
    """Mean absolute errors by what members tell, and by what really suits, on days that tell."""
    told, really = (
        np.abs(prescribed - right)[people.has_target].mean(axis=0) for right in (people.target, people.truth)
    )
    return (float(told[0]), float(told[1])), (float(really[0]), float(really[1]))


def as_steady(people: Dataset, most: float) -> NDArray[Any]:
    """Intensities (n,) that follow the best ones in the narrowest band that keeps their steps so small."""
    wanted = people.wanted.reshape(-1, DAYS)
    days = people.truth[:, 1].reshape(-1, DAYS) - wanted
    low, high = 0.0, 2.0
    for _ in range(HALVINGS):
        band = (low + high) / 2
        answers = wanted + _followed(days, band)
        low, high = (low, band) if np.abs(np.diff(answers, axis=1)).mean() <= most else (band, high)
    return np.asarray((wanted + _followed(days, high)).reshape(-1))


def _followed(days: NDArray[Any], band: float) -> NDArray[Any]:
    """(members, days), each no further from the given one than the band, and no step more than it takes."""
    found = days.copy()
    for day in range(1, days.shape[1]):
        step = days[:, day] - found[:, day - 1]
        found[:, day] = found[:, day - 1] + step - step.clip(-band, band)
    return found


def table(judged: Sequence[Judged], members: int) -> Iterator[str]:
    """For people."""
    yield f"{members} simulated members of each seed: mean absolute error of minutes and of intensity"
    yield f"{'seed':28} {' '.join(f'{each.seed:16}' for each in judged)}"
    rows: dict[str, Sequence[tuple[float | None, float] | None]] = {
        "intensity model": [each.found.intensity.error for each in judged],
        **{f"  {name}": [each.without[name] for each in judged] for name in judged[0].without},
        "rule engine": [each.found.intensity.rules for each in judged],
        "  guidelines alone": [each.guidelines[0] for each in judged],
        "global mean": [each.found.intensity.mean for each in judged],
        "what really suits": [each.truth.floor for each in judged],
        "  as steady as the model": [(None, each.steady_truth) for each in judged],
        "really: intensity model": [each.truth.error for each in judged],
        "really: rule engine": [each.truth.rules for each in judged],
        "  guidelines alone, really": [each.guidelines[1] for each in judged],
        "really: global mean": [each.truth.mean for each in judged],
        "a day's step of the model": [each.found.intensity.swing for each in judged],
    }
    for name, pairs in rows.items():
        yield f"{name:28} {' '.join(_pair(pair) for pair in pairs)}"
    for each in judged:
        gains = [
            f"{100 * minutes:.0f} % and {100 * points:.0f} % nearer than {name}"
            for name, (minutes, points) in each.gains.items()
        ]
        worst, large = _times(each.worst_segment()), _times(each.worst_segment(FEWEST_MEMBERS))
        yield (
            f"seed {each.seed}: {', '.join(gains)}; the worst group {worst} the overall error,"
            f" of {FEWEST_MEMBERS} members or more {large}"
        )


def _times(worst: tuple[float, float] | None) -> str:
    return "unknown" if worst is None else f"{worst[0]:.2f} and {worst[1]:.2f} times"


def _pair(errors: tuple[float | None, float] | None) -> str:
    if errors is None:
        return f"{'':16}"
    minutes = "" if errors[0] is None else f"{errors[0]:.2f}"
    return f"{minutes:>8}{errors[1]:8.3f}"
