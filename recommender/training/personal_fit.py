"""How a network gets to know one person: estimated on members that it has not learned from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.personal import FIXED, UNMOVED, Personal, steadied
from recommender.training.dataset import follows, members
from recommender.training.everyday import finished, last_weeks, surprises

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.prescribing import Predictor
    from recommender.training.dataset import Dataset

HALF_LIVES_DAYS: Final = (7.0, 10.0, 14.0, 21.0, 28.0, 56.0)
WIDEST: Final = (15.0, 1.0)
"""Minutes and points; a band beyond would hold back what somebody feels."""
DOUBLINGS: Final = 4
HALVINGS: Final = 8


def fit(model: Predictor, dataset: Dataset, days: Dataset, most: tuple[float, float]) -> Personal:
    """Variances by their moments, the half-life that foretells best, and the narrowest band that is enough.

    Args:
        model: the network.
        dataset: whole members that it has not learned from.
        days: whole members of whom every day is known, where there are such: steps are those between days.
        most: mean step from a day to the next that is wanted of minutes and of intensity at most.
    """
    found = surprises(model, dataset)
    shrinkage = shrinkage_of(found, dataset)
    candidates = [Personal(shrinkage, each, FIXED.band) for each in HALF_LIVES_DAYS]
    personal = min(candidates, key=lambda each: _off(each, found, dataset))
    _, weeks, habits = zip(*last_weeks(model, personal, days), strict=True)
    said, likely = np.concatenate(weeks), np.concatenate(habits)
    near = follows(days)

    def swing(band: NDArray[np.float64]) -> NDArray[np.float64]:
        steps = np.abs(np.diff(finished(steadied(said, likely, band), days), axis=0))[near]
        return np.asarray(steps.mean(axis=0, dtype=np.float64) if len(steps) else np.zeros(2))

    # The two answers do not touch each other: both are looked for at once, and from the narrowest on, for a
    # band so wide that it keeps what was said four weeks ago swings as that did.
    low, high = np.zeros(2), np.array(WIDEST) / 2**DOUBLINGS
    for _ in range(DOUBLINGS):
        enough = swing(high) <= most
        low, high = np.where(enough, low, high), np.where(enough, high, 2 * high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        enough = swing(middle) <= most
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    minutes, points = (float(f"{each:.4g}") for each in high)
    return replace(personal, band=(minutes, points))


def shrinkage_of(found: NDArray[np.float64], dataset: Dataset) -> float:
    """Variance of one surprise within a person, by the variance between people.

    By moments (Henderson, "Estimation of variance and covariance components", Biometrics 9 (1953) 226-252):
    what two ratings of one person have in common is the person.
    """
    known = ~np.isnan(found)
    whose = np.unique(dataset.member[known], return_inverse=True)[1]
    centred = found[known] - found[known].mean() if known.any() else found[known]
    counts = np.bincount(whose).astype(np.float64)
    sums, squares = (np.bincount(whose, weights=each) for each in (centred, centred**2))
    pairs = (counts * (counts - 1)).sum()
    if not pairs:
        return UNMOVED
    between = (sums**2 - squares).sum() / pairs
    within = squares.sum() / counts.sum() - between
    return float(f"{within / between:.4g}") if between > 0 and within > 0 else UNMOVED


def _off(personal: Personal, found: NDArray[np.float64], dataset: Dataset) -> float:
    """Mean squared distance of each surprise from what the ratings before it foretell."""
    squares = []
    for member in members(dataset):
        rated = ~np.isnan(found[member])
        days, felt = dataset.day[member][rated].astype(np.int64), found[member][rated]
        squares.append((felt - personal.intercepts(days, days, felt)) ** 2)
    return float(np.concatenate(squares).mean())
