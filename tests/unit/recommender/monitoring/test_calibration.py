import numpy as np
import pytest

from recommender.monitoring.calibration import (
    ALLOWED_ERROR,
    ALLOWED_RPE,
    LEAST_MEMBERS,
    LEAST_PLANS,
    Checked,
    calibration,
)
from tests.unit.recommender.monitoring.outcomes import a_month, outcome


def test_what_was_foretold_rightly_is_not_called_broken() -> None:
    for seed in range(40):
        found = calibration(a_month(seed, members=LEAST_MEMBERS, days=5))
        assert not found.completion_error.is_broken
        assert not found.rpe_bias.is_broken


def test_promises_that_are_not_kept() -> None:
    plans = [
        outcome(number % 50, number, predicted_completion=0.9, completion=1.0 if number % 2 else 0.4)
        for number in range(200)
    ]
    found = calibration(plans).completion_error
    assert found.value == pytest.approx(0.4)
    assert found.allowed == ALLOWED_ERROR
    assert found.is_broken


def test_too_high_for_some_and_too_low_for_others_does_not_cancel_out() -> None:
    plans = [
        outcome(
            number % 50, number, predicted_completion=0.2 if number % 2 else 0.8, completion=number % 2 * 1.0
        )
        for number in range(400)
    ]
    assert calibration(plans).completion_error.value == pytest.approx(0.8)


@pytest.mark.parametrize(("harder", "is_broken"), [(0.0, False), (0.4, False), (1.5, True), (-1.5, True)])
def test_workouts_that_feel_other_than_foretold(harder: float, is_broken: bool) -> None:  # noqa: FBT001
    found = calibration(a_month(1, harder=harder)).rpe_bias
    assert found.value == pytest.approx(harder, abs=0.35)
    assert found.is_broken is is_broken


def test_ratings_of_one_or_two_loud_members_are_not_the_model_s_fault() -> None:
    plans = [
        outcome(number % 40, number, predicted_rpe=5.0, rpe=10.0 if number % 40 < 7 else 5.0)
        for number in range(400)
    ]
    found = calibration(plans).rpe_bias
    assert found.value == pytest.approx(5 * 7 / 40)
    assert found.value is not None
    assert found.value > ALLOWED_RPE
    assert not found.is_broken


@pytest.mark.parametrize(("plans", "members"), [(LEAST_PLANS - 1, 99), (1000, LEAST_MEMBERS - 1), (0, 1)])
def test_too_few_to_tell(plans: int, members: int) -> None:
    wrong = {"predicted_completion": 1.0, "completion": 0.0, "predicted_rpe": 1.0, "rpe": 10.0}
    found = calibration([outcome(number % members, number, **wrong) for number in range(plans)])
    assert found.completion_error == Checked(None, ALLOWED_ERROR, plans)
    assert found.rpe_bias == Checked(None, ALLOWED_RPE, plans)
    assert not found.completion_error.is_broken


def test_only_plans_of_which_both_are_known_count() -> None:
    chance = np.random.default_rng(1)
    plans = [
        outcome(number % 40, number, predicted_completion=float(chance.random()), completion=None, rpe=5.0)
        for number in range(200)
    ]
    found = calibration(plans)
    assert (found.completion_error.samples, found.rpe_bias.samples) == (0, 0)
