"""A known heart as JSON text: what the box keeps over restarts and over its own new versions.

Parameters stand by name. A version that knows one more takes it as of anybody; one that knows one less leaves
it out, which is exact, because a normal distribution without one of its dimensions is still the others'.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any, Final

import numpy as np

from recommender.heart_response.fitting import Belief
from recommender.heart_response.known_heart import KnownHeart, UnknownUnitError, unit_named

SCHEMA: Final = 1
PARAMETERS: Final = ("rest_bpm", "log_gain", "log_rise_s", "log_fall_s", "drift", "ceiling_bpm")
"""In the order of `Belief.mean`."""
FARTHEST_SPREADS: Final = 8.0
"""So far from what people are like, in their spreads, nobody is: the text is damaged."""


class KeptHeartError(ValueError):
    """A text is no known heart; it says why. Begin anew with `unknown_heart`."""


def to_json(heart: KnownHeart) -> str:
    """The heart as text, a line of about a kilobyte."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "unit": heart.unit,
            "sessions": heart.sessions,
            "last_day": None if heart.last_day is None else heart.last_day.isoformat(),
            "parameters": PARAMETERS,
            "mean": heart.belief.mean.tolist(),
            "covariance": heart.belief.covariance.tolist(),
        }
    )


def from_json(text: str) -> KnownHeart:
    """Read a heart back.

    Raises:
        KeptHeartError: the text was not written by `to_json`, or has been damaged.
    """
    try:
        kept = json.loads(text)
        unit, names = unit_named(kept["unit"]), [str(name) for name in kept["parameters"]]
        mean = np.array(kept["mean"], np.float64)
        covariance = np.array(kept["covariance"], np.float64)
        sessions, last_day = int(kept["sessions"]), _day(kept["last_day"])
    except UnknownUnitError as error:
        raise KeptHeartError(str(error)) from error
    except (KeyError, OverflowError, TypeError, ValueError) as error:
        raise KeptHeartError(f"not a known heart: {error!r}") from error
    count = len(names)
    if (len(set(names)), *mean.shape, *covariance.shape) != (count,) * 4 or sessions < 0:
        raise KeptHeartError(
            f"not a known heart: {count} names, {mean.shape} means, {covariance.shape} covariances"
        )
    belief = _in_order(names, Belief(mean, covariance), unit.belief)
    _require_possible(belief, unit.belief)
    return KnownHeart(unit.name, belief, sessions, last_day)


def _day(text: Any) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _in_order(names: list[str], kept: Belief, population: Belief) -> Belief:
    """The parameters of this version; those that were not kept are as of anybody."""
    mean, covariance = population.mean.copy(), population.covariance.copy()
    shared = [name for name in PARAMETERS if name in names]
    here, there = [PARAMETERS.index(name) for name in shared], [names.index(name) for name in shared]
    mean[here] = kept.mean[there]
    covariance[np.ix_(here, here)] = kept.covariance[np.ix_(there, there)]
    return Belief(mean, (covariance + covariance.T) / 2)


def _require_possible(belief: Belief, population: Belief) -> None:
    if not (np.isfinite(belief.mean).all() and np.isfinite(belief.covariance).all()):
        raise KeptHeartError("not a known heart: a value is not a finite number")
    if np.linalg.eigvalsh(belief.covariance).min() <= 0:
        raise KeptHeartError("not a known heart: the covariance is not positive")
    away = np.abs(belief.mean - population.mean) / np.sqrt(np.diag(population.covariance))
    if away.max() > FARTHEST_SPREADS:
        raise KeptHeartError(f"not a known heart: nobody has such a {PARAMETERS[int(away.argmax())]}")
