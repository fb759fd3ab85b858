from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.training import int8_file
from recommender.training.network import to_int8
from recommender.training.weights import Dense, Weights, equalized

if TYPE_CHECKING:
    from numpy.typing import NDArray


def network(seed: int, *widths: int) -> tuple[Dense, ...]:
    chance = np.random.default_rng(seed)
    return tuple(
        Dense(
            chance.normal(0, into**-0.5, (into, out_of)).astype(np.float32),
            chance.normal(0, 0.1, out_of).astype(np.float32),
        )
        for into, out_of in pairwise(widths)
    )


def lopsided(layers: tuple[Dense, ...]) -> tuple[Dense, ...]:
    """The same sums with hidden units of very different sizes."""
    found = list(layers)
    for at in range(len(layers) - 1):
        into, out_of = found[at], found[at + 1]
        sizes = np.exp(np.random.default_rng(at).normal(0, 2, len(into.bias))).astype(np.float32)
        found[at] = Dense(into.kernel * sizes, into.bias * sizes)
        found[at + 1] = Dense(out_of.kernel / sizes[:, None], out_of.bias)
    return tuple(found)


def answers(layers: tuple[Dense, ...], rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return Weights((), layers).answers(rows)


def rows(seed: int, width: int, count: int = 400) -> NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=(count, width)).clip(-4, 4).astype(np.float32)


@given(seed=st.integers(0, 10_000), hidden=st.lists(st.integers(1, 20), min_size=1, max_size=3))
def test_equalized_layers_say_the_same(seed: int, hidden: list[int]) -> None:
    layers, seen = lopsided(network(seed, 6, *hidden, 2)), rows(seed, 6)
    equal, said = equalized(layers), answers(layers, seen)
    np.testing.assert_allclose(answers(equal, seen), said, rtol=1e-3, atol=1e-3 * said.std())
    coming, going = np.abs(equal[-2].kernel).max(axis=0), np.abs(equal[-1].kernel).max(axis=1)
    np.testing.assert_allclose(coming, going, rtol=1e-3)


def test_a_unit_that_nothing_goes_into_or_out_of_is_left_alone() -> None:
    first, last = network(3, 4, 5, 2)
    first.kernel[:, 1] = 0
    last.kernel[3] = 0
    found = equalized((first, last))
    np.testing.assert_array_equal(found[0].kernel[:, [1, 3]], first.kernel[:, [1, 3]])
    assert all(np.isfinite(each.kernel).all() and np.isfinite(each.bias).all() for each in found)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_eight_bits_do_not_mind_the_sizes_of_units(seed: int) -> None:
    layers, seen = network(seed, 8, 24, 12, 2), rows(seed, 8)
    right = answers(layers, seen)
    plain, uneven = (
        np.abs(int8_file.answers(to_int8(each, seen), seen) - right).mean()
        for each in (layers, lopsided(layers))
    )
    assert uneven < 1.25 * plain
