import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.monitoring import PlanOutcome
from recommender.monitoring.metrics import (
    LEAST_MEMBERS,
    LEAST_PLANS,
    Measured,
    SegmentMetrics,
    segment_metrics,
)
from recommender.monitoring.segments import EVERYBODY
from recommender.prescription import Prescription
from tests.unit.recommender.monitoring.outcomes import a_month, outcome


def of_all(plans: list[PlanOutcome]) -> SegmentMetrics:
    return next(each for each in segment_metrics(plans) if each.segment == EVERYBODY)


def test_how_many_are_taken_of_those_answered() -> None:
    plans = [outcome(member, day, accepted=day < 6) for member in range(5) for day in range(8)]
    plans += [outcome(member, 9) for member in range(5)]
    assert of_all(plans).adoption_rate == Measured(0.75, 40)


def test_how_far_what_was_done_is_from_what_was_prescribed() -> None:
    plans = [
        outcome(member, day, prescribed=Prescription(40, 3), performed_minutes=30 if day % 2 else 50)
        for member in range(5)
        for day in range(6)
    ]
    assert of_all(plans).completion_deviation.value == pytest.approx(0.25)
    assert of_all([*plans, outcome(9, 0)]).completion_deviation.samples == 30


def test_how_much_it_swings_from_one_plan_to_the_next() -> None:
    plans = [outcome(member, day, 3.0 + 0.5 * (day % 2)) for member in range(5) for day in range(8)]
    found = of_all(plans[::-1])
    assert found.intensity_volatility.value == pytest.approx(0.5)
    assert found.intensity_volatility.samples == 5 * 7


def test_plans_far_apart_are_no_swing() -> None:
    plans = [outcome(member, day * 8, 1.0 + member % 4) for member in range(20) for day in range(3)]
    assert of_all(plans).intensity_volatility == Measured(None, 0)


def test_a_few_plans_or_a_few_members_tell_nothing() -> None:
    few_plans = [outcome(number, accepted=True) for number in range(LEAST_PLANS - 1)]
    few_members = [outcome(day % (LEAST_MEMBERS - 1), day, accepted=True) for day in range(200)]
    assert of_all(few_plans).adoption_rate == Measured(None, LEAST_PLANS - 1)
    assert of_all(few_members).adoption_rate == Measured(None, 200)
    assert segment_metrics([]) == ()


@given(seed=st.integers(0, 1000), members=st.integers(1, 20), days=st.integers(1, 10))
def test_figures_stay_within_what_is_possible(seed: int, members: int, days: int) -> None:
    plans = a_month(seed, members=members, days=days)
    found = segment_metrics(plans)
    assert sum(each.adoption_rate.samples for each in found if each.segment.dimension == "sex") == len(plans)
    for each in found:
        for figure, most in (
            (each.adoption_rate, 1.0), (each.completion_deviation, 0.25), (each.intensity_volatility, 2.0),
        ):  # fmt: skip
            assert figure.value is None or 0 <= figure.value <= most
            assert (figure.value is None) or figure.samples >= LEAST_PLANS
