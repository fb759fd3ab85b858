from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.jobs import (
    KINDS,
    MAX_REASON,
    MAX_RESULT_BYTES,
    MOVES,
    OPEN,
    SAID_BY_BOX,
    STATES,
    Execution,
    Job,
    JobRefused,
    State,
    check_parameters,
    end,
    follow,
    hear,
    read_job,
    say,
    told,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JOB = Job(kind="collect_diagnostics", queued_at=NOON, expires_at=NOON + timedelta(days=7), timeout_s=600)
SHA256 = "ab" * 32
GOOD: dict[str, dict[str, Any]] = {
    "restart_part": {"part": "camera:front"},
    "collect_diagnostics": {},
    "reprobe_cameras": {},
    "pull_model": {"model": "blazepose_full"},
    "update": {"version": "2.0", "target": "software/gymbox/2.0/box.tar", "sha256": SHA256},
    "factory_reset": {"confirm": "box-1"},
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_takes_its_own_parameters_and_no_others(kind: str) -> None:
    assert check_parameters(kind, GOOD[kind]) == kind
    with pytest.raises(JobRefused, match="extra"):
        check_parameters(kind, {**GOOD[kind], "extra": 1})
    for missing in GOOD[kind]:
        with pytest.raises(JobRefused, match=missing):
            check_parameters(kind, {name: value for name, value in GOOD[kind].items() if name != missing})


@pytest.mark.parametrize(
    ("kind", "parameters", "said"),
    [
        ("reboot", {}, "there is no job of the kind 'reboot'"),
        ("pull_model", {"model": "../../etc"}, "model"),
        ("restart_part", {"part": ""}, "part"),
        ("restart_part", {"part": 5}, "part"),
        ("update", {**GOOD["update"], "sha256": "no"}, "sha256"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_place(
    kind: str, parameters: dict[str, Any], said: str
) -> None:
    with pytest.raises(JobRefused, match=said):
        check_parameters(kind, parameters)


def test_a_job_comes_through_the_shadow_as_it_was() -> None:
    assert read_job(told(JOB)) == JOB
    assert read_job({**told(JOB), "something_new": 1}) == JOB


@given(json_values)
def test_whatever_is_desired_is_a_job_or_refused(desired: object) -> None:
    with suppress(JobRefused):
        assert read_job(desired).kind in KINDS


@given(json_values, st.sampled_from(STATES))
def test_whatever_a_box_says_leads_to_a_state_that_may_follow(said: object, before: State) -> None:
    after = follow(Execution(state=before), hear(said), JOB, NOON)
    assert after.state == before or after.state in MOVES[before]


@given(
    st.sampled_from(sorted(SAID_BY_BOX)),
    st.text(max_size=MAX_REASON),
    st.none() | st.floats(0, 1),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_what_a_box_says_is_heard_as_it_was_meant(
    state: State, reason: str, progress: float | None, result: dict[str, str]
) -> None:
    meant = Execution(state=state, reason=reason, progress=progress, result=result)
    assert hear(say(meant)) == meant


@pytest.mark.parametrize(
    "said",
    [
        {"state": "CANCELED"},
        {"state": "REMOVED"},
        {"state": "QUEUED"},
        {"state": "DONE"},
        {"state": ["SUCCEEDED"]},
        {},
        "SUCCEEDED",
        None,
    ],
)
def test_states_that_are_not_a_boxes_to_say_are_not_heard(said: object) -> None:
    assert hear(said) is None


def test_what_is_too_much_is_left_out() -> None:
    said = hear(
        {"state": "FAILED", "reason": "x" * 5000, "progress": 7, "result": {"log": "x" * MAX_RESULT_BYTES}}
    )
    assert said == Execution(state="FAILED", reason="x" * MAX_REASON)


def test_a_job_is_begun_goes_on_and_ends() -> None:
    begun = follow(Execution(), Execution(state="IN_PROGRESS"), JOB, NOON)
    assert (begun.state, begun.started_at, begun.ended_at) == ("IN_PROGRESS", NOON, None)
    half = follow(begun, Execution(state="IN_PROGRESS", progress=0.5), JOB, NOON + timedelta(seconds=5))
    assert (half.progress, half.started_at) == (0.5, NOON)
    later = NOON + timedelta(seconds=9)
    done = follow(half, Execution(state="SUCCEEDED", result={"bytes": 3}), JOB, later)
    assert (done.state, done.started_at, done.ended_at, done.result) == (
        "SUCCEEDED",
        NOON,
        later,
        {"bytes": 3},
    )


@pytest.mark.parametrize("state", [each for each in STATES if each not in OPEN])
def test_what_has_ended_stays_as_it_ended(state: State) -> None:
    ended = Execution(state=state, reason="so", ended_at=NOON)
    for said in (None, *(Execution(state=each) for each in SAID_BY_BOX)):
        assert follow(ended, said, JOB, NOON + timedelta(days=400)) == ended
    assert end(ended, "CANCELED", "no", NOON + timedelta(days=1)) == ended


def test_a_box_that_has_begun_cannot_reject_any_more() -> None:
    begun = Execution(state="IN_PROGRESS", started_at=NOON)
    assert follow(begun, Execution(state="REJECTED"), JOB, NOON) == begun


def test_a_rejected_job_was_never_begun() -> None:
    assert follow(Execution(), Execution(state="REJECTED", reason="no"), JOB, NOON).started_at is None


def test_a_job_that_no_box_began_expires() -> None:
    assert follow(Execution(), None, JOB, JOB.expires_at - timedelta(seconds=1)) == Execution()
    expired = follow(Execution(), None, JOB, JOB.expires_at)
    assert (expired.state, expired.started_at, expired.ended_at) == ("TIMED_OUT", None, JOB.expires_at)


def test_the_word_of_a_box_that_was_offline_counts_after_the_job_has_expired() -> None:
    """It may have done it in time; nobody but the box knows."""
    late = JOB.expires_at + timedelta(days=1)
    assert follow(Execution(), Execution(state="SUCCEEDED"), JOB, late).state == "SUCCEEDED"


def test_a_box_that_began_and_fell_silent_has_days_to_come_back() -> None:
    begun = Execution(state="IN_PROGRESS", started_at=NOON)
    assert follow(begun, None, JOB, NOON + timedelta(days=6)) == begun
    assert follow(begun, None, JOB, JOB.expires_at + timedelta(hours=1)).state == "TIMED_OUT"


def test_a_job_begun_at_the_last_moment_has_its_whole_time() -> None:
    begun = Execution(state="IN_PROGRESS", started_at=JOB.expires_at)
    soon = JOB.expires_at + timedelta(seconds=JOB.timeout_s)
    assert follow(begun, None, JOB, soon) == begun
    assert follow(begun, None, JOB, soon + timedelta(hours=1)).state == "TIMED_OUT"
