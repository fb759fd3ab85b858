"""One running session: what belongs to it, what a restart keeps of it, and what may leave the box."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.reading import UNITS, Metric, Reading
from gateway.clock import Clock
from gateway.sessions.active import ActiveSession, record_body
from gateway.sessions.followed import Followed
from gateway.sessions.progress import MAX_LISTED_REPS, Progress
from gateway.sessions.report import ModelVersions
from gateway.stations import Station
from sync.record import MAX_RECORD_BYTES, new_record
from vision.counting.form import Form
from vision.counting.reps import Rep

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
MODELS = ModelVersions(pose="blazepose", phase="motion-1")
BEGAN_S = 500.0


def new(*, band: str | None = "band", treadmill: str | None = "belt") -> ActiveSession:
    return ActiveSession(
        id="0190-s",
        station=Station("mat", "Mat", treadmill=treadmill, exercises=("squat",)),
        member_id="member-4711",
        display_name="Ada",
        band_id=band,
        exercise=None,
        started_at=START,
        began_s=BEGAN_S,
        progress=Progress(maximum_bpm=180.0),
    )


def rep(ended_s: float, *, partial: bool = False, took_s: float = 2.0, form: Form | None = None) -> Rep:
    return Rep("squat", ended_s - took_s, ended_s - took_s / 2, ended_s, 0.9, partial, form)


def test_the_form_of_every_rep_is_kept_and_added_up() -> None:
    session = new()
    good = Form(1.1, 1.5, 0.8, verdict="good", reason="good")
    shallow = Form(0.5, verdict="shallow", reason="shallow: 50% of the full range")
    for number, form in enumerate((good, shallow, good, Form(), None), start=1):
        session.add_rep(rep(BEGAN_S + 3.0 * number, partial=form is shallow, form=form))
    (only,) = session.report(MODELS).sets
    assert only.verdicts == {"good": 2, "shallow": 1}
    told = [(each.verdict, each.range_of_motion, each.eccentric_s) for each in only.reps_detail]
    assert told == [
        ("good", 1.1, 1.5),
        ("shallow", 0.5, None),
        ("good", 1.1, 1.5),
        (None, None, None),
        (None, None, None),
    ]
    assert only.reps_detail[0].concentric_s == 0.8


def test_the_longest_session_fits_into_a_record() -> None:
    session = new()
    form = Form(1.234, 12.345, 12.345, verdict="hips_sagging")
    for number in range(MAX_LISTED_REPS + 500):
        exercise = ("jumping_jack", "pushup")[number % 2]  # a new set each time, as long as there may be one
        ended_s = BEGAN_S + 36_000.111 + number
        session.add_rep(Rep(exercise, ended_s - 10.123, ended_s, ended_s, 0.123, partial=False, form=form))
    body = record_body(session.report(MODELS, ended_at=START))
    size = len(new_record("session", body).to_json())
    assert 0.5 * MAX_RECORD_BYTES < size < MAX_RECORD_BYTES - 4096, "with room for what became of the plan"


def reading(device: str, metric: Metric, value: float) -> Reading:
    return Reading(device, metric, value, UNITS[metric], START, START)


def test_a_repetition_from_before_the_check_in_is_somebody_elses() -> None:
    session = new()
    assert not session.add_rep(rep(BEGAN_S - 0.01))
    assert not session.dirty
    assert session.add_rep(rep(BEGAN_S + 1.0))  # begun before, finished after: theirs
    assert session.totals() == ({"squat": 1}, {"squat": 0})
    (only,) = session.report(MODELS).sets
    assert only.started_at == START
    assert only.ended_at == START + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("device", "metric", "taken"),
    [
        ("band", "heart_rate_bpm", True),
        ("belt", "distance_m", True),
        ("belt", "speed_kmh", True),
        ("other", "heart_rate_bpm", False),
        ("belt", "heart_rate_bpm", False),
        ("band", "speed_kmh", False),
        ("belt", "incline_percent", False),
    ],
)
def test_only_the_own_band_and_treadmill_are_listened_to(device: str, metric: Metric, *, taken: bool) -> None:
    session = new()
    session.add_reading(reading(device, metric, 10.0), BEGAN_S + 1)
    assert session.dirty is taken


def test_without_a_band_no_heart_rate_is_anybodys() -> None:
    session = new(band=None, treadmill=None)
    for device in ("", "None", "band"):
        session.add_reading(reading(device, "heart_rate_bpm", 90.0), BEGAN_S + 1)
    report = session.report(MODELS)
    assert (report.heart_rate, report.treadmill, session.dirty) == (None, None, False)


def test_what_the_machine_follows_is_worth_a_checkpoint_when_it_changes_and_outlives_a_restart() -> None:
    session = new()

    def is_worth_a_checkpoint(done_s: float) -> bool:
        session.dirty = False
        session.follow(Followed("[]", done_s))
        return session.dirty

    assert is_worth_a_checkpoint(1.0)
    assert not is_worth_a_checkpoint(1.0)
    assert is_worth_a_checkpoint(3.0)
    again = ActiveSession.from_row(session.row(BEGAN_S + 5.0), session.station, None, Clock())
    assert (again.followed, again.dirty) == (Followed("[]", 3.0), False)


def test_the_clock_before_the_start_is_no_negative_time() -> None:
    assert new().elapsed_s(BEGAN_S - 5) == 0.0


def events() -> st.SearchStrategy[list[tuple[str, float, float]]]:
    kind = st.sampled_from(["rep", "partial", "bpm", "speed", "distance"])
    return st.lists(st.tuples(kind, st.floats(0.01, 90), st.floats(0, 25)), max_size=40)


@given(events())
def test_a_restart_in_the_middle_changes_nothing_of_the_report(
    happened: list[tuple[str, float, float]],
) -> None:
    session, now_s = new(), BEGAN_S
    for what, gap_s, value in happened:
        now_s += gap_s
        match what:
            case "rep" | "partial":
                session.add_rep(rep(now_s, partial=what == "partial", took_s=min(gap_s, 3.0)))
            case "bpm":
                session.add_reading(reading("band", "heart_rate_bpm", 60 + value * 4), now_s)
            case "speed":
                session.add_reading(reading("belt", "speed_kmh", value), now_s)
            case _:
                session.add_reading(reading("belt", "distance_m", value), now_s)
    session.progress.settle(session.elapsed_s(now_s))
    row = session.row(now_s)
    assert row.elapsed_s == pytest.approx(now_s - BEGAN_S)
    again = new()
    again.progress = Progress.from_state(row.sums(), maximum_bpm=180.0)
    assert again.report(MODELS) == session.report(MODELS)
    assert again.totals() == session.totals()
    assert sum(each.reps for each in session.report(MODELS).sets) == sum(w == "rep" for w, _, _ in happened)


def test_what_leaves_the_box_says_neither_who_nor_which_band() -> None:
    session = new()
    session.add_rep(rep(BEGAN_S + 3))
    session.add_reading(reading("band", "heart_rate_bpm", 120.0), BEGAN_S + 4)
    report = session.report(MODELS, ended_at=START + timedelta(minutes=1), rpe=6)
    body = record_body(report)
    assert {"member_id", "band_id", "status"} & set(body) == set()
    text = json.dumps(body)
    for name in ("member-4711", "Ada", '"band"'):
        assert name not in text
    assert body["rpe"] == 6
    assert body["ended_at"] == "2026-03-01T09:01:00.000Z"
    assert body["sets"][0]["reps"] == 1
