"""From recordings to one person's parameters: the most probable ones, given what people are like.

Maximum a posteriori with a normal prior, by Levenberg-Marquardt, robust against artefacts of the band
(Huber, Ann. Math. Stat. 35 (1964) 73-101). The curvature there gives the posterior's covariance (Laplace's
approximation; MacKay, "Information Theory, Inference and Learning Algorithms", chapter 27), and that
posterior is the prior of the person's next session: a fit that goes on from session to session without
keeping the recordings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from recommender.heart_response.model import Response, simulate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from recommender.heart_response.recording import Recording

STEP_S: Final = 5.0
"""Recordings are averaged to this: finer than any time constant, coarse enough to be quick."""
NOISE_BPM: Final = 12.0
"""Spread of one such step. It is what 5 bpm come to when they stay alike for half a minute, as they do."""
HUBER: Final = 1.5
LEAST_STEPS: Final = 3
PEAK_BPM: Final = (165.0, 25.0)
"""Steady rate at the highest load of a session: whoever chose that load chose it for this person."""

_ROUNDS_MOST: Final = 40
_GOOD_ENOUGH: Final = 1e-6
_DAMPING_MOST: Final = 1e8
_NUDGE: Final = 1e-3
# Gain and time constants are positive and differ by factors between people: their logarithm is normal.
_LOGARITHMIC: Final = np.array([False, True, True, True, False, False])


class TooShortError(ValueError):
    """There are too few samples to fit anything; the text says how many."""


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of a person: a normal distribution over the parameters.

    Attributes:
        mean: (6,) in the order of `Response`; gain and time constants as their natural logarithms.
        covariance: (6, 6).
    """

    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]

    @property
    def response(self) -> Response:
        """The most probable parameters."""
        return Response(*(float(value) for value in natural(self.mean)))

    def aged(self, share: float, population: Belief) -> Belief:
        """The same belief, less sure: people change, but never become less known than somebody unknown.

        Args:
            share: 0 (as sure as before) to 1 (as unsure as of anybody).
            population: what is believed of anybody.
        """
        return Belief(self.mean, (1 - share) * self.covariance + share * population.covariance)


@dataclass(frozen=True, slots=True)
class Unit:
    """What people are like, for loads in one unit.

    Attributes:
        name: For people.
        belief: Of a person of whom nothing is known.
    """

    name: str
    belief: Belief


def _population(rest_bpm: float, gain: float) -> Belief:
    mean = [rest_bpm, math.log(gain), math.log(45.0), math.log(60.0), 0.1, 188.0]
    spread = [14.0, 0.35, 0.45, 0.45, 0.08, 10.0]
    return Belief(np.array(mean), np.diag(np.square(spread)))


UNITS: Final = (
    Unit("km/h", _population(70.0, 7.0)),
    Unit("m/s", _population(70.0, 25.0)),
    Unit("W", _population(80.0, 0.42)),
    Unit("share of the highest", _population(80.0, 100.0)),
)
"""Gains: 24 +- 8 bpm per m/s on the treadmill (Hunt 2015); 0.4 bpm per W is 100 W for 40 beats (Astrand)."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted person.

    Attributes:
        belief: What is believed now.
        cost: Minus the logarithm of how well the belief before had foretold the recording, up to a constant:
            the less, the likelier that belief (Laplace's approximation of the evidence).
    """

    belief: Belief
    cost: float


def fit(recording: Recording, prior: Belief) -> Fit:
    """Learn from a recording.

    Raises:
        TooShortError: fewer than three steps of five seconds have a rate.
    """
    grid = recording.resampled(STEP_S)
    known = _known(grid)
    if len(known) < LEAST_STEPS:
        raise TooShortError(
            f"{len(known) * STEP_S:.0f} s with a heart rate; at least {LEAST_STEPS * STEP_S:.0f} s are needed"
        )
    start_bpm = float(grid.rates_bpm[known[0]])
    times_s, loads = grid.times_s[: known[-1] + 1], grid.loads[: known[-1] + 1]
    precision = _inverse(prior.covariance)
    peak_load = float(grid.loads.max())

    def residuals(points: NDArray[np.float64]) -> NDArray[np.float64]:
        persons = natural(points)
        rates = simulate(persons, times_s, loads, start_bpm)[:, known]
        peaks = persons[:, :1] + persons[:, 1:2] * peak_load
        off = (rates - grid.rates_bpm[known]) / NOISE_BPM
        return np.concatenate([off, (peaks - PEAK_BPM[0]) / PEAK_BPM[1]], axis=1)

    point, curvature, cost = _descend(residuals, prior.mean, precision)
    _, logarithm = np.linalg.slogdet(curvature @ prior.covariance)
    return Fit(Belief(point, _inverse(curvature)), cost + 0.5 * float(logarithm))


def is_enough(recording: Recording) -> bool:
    """Whether there are rates enough to fit anything."""
    return len(_known(recording.resampled(STEP_S))) >= LEAST_STEPS


def _known(grid: Recording) -> NDArray[np.intp]:
    return np.flatnonzero(np.isfinite(grid.rates_bpm))


def _descend(
    residuals: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    mean: NDArray[np.float64],
    precision: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Levenberg-Marquardt; returns the lowest point, the curvature there and the height."""
    spread = 1 / np.sqrt(np.diag(precision))
    nudges = np.concatenate([np.zeros((1, len(mean))), np.diag(_NUDGE * spread)])
    point, damping = mean, 1.0
    rows = residuals(point + nudges)
    cost = _cost(rows[0], point - mean, precision)
    for _ in range(_ROUNDS_MOST):
        weights = np.minimum(1.0, HUBER / np.maximum(np.abs(rows[0]), HUBER))
        slopes = (rows[1:] - rows[0]) / (_NUDGE * spread)[:, None]
        curvature = (slopes * weights) @ slopes.T + precision
        downhill = -(slopes * weights) @ rows[0] - precision @ (point - mean)
        gained = 0.0
        while damping < _DAMPING_MOST:
            tried = point + np.linalg.solve(curvature + damping * np.diag(1 / spread**2), downhill)
            rows_there = residuals(tried + nudges)
            cost_there = _cost(rows_there[0], tried - mean, precision)
            if cost_there < cost:
                gained, point, rows, cost, damping = (
                    cost - cost_there,
                    tried,
                    rows_there,
                    cost_there,
                    damping / 5,
                )
                break
            damping *= 4
        if gained <= _GOOD_ENOUGH:
            break
    return point, curvature, cost


def _cost(row: NDArray[np.float64], away: NDArray[np.float64], precision: NDArray[np.float64]) -> float:
    off = np.abs(row)
    huber = np.where(off <= HUBER, 0.5 * off**2, HUBER * (off - 0.5 * HUBER))
    return float(huber.sum() + 0.5 * away @ precision @ away)


def _inverse(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.linalg.inv(matrix).astype(np.float64, copy=False)


def natural(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points (..., 6) of a belief as parameters (..., 6) in the order of `Response`."""
    return np.where(_LOGARITHMIC, np.exp(np.where(_LOGARITHMIC, points, 0.0)), points)
