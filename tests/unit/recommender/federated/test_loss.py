from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.federated.loss import steady_huber

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEP = 1e-6


def drawn(seed: int, runs: int = 3, days: int = 4) -> tuple[NDArray[Any], NDArray[Any]]:
    chance = np.random.default_rng(seed)
    flags = chance.random((runs, days, 2)) < 0.7
    wanted = np.concatenate([chance.normal(size=(runs, days, 2)), flags], axis=-1)
    return wanted, chance.normal(size=(runs, days, 2))


@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 5), st.floats(0, 10), st.floats(0, 10))
@settings(max_examples=40)
def test_its_gradient_is_that_of_finite_differences(
    seed: int, runs: int, days: int, minutes: float, intensity: float
) -> None:
    wanted, said = drawn(seed, runs, days)
    steady = (minutes, intensity)
    _, gradient = steady_huber(wanted, said, steady)
    for place in np.ndindex(said.shape):
        moved = said.copy()
        moved[place] += STEP
        above, _ = steady_huber(wanted, moved, steady)
        moved[place] -= 2 * STEP
        below, _ = steady_huber(wanted, moved, steady)
        assert gradient[place] == pytest.approx((above - below) / (2 * STEP), abs=1e-5)


def test_days_of_which_nothing_is_known_teach_nothing() -> None:
    wanted, said = drawn(1)
    wanted[..., 2:] = 0
    loss, gradient = steady_huber(wanted, said, (3.0, 3.0))
    assert loss == 0
    assert not gradient.any()


def test_a_swing_costs_only_where_the_next_day_follows() -> None:
    wanted = np.zeros((1, 3, 4))
    wanted[0, 0, 3] = 1  # from the first to the second
    said = np.array([[[0.0, 0.0], [1.0, 2.0], [9.0, 9.0]]])
    assert steady_huber(wanted, said, (2.0, 3.0))[0] == 2.0 * 1.0 + 3.0 * 2.0
