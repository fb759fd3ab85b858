"""What a round is: plans that make sense, and who is invited by lot."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud.federated.round import RoundPlan, RoundRefused, is_invited

IDS = st.text(max_size=20)
SHARES = st.floats(0, 1)
BOXES = [f"box-{number}" for number in range(2000)]


@pytest.mark.parametrize("least", [-1, 0, 1])
def test_an_average_of_one_is_refused(least: int) -> None:
    with pytest.raises(RoundRefused, match="an average of one is that one's own update"):
        RoundPlan(min_train_nodes=least, enough_train_nodes=10)


@settings(max_examples=30)
@given(least=st.integers(2, 500), enough=st.integers(-10, 500))
def test_enough_is_never_fewer_than_the_least(least: int, enough: int) -> None:
    if enough >= least:
        assert RoundPlan(min_train_nodes=least, enough_train_nodes=enough).enough_train_nodes == enough
    else:
        with pytest.raises(RoundRefused, match=f"{enough} boxes are fewer than {least}"):
            RoundPlan(min_train_nodes=least, enough_train_nodes=enough)


@pytest.mark.parametrize("fraction", [0.0, -0.1, 1.0000001, float("nan"), float("inf")])
def test_a_share_is_above_zero_and_at_most_all(fraction: float) -> None:
    with pytest.raises(RoundRefused, match="not above 0 and at most 1"):
        RoundPlan(fraction_train=fraction)
    assert RoundPlan(fraction_train=1.0).fraction_train == 1.0
    assert RoundPlan(fraction_train=5e-324).fraction_train > 0


@pytest.mark.parametrize("lasts", [timedelta(), -timedelta(days=1)])
def test_a_deadline_is_in_the_future(lasts: timedelta) -> None:
    with pytest.raises(RoundRefused, match="deadline"):
        RoundPlan(lasts=lasts)


@settings(max_examples=30)
@given(IDS, IDS, SHARES, SHARES)
def test_who_is_invited_to_a_small_round_is_invited_to_a_larger_one_too(
    round_id: str, gateway_id: str, one: float, other: float
) -> None:
    small, large = sorted((one, other))
    assert is_invited(round_id, gateway_id, large) or not is_invited(round_id, gateway_id, small)
    assert is_invited(round_id, gateway_id, 1.0), "all are"
    assert not is_invited(round_id, gateway_id, 0.0), "nobody is"
    assert is_invited(round_id, gateway_id, one) == is_invited(round_id, gateway_id, one)


@pytest.mark.parametrize("fraction", [0.05, 0.3, 0.8])
def test_about_the_share_that_is_asked_for_is_invited(fraction: float) -> None:
    invited = sum(is_invited("r1", box, fraction) for box in BOXES) / len(BOXES)
    assert invited == pytest.approx(fraction, abs=0.04)


def test_each_round_draws_anew() -> None:
    first, second = ({box for box in BOXES if is_invited(name, box, 0.5)} for name in ("r1", "r2"))
    assert 0.35 < len(first & second) / len(first) < 0.65
