"""What a noisy answer tells at most of the data behind it: the analytic Gaussian mechanism, composed. Pure.

Balle and Wang, "Improving the Gaussian mechanism for differential privacy" (ICML 2018), theorem 8: noise of
standard deviation sigma on a value that other data could move by at most D is (epsilon, delta)-private from
delta = F(D / 2 sigma - epsilon sigma / D) - e^epsilon F(-D / 2 sigma - epsilon sigma / D) on and no earlier;
F is the standard normal distribution. Only mu = D / sigma matters, and answers one after the other tell as
much as a single one whose mu squared is the sum of theirs (Dong, Roth and Su, "Gaussian differential
privacy", 2022, corollary 3.3). So a budget is spent in mu squared, and epsilon is what people are told.
"""

from __future__ import annotations

import math
from typing import Final

DELTA: Final = 1e-5
"""Chance at which epsilon may not hold: far below one in the members of a gym."""
MOST_MU: Final = 100.0
"""Noise so small hides nothing; epsilon is then thousands."""
_FAR: Final = 30.0


def delta_of(epsilon: float, mu: float) -> float:
    """The smallest delta for an epsilon.

    Args:
        epsilon: zero or more.
        mu: how far other data could move the value, in standard deviations of the noise; above zero.
    """
    low, high = mu / 2 - epsilon / mu, -mu / 2 - epsilon / mu
    return max(0.0, math.exp(_log_normal(low)) - math.exp(min(epsilon + _log_normal(high), 0.0)))


def epsilon_of(mu: float, delta: float = DELTA) -> float:
    """The smallest epsilon for a delta, from 0 up; infinite when the noise hides nothing.

    Raises:
        ValueError: delta is no chance, or mu is negative.
    """
    if not 0 < delta < 1 or not mu >= 0:
        raise ValueError(f"delta of {delta:g} is not between 0 and 1, or mu of {mu:g} is negative")
    if mu > MOST_MU:
        return math.inf
    if mu == 0 or delta_of(0.0, mu) <= delta:
        return 0.0
    low, high = 0.0, 1.0
    while delta_of(high, mu) > delta:
        low, high = high, 2 * high
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(middle, mu) > delta else (low, middle)
    return high


def mu_of(noise_multiplier: float) -> float:
    """Of one update, clipped to a bound and given noise of that many bounds.

    Two clipped updates are at most two bounds apart, whatever the data behind each: so this covers the change
    of one session, of one member, and of the whole gym alike.

    Raises:
        ValueError: the noise is not above zero.
    """
    if not noise_multiplier > 0:
        raise ValueError(f"a noise multiplier of {noise_multiplier:g} hides nothing; it must be above zero")
    return 2.0 / noise_multiplier


def composed(mus: list[float]) -> float:
    """The mu of several answers together."""
    return math.sqrt(sum(mu * mu for mu in mus))


def _log_normal(x: float) -> float:
    """Logarithm of the standard normal distribution function."""
    if x > -_FAR:
        return math.log(math.erfc(-x / math.sqrt(2.0)) / 2.0)
    return -x * x / 2 - math.log(-x * math.sqrt(2 * math.pi)) + math.log1p(-1 / (x * x))
