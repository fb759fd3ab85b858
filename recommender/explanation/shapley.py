"""Exact Shapley values of a game, from the worth of every coalition.

Shapley, "A value for n-person games", Contributions to the Theory of Games II (1953) 307-317: a player's
value is what it adds to a coalition, averaged over all orders in which the players may come. Coalitions are
numbered by their members: bit p of the number says whether player p is in it.
"""

from __future__ import annotations

from functools import cache
from math import comb
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@cache
def memberships(players: int) -> NDArray[np.bool_]:
    """Who is in which coalition: (2 ** players, players), read-only."""
    numbers = np.arange(1 << players)
    members: NDArray[np.bool_] = (numbers[:, None] >> np.arange(players)) & 1 == 1
    members.setflags(write=False)
    return members


def shapley_values(worths: NDArray[np.float64]) -> NDArray[np.float64]:
    """What each player adds, exactly.

    Args:
        worths: (2 ** players, outputs), by number of the coalition; a game for each output.

    Returns:
        (players, outputs). They add up to the worth of all less the worth of nobody.
    """
    players = len(worths).bit_length() - 1
    return _weights(players) @ worths


@cache
def _weights(players: int) -> NDArray[np.float64]:
    """The values as sums over coalitions: (players, 2 ** players).

    A member p of a coalition of s gains from it by `(s - 1)! (n - s)! / n!`; whoever stays out loses by
    `s! (n - s - 1)! / n!`, as the coalition is what p would join.
    """
    members = memberships(players)
    sizes = members.sum(axis=1)
    joins = np.array([1 / (players * comb(players - 1, size)) for size in range(players)])
    gains = joins[np.maximum(sizes - 1, 0)]
    losses = joins[np.minimum(sizes, players - 1)]
    weights: NDArray[np.float64] = np.where(members, gains[:, None], -losses[:, None]).T
    return np.ascontiguousarray(weights)
