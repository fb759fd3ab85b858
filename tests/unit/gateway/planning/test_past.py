"""A member's past out of the store: nothing of a report that a plan needs is lost on the way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database

from gateway.clock import Clock, LocalDays
from gateway.members.members import MemberUnknown
from gateway.planning.past import HISTORY_DAYS, load_past
from gateway.planning.workouts import PastSession, Planned
from gateway.sessions.report import (
    HeartRateReport,
    ModelVersions,
    PlanReport,
    RepDetail,
    SessionReport,
    SetReport,
    TreadmillReport,
)
from gateway.sessions.rows import Finish, SessionRow
from gateway.store.file import open_for_writing
from gateway.store.tables import MIGRATIONS
from recommender.person import Person
from recommender.prescription import Prescription
from sync.pseudonym import Pseudonymiser
from sync.record import new_record

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ADA = Pseudonymiser(b"k" * 32)("ada")
PLAN = PlanReport(
    id="p1",
    version=1,
    day=date(2026, 3, 1),
    goal="endurance",
    level=None,
    sex=None,
    type="intervals",
    source="model",
    duration_minutes=40.0,
    intensity_score=3.5,
    performed_type="steady",
    performed_minutes=38.0,
    performed_intensity=None,
    completion=0.95,
    accepted=True,
    model_versions={},
    features={},
)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = open_for_writing(tmp_path / "a.sqlite3", MIGRATIONS, now=NOW, check=False, owner=True)
    yield opened.db
    opened.db.close()


def ended(db: Database, session_id: str, started_at: datetime, **facts: Any) -> None:
    report = SessionReport(
        id=session_id,
        station_id="run",
        member_id="ada",
        band_id=None,
        exercise=None,
        status="ended",
        started_at=started_at,
        ended_at=started_at + timedelta(minutes=40),
        models=ModelVersions(pose=None, phase=None),
        **{"rpe": None, "sets": [], "heart_rate": None, "treadmill": None, **facts},
    )
    row = SessionRow.build(
        id=session_id,
        station_id="run",
        member_id="ada",
        band_id=None,
        exercise=None,
        started_at=started_at.isoformat(),
        elapsed_s=0.0,
        progress={},
    )
    with db.conn:
        db.conn.execute("BEGIN")
        Finish(row, report, new_record("session", {}, member=ADA, created_at=NOW))(db)


def a_set(exercise: str, reps: int) -> SetReport:
    rep = RepDetail(number=1, at_s=1.0, tempo_s=2.0, depth=0.9, partial=False)
    return SetReport(
        exercise=exercise,
        started_at=NOW,
        ended_at=NOW,
        reps=reps,
        partials=1,
        mean_tempo_s=2.0,
        reps_detail=[rep] * reps,
    )


def test_what_was_measured_counted_and_planned_is_read_back(db: Database) -> None:
    began = NOW - timedelta(days=1)
    ended(
        db,
        "s1",
        began,
        rpe=7,
        sets=[a_set("squat", 12), a_set("pushup", 8)],
        heart_rate=HeartRateReport(mean_bpm=141.5, max_bpm=170.0, seconds_in_zone=None, samples=9),
        treadmill=TreadmillReport(
            distance_m=900.0, mean_speed_kmh=8.25, max_speed_kmh=12.0, duration_s=1500.0
        ),
        plan=PLAN,
    )
    assert load_past(db, "ada", NOW).sessions == (
        PastSession(
            started_at=began,
            ended_at=began + timedelta(minutes=40),
            rpe=7,
            mean_bpm=141.5,
            belt_s=1500.0,
            belt_mean_kmh=8.25,
            belt_max_kmh=12.0,
            sets=(("squat", 12), ("pushup", 8)),
            planned=Planned(id="p1", type="intervals", prescription=Prescription(40.0, 3.5), accepted=True),
        ),
    )


def test_what_nobody_measured_is_unknown(db: Database) -> None:
    ended(db, "s1", NOW - timedelta(hours=1))
    began = NOW - timedelta(hours=1)
    assert load_past(db, "ada", NOW).sessions == (
        PastSession(started_at=began, ended_at=began + timedelta(minutes=40)),
    )


def test_sessions_of_before_there_were_plans_count_too(db: Database) -> None:
    ended(db, "s1", NOW - timedelta(days=1), rpe=4)
    db.execute("UPDATE session SET report = json_remove(report, '$.plan')")
    (session,) = load_past(db, "ada", NOW).sessions
    assert (session.rpe, session.planned) == (4, None)


def test_only_the_last_months_are_looked_at_in_order(db: Database) -> None:
    for number, age in enumerate((1, 0, HISTORY_DAYS - 1, HISTORY_DAYS + 1)):
        ended(db, f"s{number}", NOW - timedelta(days=age))
    ages = [(NOW - each.started_at).days for each in load_past(db, "ada", NOW).sessions]
    assert ages == [HISTORY_DAYS - 1, 1, 0]


def test_self_reports_and_the_profile_belong_to_it(db: Database) -> None:
    days = LocalDays(ZoneInfo("UTC"), Clock(utc_now=lambda: NOW))
    with pytest.raises(MemberUnknown):
        load_past(db, "ada", NOW)
    ended(db, "s1", NOW - timedelta(days=1))
    assert load_past(db, "ada", NOW).person(days.today()) == Person()
    db.execute("INSERT INTO wellbeing VALUES ('ada', '2026-03-01', 0.9, 2.0, 55.0, 60.0)")
    db.execute("INSERT INTO wellbeing VALUES ('ada', '2025-03-01', 0.1, 9.0, 90.0, 10.0)")
    db.execute("INSERT INTO wellbeing VALUES ('bob', '2026-03-01', 0.1, 9.0, 90.0, 10.0)")
    (told,) = load_past(db, "ada", NOW).history(days).wellbeing
    assert (told.day, told.sleep_efficiency, told.stress_index, told.resting_bpm, told.hrv_ms) == (
        date(2026, 3, 1),
        0.9,
        2.0,
        55.0,
        60.0,
    )
