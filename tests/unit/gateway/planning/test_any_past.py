"""Whatever the store holds of a member, they get a plan."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.members.members import Member, MemberProfile
from gateway.members.wellbeing import SelfReport
from gateway.planning.document import PlanDocument
from gateway.planning.past import Past
from gateway.planning.rows import StoredPlan
from gateway.planning.steps import steps_at
from gateway.planning.view import view_of
from gateway.planning.workouts import PastSession
from recommender.coach import Coach
from recommender.features import FEATURE_NAMES
from recommender.gym import Gym

from .pasts import DAYS, MORNING, gyms, past_sessions, profiles, self_reports


@settings(max_examples=60)
@given(
    st.none() | profiles,
    st.lists(past_sessions, max_size=12),
    st.dictionaries(st.dates(date(2026, 2, 20), date(2026, 3, 2)), self_reports, max_size=4),
    gyms,
)
def test_whatever_the_store_may_hold_the_rules_make_a_plan_that_machines_can_follow(
    profile: MemberProfile | None, sessions: list[PastSession], told: dict[date, SelfReport], gym: Gym
) -> None:
    member = (
        None if profile is None else Member(**dict(profile), id="a", created_at=MORNING, updated_at=MORNING)
    )
    past = Past(member, tuple(sessions), told)
    today = DAYS.today()
    plan = PlanDocument.of(Coach().plan(past.person(today), past.history(DAYS), gym, today, 1))
    assert plan.day == today
    assert set(plan.features) == set(FEATURE_NAMES)
    for steered in (True, False):
        steps_at(plan, "treadmill", turn=0, steered=steered)
    assert set(
        view_of(StoredPlan(id="p", member_id="a", version=1, made_at=MORNING, document=plan), "zh").names
    ) == set(plan.exercises)
