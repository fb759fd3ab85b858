"""What a session's record says of its plan: what was asked for, and only what was measured of the rest."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from gateway.clock import Clock, LocalDays
from gateway.members.members import Member
from gateway.planning.document import PlanDocument
from gateway.planning.outcome import outcome_of, past_session
from gateway.planning.rows import StoredFeedback, StoredPlan
from gateway.sessions.report import HeartRateReport, ModelVersions, PlanReport, SessionReport, TreadmillReport
from recommender.features import FEATURE_NAMES
from recommender.training.columns import BY_NAME

from .coaches import make_plan

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAYS = LocalDays(ZoneInfo("UTC"), Clock(utc_now=lambda: START))
ADA = Member(
    id="ada",
    display_name="Ada",
    maximum_heart_rate_bpm=200,
    sex="female",
    level="advanced",
    created_at=START,
    updated_at=START,
)
RUNNING: dict[str, Any] = {
    "treadmill": TreadmillReport(distance_m=2000.0, mean_speed_kmh=8.0, max_speed_kmh=9.0, duration_s=1080.0),
    "heart_rate": HeartRateReport(mean_bpm=154.0, max_bpm=170.0, seconds_in_zone=None, samples=99),
}


def report(minutes: float = 20.0, **facts: Any) -> SessionReport:
    return SessionReport(
        id="s1",
        station_id="run",
        member_id="ada",
        band_id=None,
        exercise=None,
        status="ended",
        started_at=START,
        ended_at=START + timedelta(minutes=minutes),
        models=ModelVersions(pose=None, phase=None),
        **{"rpe": None, "sets": [], "heart_rate": None, "treadmill": None, **facts},
    )


def outcome(
    session: SessionReport, *, before: float = 0.0, member: Member | None = ADA, accepted: bool | None = None
) -> PlanReport:
    told = None if accepted is None else StoredFeedback(accepted=accepted, told_at=START)
    document = PlanDocument.of(make_plan(date(2026, 3, 2)))
    document = document.model_copy(update={"imputed": {"bmi": "nobody told the height"}})
    plan = StoredPlan(id="p1", member_id="ada", version=2, made_at=START, document=document, feedback=told)
    return outcome_of(plan, session, member, minutes_before=before, days=DAYS)


def test_what_was_asked_for_and_done_stand_side_by_side() -> None:
    told = outcome(report(**RUNNING), before=6.0, accepted=True)
    assert (told.id, told.version, told.day, told.type, told.goal) == (
        "p1",
        2,
        date(2026, 3, 2),
        "steady",
        "endurance",
    )
    assert (told.duration_minutes, told.intensity_score) == (30.0, 3.2)
    assert (told.performed_type, told.performed_minutes, told.performed_intensity) == ("steady", 18.0, 3.5)
    assert (told.completion, told.accepted) == (0.8, True)
    assert (told.level, told.sex, told.model_versions["intensity"]) == ("advanced", "female", "1.0")


def test_what_was_not_measured_is_null_however_it_felt() -> None:
    told = outcome(report(rpe=9, treadmill=RUNNING["treadmill"]))
    assert (told.performed_intensity, told.accepted) == (None, None)
    guest = outcome(report(**RUNNING), member=None)
    assert (guest.performed_intensity, guest.level, guest.sex) == (None, None, None)


def test_who_checks_out_at_once_has_done_nothing() -> None:
    told = outcome(report(0.5))
    assert (told.performed_type, told.performed_minutes, told.completion) == (None, 0.5, 0.017)


def test_a_feature_that_nobody_knew_is_null_and_private_ones_are_not_there() -> None:
    features = outcome(report()).features
    assert features["bmi"] is None
    assert features["age_years"] == 0.75
    assert set(FEATURE_NAMES) - set(features) == {"sleep_efficiency", "stress_index"}


def test_the_cloud_finds_every_column_that_models_learn_from() -> None:
    body = outcome(report(**RUNNING)).model_dump(mode="json")
    names = {"duration_minutes": "prescribed_minutes", "intensity_score": "prescribed_intensity"}
    told = {names.get(name, name) for name in (*body, *body["features"])} | {"member", "rpe"}
    learned = {column for column in BY_NAME if not column.startswith("rules_")}
    assert learned - told == {"sleep_efficiency", "stress_index"}


def test_a_report_is_read_as_a_session_of_the_past() -> None:
    session = past_session(report(rpe=6, **RUNNING))
    assert (session.rpe, session.mean_bpm, session.belt_s, session.belt_max_kmh) == (6, 154.0, 1080.0, 9.0)
    assert (session.planned, session.sets, session.minutes) == (None, (), 18.0)
