"""How fit somebody is by their heart, and whether that has changed: unknown where too little was seen.

Two signs of endurance that need no maximal test. The load that a heart carries at one and the same submaximal
rate rises with training (Astrand and Ryhming, J. Appl. Physiol. 7 (1954) 218-221), and it comes down quicker
after a load (Daanen et al., "A systematic review on heart-rate recovery to monitor changes in training status
in athletes", Int. J. Sports Physiol. Perform. 7 (2012) 251-260).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.fitting import natural

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.heart_response.fitting import Belief

WIDEST_LOAD_SPREAD: Final = 0.1
WIDEST_RECOVERY_SPREAD: Final = 0.3
"""With a wider spread, as a share, a change is unknown. A season of training is worth 5 to 20 % of load."""
_REST, _GAIN, _FALL = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Share:
    """A relative figure.

    Attributes:
        value: None when its spread is too wide to say anything.
        spread: standard deviation of it, of its logarithm.
    """

    value: float | None
    spread: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FitnessChange:
    """What has changed between two beliefs; 0.1 is a tenth more.

    Attributes:
        load: carried at the same rate; more is fitter.
        recovery: time constant of coming down; less is fitter.
    """

    load: Share
    recovery: Share


def steady_load(belief: Belief, at_bpm: float) -> Share:
    """The load carried at a rate, in the belief's unit, before any drift.

    Raises:
        ValueError: the rate is no higher than at rest.
    """
    logarithm, slopes = _log_load(belief, at_bpm)
    return _known(math.exp(logarithm), math.sqrt(slopes @ belief.covariance @ slopes), WIDEST_LOAD_SPREAD)


def fitness_change(before: Belief, now: Belief, *, at_bpm: float) -> FitnessChange:
    """Compare two beliefs of one person.

    They are taken as independent. As the later one goes on from the earlier one, the true spread is less:
    what is said to be known is.

    Args:
        before: some weeks ago.
        now: as of today.
        at_bpm: the rate at which loads are compared: submaximal, above rest.

    Raises:
        ValueError: the rate is no higher than at rest.
    """
    (old, old_slopes), (new, new_slopes) = (_log_load(each, at_bpm) for each in (before, now))
    load_variance = old_slopes @ before.covariance @ old_slopes + new_slopes @ now.covariance @ new_slopes
    recovery = float(now.mean[_FALL] - before.mean[_FALL])
    recovery_variance = before.covariance[_FALL, _FALL] + now.covariance[_FALL, _FALL]
    return FitnessChange(
        load=_known(math.expm1(new - old), math.sqrt(load_variance), WIDEST_LOAD_SPREAD),
        recovery=_known(math.expm1(recovery), math.sqrt(recovery_variance), WIDEST_RECOVERY_SPREAD),
    )


def _log_load(belief: Belief, at_bpm: float) -> tuple[float, NDArray[np.float64]]:
    """The logarithm of the load at a rate, and how it answers to each parameter."""
    rest, gain = natural(belief.mean)[[_REST, _GAIN]].tolist()
    if not at_bpm > rest:
        raise ValueError(f"{at_bpm:g} bpm is not above this person's {rest:.0f} bpm at rest")
    slopes = np.zeros(len(belief.mean))
    slopes[_REST], slopes[_GAIN] = -1 / (at_bpm - rest), -1.0
    return math.log((at_bpm - rest) / gain), slopes


def _known(value: float, spread: float, widest: float) -> Share:
    return Share(value if spread <= widest else None, spread)
