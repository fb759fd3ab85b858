"""Plans come out of the store as they went in, with what became of them and nothing made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from gateway.monitoring.outcomes import PastPlan, load_past_plans, with_forecasts
from recommender.features import FEATURE_NAMES
from recommender.monitoring import PlanOutcome

TODAY = datetime(2026, 6, 1, tzinfo=UTC).date()


async def past_plans(gym: Any, *, days: int = 100, most: int = 100) -> list[PastPlan]:
    found: list[PastPlan] = await gym.store.read(
        lambda db: load_past_plans(db, TODAY - timedelta(days=days), most)
    )
    return found


async def only_outcome(gym: Any) -> PlanOutcome:
    (plan,) = await past_plans(gym)
    return plan.outcome


async def test_a_plan_that_nobody_answered_or_followed(gym: Any) -> None:
    await gym.plan("ada", 3)
    outcome = await only_outcome(gym)
    assert (outcome.member_id, outcome.day) == ("ada", TODAY - timedelta(days=3))
    assert (outcome.prescribed.duration_minutes, outcome.prescribed.intensity_score) == (40.0, 3.0)
    unknown = (outcome.accepted, outcome.performed_minutes, outcome.completion, outcome.rpe)
    assert unknown == (None, None, None, None)
    assert (outcome.person.sex, outcome.person.level) == ("unspecified", "beginner")


async def test_a_plan_and_all_that_became_of_it(gym: Any) -> None:
    await gym.member("ada", sex="female", level="advanced", birth_year=1990)
    await gym.plan("ada", 3, accepted=True, rpe=7, performed=(10.0, 20.0), session_rpe=5, age_years=36.0)
    outcome = await only_outcome(gym)
    assert (outcome.accepted, outcome.performed_minutes, outcome.completion) == (True, 30.0, 0.75)
    assert outcome.rpe == 7, "what was said of the plan goes before what was said of a session"
    assert (outcome.person.sex, outcome.person.level, outcome.person.age_years) == (
        "female",
        "advanced",
        36.0,
    )


async def test_a_refusal_and_a_rating_at_the_end_of_a_session(gym: Any) -> None:
    await gym.plan("ada", 3, accepted=False)
    await gym.plan("bob", 3, performed=(90.0,), session_rpe=9)
    outcomes = {plan.outcome.member_id: plan.outcome for plan in await past_plans(gym)}
    assert outcomes["ada"].accepted is False
    assert (outcomes["bob"].rpe, outcomes["bob"].completion) == (9, 1.0), "more than the plan is the plan"


async def test_what_merely_stood_in_is_no_knowledge(gym: Any) -> None:
    await gym.plan("ada", 3, imputed=("age_years", "bmi"))
    (plan,) = await past_plans(gym)
    assert plan.outcome.person.age_years is None
    assert set(plan.outcome.features) == set(FEATURE_NAMES) - {"age_years", "bmi"}
    assert plan.is_whole
    assert plan.imputed == {"age_years", "bmi"}


async def test_the_newest_version_of_a_day_counts_and_the_latest_days_first(gym: Any) -> None:
    await gym.plan("ada", 3, minutes=40.0)
    await gym.plan("ada", 3, version=2, minutes=30.0)
    await gym.plan("ada", 1, minutes=20.0)
    await gym.plan("ada", 200)
    found = [plan.outcome.prescribed.duration_minutes for plan in await past_plans(gym)]
    assert found == [20.0, 30.0]
    assert len(await past_plans(gym, days=300)) == 3
    assert [plan.outcome.day for plan in await past_plans(gym, most=1)] == [TODAY - timedelta(days=1)]


class Effect:
    """A model that says of each row what it was asked for."""

    def predict(self, values: Any, imputed: Any, types: Any, prescriptions: Any) -> Any:
        assert (values.shape, imputed.shape, prescriptions.shape) == (
            (len(types), 10),
            values.shape,
            (len(types), 2),
        )
        return np.column_stack([types, imputed.mean(axis=1), prescriptions[:, 1]]).astype(np.float32)


async def test_forecasts_are_of_each_plans_own_inputs(gym: Any) -> None:
    await gym.plan("ada", 3, imputed=("age_years", "bmi"))
    await gym.plan("bob", 2)
    plans = await past_plans(gym)
    effect: Any = Effect()
    outcomes = {each.member_id: each for each in with_forecasts(plans, effect)}
    assert outcomes["ada"].predicted_completion == pytest.approx(0.2)
    assert (outcomes["bob"].predicted_completion, outcomes["bob"].predicted_rpe) == (0.0, 3.0)


async def test_without_a_model_or_its_features_nothing_is_foretold(gym: Any) -> None:
    await gym.plan("ada", 3)
    (plan,) = await past_plans(gym)
    assert with_forecasts([plan], None) == [plan.outcome]
    other = PastPlan(plan.outcome, plan.type, {"shoe_size": 43.0}, frozenset())
    effect: Any = Effect()
    first, second = with_forecasts([other, plan], effect)
    assert (first.predicted_rpe, second.predicted_rpe) == (3.0, None)
    assert with_forecasts([], effect) == []
