from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.explanation.shapley import memberships, shapley_values

PLAYERS = st.integers(1, 6)
SEEDS = st.integers(0, 2**32 - 1)


def random_worths(players: int, seed: int, outputs: int = 2) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(0, 10, (1 << players, outputs))


def by_every_order(worths: NDArray[np.float64], players: int) -> NDArray[np.float64]:
    """Shapley's definition: what each adds when it comes, averaged over all orders of coming."""
    gained, orders = np.zeros((players, worths.shape[1])), list(permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            gained[player] += worths[coalition | 1 << player] - worths[coalition]
            coalition |= 1 << player
    return gained / len(orders)


@settings(max_examples=30, deadline=None)
@given(players=PLAYERS, seed=SEEDS)
def test_it_is_the_mean_over_every_order(players: int, seed: int) -> None:
    worths = random_worths(players, seed)
    assert shapley_values(worths) == pytest.approx(by_every_order(worths, players), abs=1e-9)


@given(seed=SEEDS)
def test_ten_players_share_all_there_is(seed: int) -> None:
    worths = random_worths(10, seed)
    assert shapley_values(worths).sum(axis=0) == pytest.approx(worths[-1] - worths[0], abs=1e-9)


@given(players=PLAYERS, seed=SEEDS, factor=st.floats(-5, 5))
def test_the_values_of_a_sum_of_games_are_the_sum(players: int, seed: int, factor: float) -> None:
    one, other = random_worths(players, seed), random_worths(players, seed + 1)
    together = shapley_values(one + factor * other)
    assert together == pytest.approx(shapley_values(one) + factor * shapley_values(other), abs=1e-8)


@given(players=PLAYERS, seed=SEEDS)
def test_who_adds_the_same_to_everybody_is_worth_that(players: int, seed: int) -> None:
    alone = np.random.default_rng(seed).normal(0, 1, (players, 1))
    worths = memberships(players) @ alone
    assert shapley_values(worths) == pytest.approx(alone)


@given(seed=SEEDS, dummy=st.integers(0, 5))
def test_who_adds_nothing_is_worth_nothing(seed: int, dummy: int) -> None:
    without = np.arange(64) & ~(1 << dummy)
    worths = random_worths(6, seed)[without]
    assert shapley_values(worths)[dummy] == pytest.approx([0, 0], abs=1e-12)


@given(seed=SEEDS, one=st.integers(0, 5), other=st.integers(0, 5))
def test_who_can_be_exchanged_is_worth_the_same(seed: int, one: int, other: int) -> None:
    numbers = np.arange(64)
    swapped = numbers & ~(1 << one) & ~(1 << other)
    swapped |= ((numbers >> one) & 1) << other | ((numbers >> other) & 1) << one
    worths = random_worths(6, seed)
    fair = shapley_values(worths + worths[swapped])
    assert fair[one] == pytest.approx(fair[other], abs=1e-9)


def test_nobody_and_everybody_stand_at_the_ends() -> None:
    members = memberships(10)
    assert not members[0].any()
    assert members[-1].all()
    assert len(np.unique(members, axis=0)) == 1024
