"""A plan as JSON: nothing lost, nothing that nobody should be told to do, nothing private in a record."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.planning.document import PRIVATE_FEATURES, PlanDocument
from gateway.planning.record import plan_body
from gateway.planning.rows import StoredFeedback, StoredPlan
from recommender.features import FEATURE_NAMES

from .coaches import RUN, SQUATS, make_plan

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRIVATE_WORDS = ("sleep", "slept", "stress", "hrv", "night", "睡")


def stored(**told: Any) -> StoredPlan:
    feedback = StoredFeedback(**told, told_at=NOW) if told else None
    return StoredPlan(
        id="p1",
        member_id="ada",
        version=2,
        made_at=NOW,
        document=PlanDocument.of(make_plan(TODAY, main=(SQUATS, RUN))),
        feedback=feedback,
    )


def test_a_plan_is_written_down_whole_and_read_back() -> None:
    document = PlanDocument.of(make_plan(TODAY, main=(SQUATS, RUN)))
    assert PlanDocument.model_validate_json(document.model_dump_json()) == document
    assert [block.kind for block in document.blocks] == ["warm_up", "main", "cool_down"]
    squats, run = document.blocks[1].items
    assert (squats.kind, squats.duration_s) == ("sets", SQUATS.duration_s)
    assert run.kind == "machine"
    assert [(each.speed_kmh, each.heart_rate_zone) for each in run.steps] == [(9.0, 3), (None, 2)]
    assert document.blocks[1].duration_s == SQUATS.duration_s + RUN.duration_s
    assert document.exercises == ("treadmill_walk", "squat", "treadmill_run")


@pytest.mark.parametrize(
    "wrong",
    [
        {"intensity_score": 5.5},
        {"duration_minutes": 5.0},
        {"duration_minutes": float("nan")},
        {"features": {"bmi": float("inf")}},
        {"blocks": []},
        {"source": "oracle"},
    ],
)
def test_what_is_no_plan_is_refused(wrong: dict[str, Any]) -> None:
    good = PlanDocument.of(make_plan(TODAY)).model_dump()
    PlanDocument.model_validate(good)
    with pytest.raises(ValidationError):
        PlanDocument.model_validate({**good, **wrong})


def test_a_plan_without_a_warm_up_is_none() -> None:
    with pytest.raises(ValueError, match="begins with a warm-up"):
        PlanDocument.of(make_plan(TODAY, first="main"))


@pytest.mark.parametrize("told", [{}, {"accepted": False, "rpe": 9, "note": "I slept badly, so much stress"}])
def test_nothing_private_is_in_a_record(told: dict[str, Any]) -> None:
    body = plan_body(stored(**told))
    text = json.dumps(body, ensure_ascii=False).lower()
    assert [word for word in PRIVATE_WORDS if word in text] == []
    assert body["features"].keys() == set(FEATURE_NAMES) - PRIVATE_FEATURES
    assert (body["accepted"], body["rpe"]) == (told.get("accepted"), told.get("rpe"))
    assert (body["id"], body["version"], body["day"], body["duration_minutes"]) == (
        "p1",
        2,
        "2026-03-02",
        30.0,
    )
    assert body["blocks"][1]["items"][1]["steps"][0]["speed_kmh"] == 9.0
    assert "ada" not in text, "members leave the box as pseudonyms only"


def test_every_feature_that_tells_of_a_self_report_is_private() -> None:
    telling = {name for name in FEATURE_NAMES if any(word in name for word in PRIVATE_WORDS)}
    assert telling == PRIVATE_FEATURES
