"""Tomorrow's plan beside today's."""

from datetime import date

from gateway.planning.document import PlanDocument, PlanRule
from gateway.planning.tomorrow import tomorrow_of

from .coaches import make_plan

TOMORROW = PlanDocument.of(make_plan(date(2026, 3, 3)))


def test_it_tells_what_changes() -> None:
    today = TOMORROW.model_copy(update={"duration_minutes": 34.5, "intensity_score": 3.0})
    told = tomorrow_of(TOMORROW, today, "zh-CN")
    assert (told.day, told.type) == (date(2026, 3, 3), "steady")
    assert (told.duration_minutes, told.minutes_change) == (30.0, -4.5)
    assert (told.intensity_score, told.intensity_change) == (3.2, 0.2)
    assert told.because == ""


def test_without_a_plan_today_there_is_nothing_to_compare_with() -> None:
    told = tomorrow_of(TOMORROW, None, "fr")
    assert (told.minutes_change, told.intensity_change) == (None, None)


def test_it_says_what_of_the_past_changed_it() -> None:
    rules = [PlanRule(name=name, detail="") for name in ("felt_hard", "equipment_at_hand", "cut_short")]
    document = TOMORROW.model_copy(update={"rules": rules})
    told = [tomorrow_of(document, None, language).because for language in ("en", "zh-CN", "fr")]
    assert told[0] == "a recent workout felt harder than planned and your last workout ended early"
    assert told[1].startswith("您最近有一次训练感觉比计划更难")
    assert told[2] == told[0]
