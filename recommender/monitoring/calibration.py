"""Whether what the effect model foretold is what happened.

Of a probability: expected calibration error, the mean distance between what was said and what happened over
bins of equally many plans (Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using
Bayesian binning", AAAI 2015). Of exertion: the mean difference between felt and foretold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.exertion import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from recommender.monitoring.outcome import PlanOutcome

BINS: Final = 10
LEAST_PLANS: Final = 100
LEAST_MEMBERS: Final = 20
ALLOWED_ERROR: Final = 0.1
ALLOWED_RPE: Final = 0.75
RARE_Z: Final = 3.09
"""One of a thousand, in standard deviations."""
# Mean and spread of the distance between a share and its expectation, in standard deviations (half-normal).
_MEAN_DISTANCE: Final = math.sqrt(2 / math.pi)
_DISTANCE_VARIANCE: Final = 1 - 2 / math.pi


@dataclass(frozen=True, slots=True)
class Checked:
    """A figure and how far from zero it may be.

    Attributes:
        value: None when too little is known to tell.
        allowed: what is tolerated, or what chance does in one of a thousand cases where that is more.
        samples: plans that it is worked out from.
    """

    value: float | None
    allowed: float
    samples: int

    @property
    def is_broken(self) -> bool:
        """Whether it is known to be too far off."""
        return self.value is not None and abs(self.value) > self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How right the effect model was.

    Attributes:
        completion_error: expected calibration error of the probability of completion.
        rpe_bias: felt less foretold, in points: above zero when workouts feel harder than was said.
    """

    completion_error: Checked
    rpe_bias: Checked


def calibration(outcomes: Iterable[PlanOutcome]) -> Calibration:
    """Hold what was foretold against what happened."""
    plans = list(outcomes)
    ended = [
        (each.member_id, each.predicted_completion, float(each.completion >= COMPLETED))
        for each in plans
        if each.predicted_completion is not None and each.completion is not None
    ]
    felt = [
        (each.member_id, each.predicted_rpe, each.rpe)
        for each in plans
        if each.predicted_rpe is not None and each.rpe is not None
    ]
    return Calibration(completion_error=_completion_error(ended), rpe_bias=_rpe_bias(felt))


_Pair = tuple[str, float, float]
"""Whose it is, what was foretold and what happened."""


def _completion_error(pairs: Sequence[_Pair]) -> Checked:
    if not _are_enough(pairs):
        return Checked(None, ALLOWED_ERROR, len(pairs))
    said, happened = _columns(pairs)
    order = np.argsort(said, kind="stable")
    error = mean_by_chance = variance_by_chance = 0.0
    for plans in np.array_split(order, BINS):
        share = len(plans) / len(pairs)
        expected = float(said[plans].mean())
        spread = math.sqrt(max(expected * (1 - expected), 0.0) / len(plans))
        error += share * abs(float(happened[plans].mean()) - expected)
        mean_by_chance += share * spread * _MEAN_DISTANCE
        variance_by_chance += (share * spread) ** 2 * _DISTANCE_VARIANCE
    by_chance = mean_by_chance + RARE_Z * math.sqrt(variance_by_chance)
    return Checked(error, max(ALLOWED_ERROR, by_chance), len(pairs))


def _rpe_bias(pairs: Sequence[_Pair]) -> Checked:
    if not _are_enough(pairs):
        return Checked(None, ALLOWED_RPE, len(pairs))
    said, felt = _columns(pairs)
    # Ratings of one member are alike: members are what is independent.
    by_chance = RARE_Z * float(np.std(felt - said)) / math.sqrt(len(_members(pairs)))
    return Checked(float(np.mean(felt - said)), max(ALLOWED_RPE, by_chance), len(pairs))


def _are_enough(pairs: Sequence[_Pair]) -> bool:
    return len(pairs) >= LEAST_PLANS and len(_members(pairs)) >= LEAST_MEMBERS


def _members(pairs: Sequence[_Pair]) -> Collection[str]:
    return {member_id for member_id, _, _ in pairs}


def _columns(pairs: Sequence[_Pair]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    said, happened = np.array([pair[1:] for pair in pairs], np.float64).T
    return said, happened
