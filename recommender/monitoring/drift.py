"""Whether a group of people, or what they are told to do, is still like it was: population stability index.

PSI = sum of (now - before) ln(now / before) over bins (Siddiqi, "Credit Risk Scorecards", 2006; below 0.1
stable, from 0.25 a major shift). Of two samples from one and the same population it is about chi-square with
bins - 1 degrees of freedom, times 1/before + 1/now (Yurdakul and Naranjo, J. Risk Model Validation 14 (2020)
89-100): a shift counts only beyond what chance does in one of a thousand cases.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from recommender.monitoring.segments import (
    AGE_BANDS,
    EVERYBODY,
    UNKNOWN_AGE,
    age_band,
    by_segment,
    in_order,
)
from recommender.person import LEVELS, SEXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from recommender.monitoring.outcome import PlanOutcome
    from recommender.monitoring.segments import Segment

Level = Literal["unknown", "stable", "moderate", "major"]

MODERATE: Final = 0.1
MAJOR: Final = 0.25
BINS: Final = 10
"""Tenths of those before; each value by itself where there are no more than so many."""
LEAST_MEMBERS: Final = 50
RARE_Z: Final = 3.09
"""One of a thousand, in standard deviations."""
_BANDS: Final = (*(name for _, name in AGE_BANDS), UNKNOWN_AGE)


@dataclass(frozen=True, slots=True)
class Drift:
    """How far a distribution has shifted.

    Attributes:
        psi: None when there are too few to tell.
        level: what it means.
        before: how many members it was.
        now: how many it is.
    """

    psi: float | None
    level: Level
    before: int
    now: int


@dataclass(frozen=True, slots=True)
class SegmentDrift:
    """The shift of one quantity within one group.

    Attributes:
        segment: which group.
        quantity: a feature, `prescribed_minutes` or `prescribed_intensity`; of everybody also by what people
            are grouped: `sex`, `age_band`, `level`.
        drift: how far.
    """

    segment: Segment
    quantity: str
    drift: Drift


def drift(before: NDArray[np.float64], now: NDArray[np.float64]) -> Drift:
    """Compare two samples of independent people.

    Args:
        before: (n,) finite.
        now: (m,) finite.
    """
    if min(len(before), len(now)) < LEAST_MEMBERS:
        return Drift(None, "unknown", len(before), len(now))
    old, new = _counts(before, now)
    bins = len(old)
    # Half a person in each bin keeps an empty one finite (Jeffreys).
    old_shares, new_shares = ((each + 0.5) / (each.sum() + 0.5 * bins) for each in (old, new))
    psi = float(np.sum((new_shares - old_shares) * np.log(new_shares / old_shares)))
    by_chance = _rare_chi_square(bins - 1) * (1 / len(before) + 1 / len(now))
    levels: tuple[tuple[float, Level], ...] = ((MAJOR, "major"), (MODERATE, "moderate"))
    level: Level = next((name for least, name in levels if psi >= max(least, by_chance)), "stable")
    return Drift(psi, level, len(before), len(now))


def segment_drifts(before: Iterable[PlanOutcome], now: Iterable[PlanOutcome]) -> tuple[SegmentDrift, ...]:
    """The shift of every quantity of every group; each member counts once, with their newest plan."""
    olds, news = by_segment(before), by_segment(now)
    found = []
    for segment in in_order(olds.keys() | news.keys()):
        old, new = (_quantities(segment, each.get(segment, ())) for each in (olds, news))
        for quantity in sorted(old.keys() | new.keys()):
            samples = (np.array(each.get(quantity, ()), np.float64) for each in (old, new))
            found.append(SegmentDrift(segment, quantity, drift(*samples)))
    return tuple(found)


def _quantities(segment: Segment, plans: Sequence[PlanOutcome]) -> Mapping[str, list[float]]:
    newest = {each.member_id: each for each in sorted(plans, key=lambda each: each.day)}
    found: dict[str, list[float]] = {}
    for plan in newest.values():
        values = {
            **plan.features,
            "prescribed_minutes": plan.prescribed.duration_minutes,
            "prescribed_intensity": plan.prescribed.intensity_score,
        }
        if segment == EVERYBODY:
            person = plan.person
            values |= {
                "sex": SEXES.index(person.sex),
                "age_band": _BANDS.index(age_band(person.age_years)),
                "level": LEVELS.index(person.level),
            }
        for name, value in values.items():
            found.setdefault(name, []).append(value)
    return found


def _counts(
    before: NDArray[np.float64], now: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """People in each bin, then and now."""
    values = np.unique(before)
    if len(values) <= BINS:
        known = np.append(values, np.inf)  # the last bin: what was not there before
        places = [np.searchsorted(known, each) for each in (before, now)]
        old, new = (
            np.where(known[place] == each, place, len(values))
            for place, each in zip(places, (before, now), strict=True)
        )
        bins = len(known)
    else:
        edges = np.unique(np.quantile(before, np.linspace(0, 1, BINS + 1)[1:-1]))
        old, new = (np.searchsorted(edges, each, side="right") for each in (before, now))
        bins = len(edges) + 1
    return np.bincount(old, minlength=bins), np.bincount(new, minlength=bins)


def _rare_chi_square(freedom: int) -> float:
    """The quantile that one of a thousand exceeds (Wilson and Hilferty, PNAS 17 (1931) 684-688)."""
    return freedom * (1 - 2 / (9 * freedom) + RARE_Z * math.sqrt(2 / (9 * freedom))) ** 3
