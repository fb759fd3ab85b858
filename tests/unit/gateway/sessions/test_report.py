"""The report: one form for the API, the store and the cloud, and read back it is the same."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.sessions.report import HeartRateReport, ModelVersions, RepDetail, SessionReport, SetReport
from vision.counting.form import Verdict

STAMPS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis wants them so
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)
NUMBERS = st.floats(0, 1e6)
DETAILS = st.builds(
    RepDetail,
    number=st.integers(1, 2000),
    at_s=NUMBERS,
    tempo_s=NUMBERS,
    depth=NUMBERS,
    verdict=st.none() | st.sampled_from(get_args(Verdict)),
    range_of_motion=st.none() | NUMBERS,
    eccentric_s=st.none() | NUMBERS,
    concentric_s=st.none() | NUMBERS,
)
SETS = st.builds(
    SetReport,
    started_at=STAMPS,
    ended_at=STAMPS,
    mean_tempo_s=NUMBERS,
    verdicts=st.dictionaries(st.sampled_from(get_args(Verdict)), st.integers(1, 2000)),
    reps_detail=st.lists(DETAILS, max_size=3),
)
HEARTS = st.builds(HeartRateReport, mean_bpm=NUMBERS, max_bpm=NUMBERS, seconds_in_zone=st.none())
REPORTS = st.builds(
    SessionReport,
    started_at=STAMPS,
    ended_at=STAMPS,
    sets=st.lists(SETS, max_size=3),
    heart_rate=st.none() | HEARTS,
    treadmill=st.none(),
)


@given(REPORTS)
def test_what_is_stored_is_read_back_the_same(report: SessionReport) -> None:
    assert SessionReport.model_validate_json(report.model_dump_json()) == report


@given(REPORTS)
def test_a_report_stored_by_an_earlier_version_is_read(report: SessionReport) -> None:
    document = report.model_dump(mode="json")
    for each in document["sets"]:
        del each["verdicts"]
        for rep in each["reps_detail"]:
            for name in ("verdict", "range_of_motion", "eccentric_s", "concentric_s"):
                del rep[name]
    read = SessionReport.model_validate(document)
    assert [each.reps for each in read.sets] == [each.reps for each in report.sets]
    assert all(each.verdicts == {} for each in read.sets)


def a_report(**changes: Any) -> SessionReport:
    values: dict[str, Any] = {
        "id": "s",
        "station_id": "mat",
        "member_id": "ada",
        "band_id": None,
        "exercise": None,
        "status": "active",
        "started_at": datetime(2026, 3, 1, 9, tzinfo=UTC),
        "ended_at": None,
        "rpe": None,
        "sets": [],
        "heart_rate": None,
        "treadmill": None,
        "models": ModelVersions(pose=None, phase=None),
    }
    return SessionReport(**(values | changes))


def test_unknown_is_null_and_never_left_out() -> None:
    told = a_report().model_dump(mode="json")
    assert told["started_at"] == "2026-03-01T09:00:00.000Z"
    assert {name for name, value in told.items() if value is None} == {
        "band_id", "exercise", "ended_at", "rpe", "heart_rate", "treadmill", "plan",
    }  # fmt: skip
    assert told["models"] == {"pose": None, "phase": None}


@pytest.mark.parametrize("changes", [{"status": "paused"}, {"mood": "good"}, {"started_at": None}])
def test_what_is_no_report(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        a_report(**changes)
