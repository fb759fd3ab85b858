"""The load that should keep somebody in a heart-rate zone, held back by what is not known for sure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from recommender.heart_rate import ZONES, lower_bound_bpm
from recommender.heart_response.fitting import natural
from recommender.heart_response.model import CEILING_WIDTH_BPM, bounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.heart_response.fitting import Belief

HIGHEST_FRACTION: Final = 0.95
"""Of the maximum: the upper end of the last zone, which has none of its own."""
SURE_SPREADS: Final = 1.0
"""So many standard deviations above what is expected the rate must still be within the zone."""
STEPS: Final = 200
_NUDGE: Final = 1e-4

Limit = Literal["uncertainty", "machine", "ceiling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPoint:
    """A load for a zone.

    Attributes:
        load: in the belief's unit; 0 when even rest is expected to be above the zone.
        expected_bpm: the steady rate there, drift included.
        spread_bpm: its standard deviation.
        held_by: what keeps the load below the one for the middle of the zone: too little is known, the
            machine cannot do more, or the person's own ceiling; None when nothing does.
    """

    load: float
    expected_bpm: float
    spread_bpm: float
    held_by: Limit | None


def set_point(belief: Belief, zone: int, maximum_bpm: float, *, most_load: float) -> SetPoint:
    """The load for the middle of a zone, or as near to it from below as is safe.

    Safe is a load at which the rate stays below the end of the zone, even after it has drifted up and even
    if this heart answers more strongly than is expected (`SURE_SPREADS`).

    Args:
        belief: of the person on that day.
        zone: 1 to 5.
        maximum_bpm: the person's maximum, 100 to 240.
        most_load: of the machine and of the person's plan, at least 0.

    Raises:
        ValueError: there is no such zone, or the load is no number from 0 on.
    """
    if not 1 <= zone <= len(ZONES):
        raise ValueError(f"there is no heart-rate zone {zone}: choose from 1 to {len(ZONES)}")
    if not 0 <= most_load < float("inf"):
        raise ValueError(f"a highest load of {most_load:g} is out of range")
    lower_bpm, upper_bpm = zone_bounds_bpm(zone, maximum_bpm)
    response = belief.response
    # Near the ceiling more load changes nothing but the effort.
    reachable_bpm = response.ceiling_bpm - 2 * CEILING_WIDTH_BPM
    target_bpm = min((lower_bpm + upper_bpm) / 2, reachable_bpm)
    wanted = response.load_for(target_bpm)
    loads = np.linspace(0.0, min(wanted, most_load), STEPS)
    expected, spread = steady_rates(belief, loads)
    is_safe = np.logical_and.accumulate(expected + SURE_SPREADS * spread <= upper_bpm)
    at = max(0, int(is_safe.sum()) - 1)
    held_by: Limit | None = None
    if at < STEPS - 1:
        held_by = "uncertainty"
    elif most_load < wanted:
        held_by = "machine"
    elif target_bpm == reachable_bpm:
        held_by = "ceiling"
    return SetPoint(
        load=float(loads[at]), expected_bpm=float(expected[at]), spread_bpm=float(spread[at]), held_by=held_by
    )


def zone_bounds_bpm(zone: int, maximum_bpm: float) -> tuple[float, float]:
    """Where a zone begins and ends."""
    lower_bpm = lower_bound_bpm(ZONES[zone - 1], maximum_bpm)
    if zone == len(ZONES):
        return lower_bpm, HIGHEST_FRACTION * maximum_bpm
    return lower_bpm, lower_bound_bpm(ZONES[zone], maximum_bpm)


def steady_rates(
    belief: Belief, loads: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What loads lead to in the long run, drift included: (n,) expected rates and (n,) their spreads, in bpm.

    The spread is that of a linear answer to small changes of the parameters (delta method).
    """
    nudges = np.concatenate([np.zeros((1, len(belief.mean))), _NUDGE * np.eye(len(belief.mean))])
    rest, gain, _, _, drift, ceiling = natural(belief.mean + nudges).T[:, :, None]
    rates = bounded(rest + gain * (1 + drift) * loads, ceiling)
    slopes = (rates[1:] - rates[0]) / _NUDGE
    variances = np.einsum("in,ij,jn->n", slopes, belief.covariance, slopes)
    return rates[0], np.sqrt(np.maximum(variances, 0.0))
