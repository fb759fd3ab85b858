import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.federated.privacy import cost_of


def test_a_round_is_allowed_until_the_budget_is_spent() -> None:
    spent: list[float] = []
    totals = []
    while (cost := cost_of(1.5, spent, budget_epsilon=20.0)).allowed:
        spent.append(cost.mu)
        totals.append(cost.total_epsilon)
    assert len(spent) == 6
    assert totals == sorted(totals)
    assert totals[0] == pytest.approx(6.1, abs=0.1)
    assert totals[-1] <= 20.0 < cost.total_epsilon


@given(st.floats(0.1, 10), st.lists(st.floats(0.1, 3), max_size=6), st.floats(0.1, 100))
@settings(max_examples=40)
def test_what_is_told_is_never_more_than_the_budget(
    noise: float, spent: list[float], budget_epsilon: float
) -> None:
    cost = cost_of(noise, spent, budget_epsilon=budget_epsilon)
    assert cost.allowed == (cost.total_epsilon <= budget_epsilon)
    assert cost.total_epsilon >= cost.epsilon * (1 - 1e-6)


def test_a_cloud_that_wants_too_little_noise_gets_nothing() -> None:
    assert not cost_of(0.01, [], budget_epsilon=1000.0).allowed
