import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sessions.active import record_body
from gateway.sessions.report import (
    HeartRateReport,
    ModelVersions,
    PlanReport,
    RepDetail,
    SessionReport,
    SetReport,
    TreadmillReport,
)
from sync.cloud.bodies import BodyRefused, check
from sync.record import KINDS, RecordKind

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
PLAN = PlanReport(
    id="plan-1",
    version=1,
    day=date(2026, 1, 2),
    goal="strength",
    level=None,
    sex=None,
    type="resistance",
    source="model",
    duration_minutes=40.0,
    intensity_score=3.2,
    performed_type="resistance",
    performed_minutes=38.0,
    performed_intensity=None,
    completion=0.9,
    accepted=True,
    model_versions={"intensity": "1"},
    features={"age_years": 31.0, "bmi": None},
)
REPORT = SessionReport(
    id="session-1",
    station_id="rack",
    member_id="anna",
    band_id="band-1",
    exercise="squat",
    status="ended",
    started_at=NOON,
    ended_at=NOON,
    rpe=7,
    sets=[
        SetReport(
            exercise="squat",
            started_at=NOON,
            ended_at=NOON,
            reps=1,
            partials=0,
            mean_tempo_s=2.0,
            reps_detail=[RepDetail(number=1, at_s=3.0, tempo_s=2.0, depth=0.9, partial=False)],
        )
    ],
    heart_rate=HeartRateReport(mean_bpm=120.5, max_bpm=150, seconds_in_zone=[1, 2, 3, 4, 5], samples=60),
    treadmill=TreadmillReport(distance_m=900.5, mean_speed_kmh=None, max_speed_kmh=9.0, duration_s=300),
    models=ModelVersions(pose="1", phase=None),
    plan=PLAN,
)
BODY = record_body(REPORT)
PLAN_BODY = {
    **{
        key: BODY["plan"][key]
        for key in ("id", "version", "day", "goal", "type", "features", "model_versions")
    },
    "duration_minutes": 40.0,
    "intensity_score": 3.2,
    "blocks": [{"kind": "warm_up"}],
    "source": "rules",
    "accepted": None,
    "rpe": None,
}


def put(body: dict[str, Any], path: str, value: object) -> str:
    """The body as JSON with one value changed; None of the path's steps is missing."""
    copy: Any = json.loads(json.dumps(body))
    *steps, last = path.split(".")
    inner = copy
    for step in steps:
        inner = inner[int(step) if step.isdecimal() else step]
    inner[last] = value
    return json.dumps(copy)


def test_what_a_box_sends_is_a_body() -> None:
    check("session", json.dumps(BODY))
    check("plan", json.dumps(PLAN_BODY))


def test_a_summary_and_a_session_without_a_plan_are_bodies() -> None:
    body = json.loads(json.dumps(BODY))
    del body["sets"][0]["reps_detail"], body["plan"], body["heart_rate"]
    check("session", json.dumps({**body, "treadmill": None, "ended_at": None}))


@pytest.mark.parametrize("kind", ["device", "health", "erase"])
def test_the_other_kinds_say_what_they_like(kind: RecordKind) -> None:
    check(kind, '{"anything": {"at": ["all", 1, null]}}')


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("started_at", "2026-01-02T10:00:00"),
        ("started_at", 5),
        ("ended_at", "late"),
        ("station_id", ""),
        ("rpe", 11),
        ("rpe", 6.5),
        ("rpe", "7"),
        ("sets", {}),
        ("sets.0.reps", -1),
        ("sets.0.reps", True),
        ("sets.0.exercise", None),
        ("heart_rate.mean_bpm", 301),
        ("heart_rate.seconds_in_zone", [1, -1]),
        ("treadmill.distance_m", "far"),
        ("plan.completion", 1.01),
        ("plan.day", "02.01.2026"),
        ("plan.features.bmi", "thin"),
        ("plan.performed_minutes", -0.1),
    ],
)
def test_what_cannot_be_is_refused_and_named(path: str, value: object) -> None:
    with pytest.raises(BodyRefused, match=path.partition(".")[0]):
        check("session", put(BODY, path, value))


def test_the_reason_repeats_no_value() -> None:
    with pytest.raises(BodyRefused) as told:
        check("session", put(BODY, "station_id", ["Anna Kurnikova"]))
    assert "Kurnikova" not in str(told.value)


@given(
    st.sampled_from(KINDS),
    st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8), max_size=4),
)
def test_keys_that_are_not_known_change_nothing(kind: RecordKind, more: dict[str, Any]) -> None:
    check(kind, json.dumps({**more, **(PLAN_BODY if kind == "plan" else BODY)}))
