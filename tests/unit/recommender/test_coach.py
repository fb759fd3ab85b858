"""The whole way from a past to a plan. The suite tries some; `GYMBOX_PLANS=10000` tries ten thousand."""

import os
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recommender import effect, intensity
from recommender.coach import BY_THE_RULES, Coach
from recommender.features import FEATURE_NAMES, feature_vector
from recommender.gym import EQUIPMENT, Gym, Machine
from recommender.history import History, Wellbeing, Workout
from recommender.person import BODY_PARTS, CONDITIONS, GOALS, LEVELS, TRAINING_PHASES, Person
from recommender.plan import Plan
from recommender.prescribing import prescribe
from recommender.prescription import WORKOUT_TYPES, Prescription

PLANS = int(os.environ.get("GYMBOX_PLANS", "60"))
TODAY = date(2026, 11, 21)
GYM = Gym(machines=(Machine(kind="treadmill", station_id="t1"),), equipment=frozenset(EQUIPMENT))

people = st.builds(
    Person,
    age_years=st.none() | st.floats(14, 90),
    height_cm=st.none() | st.floats(145, 205),
    weight_kg=st.none() | st.floats(45, 140),
    level=st.sampled_from(LEVELS),
    goal=st.sampled_from(GOALS),
    training_phase=st.sampled_from(TRAINING_PHASES),
    injuries=st.frozensets(st.sampled_from(BODY_PARTS), max_size=2),
    conditions=st.frozensets(st.sampled_from(CONDITIONS), max_size=1),
)
workouts = st.builds(
    Workout,
    day=st.integers(1, 40).map(lambda ago: TODAY - timedelta(days=ago)),
    type=st.sampled_from(WORKOUT_TYPES),
    duration_minutes=st.floats(10, 90),
    intensity_score=st.none() | st.floats(1, 5),
    completion=st.none() | st.floats(0, 1),
    rpe=st.none() | st.floats(1, 10),
    accepted=st.none() | st.booleans(),
)
nights = st.builds(
    Wellbeing,
    day=st.integers(0, 5).map(lambda ago: TODAY - timedelta(days=ago)),
    sleep_efficiency=st.none() | st.floats(0.4, 1),
    stress_index=st.none() | st.floats(0, 10),
)
pasts = st.builds(
    History,
    workouts=st.lists(workouts, max_size=12).map(tuple),
    wellbeing=st.lists(nights, max_size=4).map(tuple),
)


@pytest.fixture(scope="module")
def coach() -> Coach:
    return Coach(intensity.load(), effect.load())


@pytest.mark.timeout(120 + PLANS)
@settings(max_examples=PLANS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(person=people, history=pasts, seed=st.integers(0, 2**32 - 1))
def test_everybody_gets_a_whole_plan_with_a_reason(
    coach: Coach, person: Person, history: History, seed: int
) -> None:
    for each in (coach, Coach()):
        plan = each.plan(person, history, GYM, TODAY, seed)
        assert [block.kind for block in plan.composition.blocks] == ["warm_up", "main", "cool_down"]
        assert 1.0 <= plan.composition.prescription.intensity_score <= 5.0
        assert plan.composition.duration_s / 60 == pytest.approx(
            plan.composition.prescription.duration_minutes, rel=0.05
        )
        assert set(plan.explanation.sentences) == {"en", "zh"}
        assert all(plan.explanation.sentences.values())
        assert tuple(plan.features) == FEATURE_NAMES
        assert each.plan(person, history, GYM, TODAY, seed) == plan


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(person=people, history=pasts)
def test_the_reasons_add_up_to_what_the_model_said(coach: Coach, person: Person, history: History) -> None:
    assert coach.intensity is not None
    plan = coach.plan(person, history, GYM, TODAY, 1)
    why = plan.explanation
    values = [[plan.features[name] for name in FEATURE_NAMES]]
    imputed = [[name in plan.imputed for name in FEATURE_NAMES]]
    features = feature_vector(person, history, TODAY)
    said = prescribe(coach.intensity, person, history, TODAY, features)
    [[minutes, score]] = coach.intensity.predict(np.array(values), np.array(imputed)).tolist()
    seen = [each for each in why.reasons if each.feature in FEATURE_NAMES]
    assert why.base_minutes + sum(each.minutes for each in seen) == pytest.approx(minutes, abs=1e-3)
    assert why.base_intensity + sum(each.intensity for each in seen) == pytest.approx(score, abs=1e-4)
    assert {each.feature for each in why.reasons} - {*FEATURE_NAMES} == {*said.own}
    whole = sum(each.minutes for each in why.reasons), sum(each.intensity for each in why.reasons)
    assert why.base_minutes + whole[0] == pytest.approx(said.prescription.duration_minutes, abs=1e-3)
    assert why.base_intensity + whole[1] == pytest.approx(said.prescription.intensity_score, abs=1e-4)


def test_without_models_the_rules_prescribe_and_say_so() -> None:
    plan = Coach().plan(Person(age_years=35), History(), GYM, TODAY, 1)
    assert (plan.source, plan.source_note) == ("rules", BY_THE_RULES)
    assert plan.model_versions == {}
    assert plan.explanation.reasons == ()


def test_a_plan_names_the_models_that_were_asked(coach: Coach) -> None:
    assert coach.intensity is not None
    assert coach.effect is not None
    plan = coach.plan(Person(age_years=35), History(), GYM, TODAY, 1)
    assert plan.source == "model"
    assert plan.model_versions == {"intensity": coach.intensity.version, "effect": coach.effect.version}


def every_third_day(last_three: tuple[float, float]) -> History:
    """Five weeks of steady training; completion and RPE of the last three workouts as given."""
    return History(
        tuple(
            Workout(
                day=TODAY - timedelta(days=ago),
                type="steady",
                duration_minutes=40.0,
                intensity_score=3.0,
                prescribed=Prescription(40.0, 3.0),
                completion=last_three[0] if ago < 10 else 1.0,
                rpe=last_three[1] if ago < 10 else 6.0,
                accepted=True,
            )
            for ago in range(35, 0, -3)
        )
    )


def test_who_always_rates_harder_is_told_less_and_why(coach: Coach) -> None:
    """Everything else about the two is the same, and neither ever rated a workout as too hard for a rule."""
    person = Person(age_years=40, goal="endurance", level="intermediate", training_phase="build")
    plans = []
    for rpe in (4.5, 7.5):
        past = History(tuple(replace(each, rpe=rpe) for each in every_third_day((1.0, rpe)).workouts))
        plans.append(coach.plan(person, past, GYM, TODAY, 1))
    easier, harder = plans
    assert easier.composition.prescription.intensity_score > harder.composition.prescription.intensity_score
    ratings = [next(each for each in plan.explanation.reasons if each.feature == "ratings") for plan in plans]
    assert ratings[0].intensity - ratings[1].intensity > 0.75


def load(plan: Plan) -> float:
    return plan.composition.prescription.load


def test_three_workouts_that_were_too_hard_lower_the_plan_without_retraining(coach: Coach) -> None:
    person = Person(age_years=35, goal="endurance", level="intermediate")
    lowered = coach.plan(person, every_third_day((0.6, 9.5)), GYM, TODAY, 1)
    usual = coach.plan(person, every_third_day((1.0, 6.0)), GYM, TODAY, 1)
    assert load(lowered) < 0.9 * load(usual)
    assert "harder_than_planned" in {rule.name for rule in lowered.composition.rules}
    assert "harder_than_planned" not in {rule.name for rule in usual.composition.rules}
