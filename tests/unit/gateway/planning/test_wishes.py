"""Less of today's plan, because the member asks: never more, never beyond what may be told to anybody."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from gateway.planning.document import PlanDocument
from gateway.planning.wishes import EASIER, SHORTER, Wish, less
from recommender.prescription import Prescription

from .coaches import make_plan

PLAN = PlanDocument.of(make_plan(date(2026, 3, 2)))


@given(minutes=st.floats(10, 120), intensity=st.floats(1, 5), wish=st.sampled_from(("shorter", "easier")))
def test_one_of_the_two_comes_down_and_the_other_stays(minutes: float, intensity: float, wish: Wish) -> None:
    plan = PLAN.model_copy(update={"duration_minutes": minutes, "intensity_score": intensity})
    if wish == "shorter":
        assert less(plan, wish) == Prescription(max(10.0, minutes * SHORTER), intensity)
    else:
        assert less(plan, wish) == Prescription(minutes, max(1.0, intensity - EASIER))
