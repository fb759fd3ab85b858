from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.federated.privacy import MOST_MU, composed, delta_of, epsilon_of, mu_of

MUS = st.floats(0.01, 20)


def integrated(epsilon: float, mu: float) -> float:
    """The definition: by how much one normal distribution exceeds e^epsilon times its neighbour."""
    x = np.linspace(-12, 12 + mu, 400_001)
    one, other = (np.exp(-((x - at) ** 2) / 2) / math.sqrt(2 * math.pi) for at in (mu, 0.0))
    return float(np.clip(one - math.exp(epsilon) * other, 0, None).sum() * (x[1] - x[0]))


@pytest.mark.parametrize(("epsilon", "mu"), [(0.0, 0.3), (0.5, 1.0), (3.0, 1.0), (1.0, 2.0), (6.0, 4.0)])
def test_delta_is_what_the_definition_says(epsilon: float, mu: float) -> None:
    assert delta_of(epsilon, mu) == pytest.approx(integrated(epsilon, mu), rel=1e-6)


def test_a_published_value() -> None:
    # sigma = 1, sensitivity 1: 4.377 at 1e-5 (Balle and Wang's own code, and Dong et al.'s conversion).
    assert epsilon_of(1.0, 1e-5) == pytest.approx(4.3772, abs=1e-4)


@given(MUS, st.sampled_from([1e-3, 1e-5, 1e-9]))
def test_epsilon_is_the_smallest_that_holds(mu: float, delta: float) -> None:
    epsilon = epsilon_of(mu, delta)
    assert delta_of(epsilon, mu) <= delta
    if epsilon:
        assert delta_of(epsilon * (1 - 1e-6), mu) > delta


@given(MUS, MUS)
def test_less_noise_costs_more(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert epsilon_of(low) <= epsilon_of(high)


@given(st.floats(0, 200), st.floats(1e-3, MOST_MU))
def test_delta_is_a_chance_however_far_out(epsilon: float, mu: float) -> None:
    assert 0 <= delta_of(epsilon, mu) <= 1


@given(st.lists(st.floats(0.01, 5), min_size=1, max_size=12))
@settings(max_examples=30)
def test_rounds_cost_more_than_one_and_less_than_their_sum(mus: list[float]) -> None:
    together = epsilon_of(composed(mus), 1e-5)
    assert together >= max(epsilon_of(mu, 1e-5) for mu in mus) * (1 - 1e-6)
    # Basic composition, delta shared out: never better than the exact one.
    assert together <= sum(epsilon_of(mu, 1e-5 / len(mus)) for mu in mus) * (1 + 1e-6)


def test_what_a_round_costs_by_its_noise() -> None:
    assert mu_of(2.0) == 1.0
    assert epsilon_of(mu_of(1.5)) == pytest.approx(6.1, abs=0.1)
    assert epsilon_of(0.0) == 0.0
    assert epsilon_of(MOST_MU * 1.01) == math.inf


@pytest.mark.parametrize("noise", [0.0, -1.0, math.nan])
def test_no_noise_is_refused(noise: float) -> None:
    with pytest.raises(ValueError, match="hides nothing"):
        mu_of(noise)


@pytest.mark.parametrize(("mu", "delta"), [(1.0, 0.0), (1.0, 1.0), (-1.0, 0.1), (math.nan, 0.1)])
def test_what_is_no_chance_is_refused(mu: float, delta: float) -> None:
    with pytest.raises(ValueError, match="delta of"):
        epsilon_of(mu, delta)
