"""Smooth values that go nowhere in particular."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vision.training.tempo import eased

if TYPE_CHECKING:
    from vision.training.body import Array


def wander(times_s: Array, rng: np.random.Generator, every_s: float, count: int) -> Array:
    """(n, count) within -1..1, new values about every so many seconds, at rest as each is reached."""
    keys = max(int(np.ceil((times_s[-1] - times_s[0]) / every_s)) + 3, 4)
    steps = rng.uniform(0.6, 1.4, keys).cumsum() * every_s
    at = times_s[0] - 2 * every_s + steps
    values = rng.uniform(-1.0, 1.0, (keys, count))
    index = np.clip(np.searchsorted(at, times_s, side="right") - 1, 0, keys - 2)
    share = np.clip((times_s - at[index]) / (at[index + 1] - at[index]), 0, 1)[:, None]
    return np.asarray(values[index] + eased(share) * (values[index + 1] - values[index]))


def sway(times_s: Array, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """(n, *shape), about -1..1: slow unrelated swings, as of a living body."""
    rates_hz = rng.uniform(0.1, 0.7, (3, *shape))
    starts = rng.uniform(0, 2 * np.pi, (3, *shape))
    at = times_s.reshape(-1, 1, *([1] * len(shape)))
    return np.asarray(np.sin(2 * np.pi * rates_hz * at + starts).mean(axis=1) * 1.4)


def cycle(times_s: Array, rng: np.random.Generator, period_s: float) -> Array:
    """(n,) phase in turns of something that goes round about once in so many seconds."""
    wobble = 0.15 * wander(times_s, rng, 2 * period_s, 1)[:, 0]
    return np.asarray((times_s - times_s[0]) / period_s + rng.random() + wobble)
