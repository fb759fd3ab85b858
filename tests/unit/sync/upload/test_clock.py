from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.record import new_record, parse_record
from sync.upload.clock import BUILT_AT, JUMP_S, ClockWatch, restamped

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
S = timedelta(seconds=1)


def test_a_clock_that_goes_as_it_should_is_left_alone() -> None:
    watch = ClockWatch(now_s=5.0, wall=NOON)
    for step in range(1, 100):
        assert watch.look(5.0 + 10 * step, NOON + 10 * step * S + (step % 7) * S) is None
    assert watch.trusted
    assert watch.began_at == NOON


def test_a_box_that_wakes_up_in_1970_and_is_put_right() -> None:
    watch = ClockWatch(now_s=0.0, wall=EPOCH)
    trusted_at_first = watch.trusted
    assert not trusted_at_first
    assert watch.look(20.0, EPOCH + 20 * S) is None
    correction = watch.look(30.0, NOON)
    assert correction is not None
    assert watch.trusted
    assert (correction.since, correction.until) == (EPOCH, EPOCH + 30 * S)
    assert correction.by == NOON - (EPOCH + 30 * S)
    assert watch.began_at == NOON - 30 * S
    assert watch.look(40.0, NOON + 10 * S) is None


@given(
    shift_s=st.floats(-1e6, 1e6).filter(lambda s: abs(s) > JUMP_S + 1),
    made_s=st.floats(0, 999),
    looks=st.lists(st.floats(1, 999), max_size=5),
)
def test_after_a_jump_every_stamp_is_what_the_right_clock_would_have_said(
    shift_s: float, made_s: float, looks: list[float]
) -> None:
    wrong, right = NOON, NOON + timedelta(seconds=shift_s)
    watch = ClockWatch(now_s=0.0, wall=wrong)
    for at_s in sorted(looks):
        assert watch.look(at_s, wrong + at_s * S) is None
    correction = watch.look(1000.0, right + 1000 * S)
    assert correction is not None
    stamped = wrong + made_s * S
    assert correction.since <= stamped <= correction.until
    assert abs((stamped + correction.by) - (right + made_s * S)) < timedelta(milliseconds=1)


def test_what_was_made_just_after_a_jump_is_of_the_new_clock() -> None:
    """Between two looks both clocks stamped; the jump is longer than that: nothing is mixed up."""
    watch = ClockWatch(now_s=0.0, wall=NOON)
    correction = watch.look(10.0, NOON + (JUMP_S + 11) * S)
    assert correction is not None
    soonest_of_the_new = NOON + (JUMP_S + 1) * S
    assert correction.until < soonest_of_the_new


def test_a_jump_to_nowhere_corrects_nothing_and_the_way_back_only_what_was_made_there() -> None:
    watch = ClockWatch(now_s=0.0, wall=NOON)
    assert watch.look(10.0, EPOCH) is None
    assert not watch.trusted
    correction = watch.look(20.0, NOON + 20 * S)
    assert correction is not None
    assert (correction.since, correction.until) == (EPOCH, EPOCH + 10 * S)
    assert watch.began_at == NOON


def test_what_a_service_confirmed_is_not_corrected_later() -> None:
    watch = ClockWatch(now_s=0.0, wall=NOON)
    watch.look(100.0, NOON + 100 * S)
    assert watch.confirm(NOON + 98 * S) == 2.0
    correction = watch.look(110.0, NOON + timedelta(days=1))
    assert correction is not None
    assert correction.since == NOON + 100 * S


def test_a_service_that_disagrees_confirms_nothing() -> None:
    watch = ClockWatch(now_s=0.0, wall=NOON)
    watch.look(100.0, NOON + 100 * S)
    assert watch.confirm(NOON - timedelta(hours=1)) == 3700
    assert watch.confirm(None) is None
    correction = watch.look(110.0, NOON + timedelta(days=1))
    assert correction is not None
    assert correction.since == NOON


def test_records_of_earlier_runs_move_up_to_the_beginning_of_this_one() -> None:
    watch = ClockWatch(now_s=0.0, wall=NOON)
    latest = EPOCH + timedelta(hours=3)
    correction = watch.stranded(latest)
    assert correction.since < EPOCH
    assert correction.until + correction.by == NOON
    assert latest < BUILT_AT


def test_restamping_moves_every_moment_and_nothing_else() -> None:
    body = {
        "started_at": "1970-01-01T00:10:00.000Z",
        "ended_at": None,
        "at_s": 4.0,
        "station_id": "mat",
        "sets": [{"ended_at": "1970-01-01T00:20:00+00:00", "reps": 5, "note_at": "the door"}],
        "made_at": 12,
    }
    record = new_record("session", body, created_at=EPOCH)
    moved = restamped(record, NOON - EPOCH)
    assert (moved.id, moved.created_at, moved.clock) == (record.id, NOON, "restamped")
    assert moved.body == {
        **body,
        "started_at": "2026-03-01T12:10:00.000Z",
        "sets": [{"ended_at": "2026-03-01T12:20:00.000Z", "reps": 5, "note_at": "the door"}],
    }
    assert parse_record(moved.to_json()) == moved


def test_a_moment_that_no_calendar_has_stays() -> None:
    record = new_record("health", {"seen_at": "9999-12-31T23:59:59.000Z"}, created_at=EPOCH)
    assert restamped(record, timedelta(days=9)).body == record.body


@pytest.mark.parametrize("jump_s", [-JUMP_S, JUMP_S - 1, 0.5])
def test_what_time_services_slew_is_no_jump(jump_s: float) -> None:
    watch = ClockWatch(now_s=0.0, wall=NOON)
    assert watch.look(10.0, NOON + 10 * S + timedelta(seconds=jump_s)) is None
