"""Drawing by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def happens(rng: np.random.Generator, share: float) -> bool:
    """Whether something happens that does so in this share of cases, 0..1."""
    return bool(rng.random() < share)


def either(
    rng: np.random.Generator, share: float, usual: tuple[float, float], rare: tuple[float, float]
) -> float:
    """A value within `rare` in this share of cases, otherwise within `usual`."""
    return float(rng.uniform(*(rare if happens(rng, share) else usual)))
