"""What a session adds up to, whatever order, gap or reset the events come with."""

import json
import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sessions.progress import (
    COUNTER_SLACK_M,
    HOLD_S,
    MAX_BELT_M_PER_S,
    MAX_LISTED_REPS,
    MAX_SETS,
    SET_PAUSE_S,
    BeltLog,
    Progress,
    SetLog,
)
from vision.counting.form import Form

calm = settings(deadline=None, max_examples=60)

EXERCISES = ("pushup", "squat", "lunge")
gaps = st.floats(0.1, 200.0)
reps = st.lists(st.tuples(st.sampled_from(EXERCISES), gaps, st.floats(0.3, 6.0), st.booleans()), max_size=60)


def log_of(
    events: list[tuple[str, float, float, bool]],
) -> tuple[SetLog, list[tuple[str, float, float, bool]]]:
    """Feed reps one after another; returns the log and (exercise, start, end, partial) of each."""
    log, at_s, told = SetLog(), 0.0, []
    for exercise, gap_s, tempo_s, partial in events:
        started_s = at_s + gap_s
        at_s = started_s + tempo_s
        log.add(exercise, started_s=started_s, ended_s=at_s, depth=0.5, partial=partial)
        told.append((exercise, started_s, at_s, partial))
    return log, told


@calm
@given(reps)
def test_every_rep_is_counted_once(events: list[tuple[str, float, float, bool]]) -> None:
    log, told = log_of(events)
    full, partial = log.totals()
    for exercise in EXERCISES:
        assert full.get(exercise, 0) == sum(e == exercise and not p for e, _, _, p in told)
        assert partial.get(exercise, 0) == sum(e == exercise and p for e, _, _, p in told)


@calm
@given(reps)
def test_a_set_ends_exactly_where_the_exercise_changes_or_the_pause_is_long(
    events: list[tuple[str, float, float, bool]],
) -> None:
    log, told = log_of(events)
    breaks = sum(
        before[0] != after[0] or after[1] - before[2] > SET_PAUSE_S for before, after in pairwise(told)
    )
    assert len(log.sets) == (breaks + 1 if told else 0)
    assert all(each.started_s <= each.ended_s for each in log.sets)
    assert all(a.ended_s <= b.started_s for a, b in pairwise(log.sets))


@calm
@given(reps)
def test_the_mean_tempo_is_that_of_full_reps(events: list[tuple[str, float, float, bool]]) -> None:
    log, _ = log_of(events)
    for each in log.sets:
        tempos = [rep.tempo_s for rep in each.listed if not rep.partial]
        if tempos:
            assert each.mean_tempo_s == pytest.approx(sum(tempos) / len(tempos), abs=1e-3)
        else:
            assert each.mean_tempo_s is None


def test_a_pause_of_exactly_a_minute_is_still_the_same_set() -> None:
    log = SetLog()
    log.add("squat", started_s=0, ended_s=2, depth=1, partial=False)
    log.add("squat", started_s=2 + SET_PAUSE_S, ended_s=64, depth=1, partial=False)
    log.add("squat", started_s=64 + SET_PAUSE_S + 0.1, ended_s=127, depth=1, partial=False)
    assert [each.reps for each in log.sets] == [2, 1]


def test_a_rep_begun_before_the_session_begins_with_it() -> None:
    log = SetLog()
    log.add("squat", started_s=-1.5, ended_s=0.5, depth=1, partial=False)
    assert (log.sets[0].started_s, log.sets[0].ended_s) == (0.0, 0.5)


def test_endless_training_stays_small_and_counted() -> None:
    log = SetLog()
    for n in range(MAX_LISTED_REPS + 500):
        log.add("squat", started_s=n, ended_s=n + 0.9, depth=1, partial=False)
    assert log.totals()[0] == {"squat": MAX_LISTED_REPS + 500}
    assert len(log.sets[0].listed) == MAX_LISTED_REPS


def test_the_form_of_reps_beyond_the_list_is_still_counted() -> None:
    log = SetLog()
    for n in range(MAX_LISTED_REPS + 5):
        form = Form(verdict="fast" if n % 2 else "good")
        log.add("squat", started_s=n, ended_s=n + 0.9, depth=1, partial=False, form=form)
    assert sum(log.sets[0].verdicts.values()) == MAX_LISTED_REPS + 5


def test_progress_of_an_earlier_version_goes_on() -> None:
    progress = Progress(maximum_bpm=None)
    progress.add_rep("squat", started_s=0, ended_s=2, depth=1, partial=False, form=Form(verdict="good"))
    state = progress.to_state()
    for each in state["sets"]:
        del each["verdicts"]
        for rep in each["listed"]:
            for name in ("verdict", "range_of_motion", "eccentric_s", "concentric_s"):
                del rep[name]
    later = Progress.from_state(json.loads(json.dumps(state)), maximum_bpm=None)
    later.add_rep("squat", started_s=3, ended_s=5, depth=1, partial=False, form=Form(verdict="fast"))
    assert [rep.verdict for rep in later.sets.sets[0].listed] == [None, "fast"]
    assert later.sets.sets[0].verdicts == {"fast": 1}


def test_a_longer_list_of_an_earlier_version_is_cut_and_every_rep_still_counted() -> None:
    progress = Progress(maximum_bpm=None)
    progress.add_rep("squat", started_s=0, ended_s=2, depth=1, partial=False)
    state = progress.to_state()
    state["sets"][0] |= {"reps": 1500, "listed": state["sets"][0]["listed"] * 1500}
    later = Progress.from_state(state, maximum_bpm=None)
    assert len(later.sets.sets[0].listed) == later.sets.listed == MAX_LISTED_REPS
    assert later.sets.totals()[0] == {"squat": 1500}


def test_a_flapping_counter_makes_a_bounded_number_of_sets() -> None:
    log = SetLog()
    for n in range(1000):
        log.add(EXERCISES[n % 3], started_s=n, ended_s=n + 0.5, depth=1, partial=False)
    assert len(log.sets) == MAX_SETS
    assert sum(log.totals()[0].values()) == 1000


counters = st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 100_000.0)), max_size=60)


@calm
@given(counters)
def test_distance_never_falls_and_never_outruns_a_belt(events: list[tuple[float, float]]) -> None:
    belt, at_s, before_m = BeltLog(), 0.0, 0.0
    for gap_s, counter_m in events:
        at_s += gap_s
        belt.add_distance(at_s, counter_m)
        assert before_m <= belt.distance_m <= before_m + gap_s * MAX_BELT_M_PER_S + COUNTER_SLACK_M + 1e-6
        before_m = belt.distance_m


@calm
@given(st.lists(st.floats(0.0, 8.0), min_size=1, max_size=60), st.floats(0, 50_000), st.data())
def test_distance_is_what_was_run_though_the_counter_restarts(
    steps_m: list[float], offset_m: float, data: st.DataObject
) -> None:
    belt = BeltLog()
    belt.add_distance(0.0, offset_m)
    counter_m, resets = offset_m, 0
    for second, step_m in enumerate(steps_m, start=1):
        if data.draw(st.integers(0, 9)) == 0:
            counter_m, resets = 0.0, resets + 1
        counter_m += step_m
        belt.add_distance(float(second), counter_m)
    lost_m = resets * 8.0  # a counter that passed its old value before it was heard hides that it restarted
    assert sum(steps_m) - lost_m - 1e-6 <= belt.distance_m <= sum(steps_m) + 1e-6


def test_where_the_counter_starts_is_not_run_and_a_garbled_one_is_not_believed() -> None:
    belt = BeltLog()
    for at_s, counter_m in ((0, 5000), (1, 5003), (2, 90_000), (3, 90_002), (4, 5012), (5, 5014)):
        belt.add_distance(at_s, counter_m)
    assert belt.distance_m == pytest.approx(3 + 2 + 2)  # the way to 90 km and back is not believed


speeds = st.lists(st.tuples(st.floats(0.0, 20.0), st.floats(0.0, 22.0)), max_size=60)


@calm
@given(speeds)
def test_speed_is_a_mean_over_the_time_that_the_belt_moved(events: list[tuple[float, float]]) -> None:
    belt, at_s = BeltLog(), 0.0
    for gap_s, speed_kmh in events:
        at_s += gap_s
        belt.add_speed(at_s, speed_kmh)
    assert belt.moving_s <= min(at_s, len(events) * HOLD_S) + 1e-6
    if belt.mean_speed_kmh is not None:
        assert belt.max_speed_kmh is not None
        assert 0.0 <= belt.mean_speed_kmh <= belt.max_speed_kmh + 1e-9


def test_a_standing_belt_earns_no_time() -> None:
    belt = BeltLog()
    for second, speed_kmh in enumerate((0.0, 0.0, 10.0, 10.0, 0.0, 0.0)):
        belt.add_speed(float(second), speed_kmh)
    assert (belt.moving_s, belt.mean_speed_kmh, belt.max_speed_kmh) == (2.0, 10.0, 10.0)


def test_a_belt_that_falls_silent_earns_no_more_than_a_value_holds() -> None:
    belt = BeltLog()
    belt.add_speed(0.0, 10.0)
    belt.add_speed(600.0, 10.0)
    assert belt.moving_s == HOLD_S


events = st.lists(
    st.one_of(
        st.tuples(st.just("rep"), st.sampled_from(EXERCISES), st.booleans()),
        st.tuples(st.just("heart"), st.floats(30, 240), st.none()),
        st.tuples(st.just("distance"), st.floats(0, 10_000), st.none()),
        st.tuples(st.just("speed"), st.floats(0, 20), st.none()),
    ),
    max_size=40,
)


def feed(progress: Progress, happened: list[tuple[str, object, object]], at_s: float) -> float:
    for what, value, partial in happened:
        at_s += 1.0
        match what, value:
            case "rep", str(exercise):
                progress.add_rep(
                    exercise, started_s=at_s - 0.9, ended_s=at_s, depth=0.8, partial=bool(partial)
                )
            case "heart", float(bpm):
                progress.add_heart_rate(at_s, bpm)
            case "distance", float(counter_m):
                progress.add_distance(at_s, counter_m)
            case "speed", float(speed_kmh):
                progress.add_speed(at_s, speed_kmh)
    return at_s


def same(one: object, other: object) -> bool:
    """Compare JSON values; numbers to rounding, for a mean is not a sum."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return one == other


@calm
@given(events, events, st.sampled_from([None, 190.0]))
def test_a_restart_in_the_middle_changes_nothing(
    before: list[tuple[str, object, object]],
    after: list[tuple[str, object, object]],
    maximum_bpm: float | None,
) -> None:
    whole, first = Progress(maximum_bpm=maximum_bpm), Progress(maximum_bpm=maximum_bpm)
    at_s = feed(whole, before, 0.0)
    feed(whole, [("distance", 1.0, None)], at_s)  # the same event at the seam for both
    feed(first, before, 0.0)
    feed(first, [("distance", 1.0, None)], at_s)
    second = Progress.from_state(json.loads(json.dumps(first.to_state())), maximum_bpm=maximum_bpm)
    assert same(json.loads(json.dumps(second.to_state())), json.loads(json.dumps(first.to_state())))
    feed(whole, after, at_s + 10.0)  # longer than any value holds: the gap of the restart earns nothing
    feed(second, after, at_s + 10.0)
    one, other = whole.to_state(), second.to_state()
    for state in (one, other):
        heart = state.pop("heart")
        state["heart"] = None if heart is None else (heart["samples"], heart["mean_bpm"], heart["max_bpm"])
    assert same(one, other)


def test_what_still_holds_at_the_end_is_credited_and_no_more() -> None:
    progress = Progress(maximum_bpm=200.0)
    progress.add_speed(0.0, 9.0)
    progress.add_heart_rate(0.0, 150.0)
    for at_s in (3.0, 3.5, 60.0):  # a second try to store it credits nothing twice
        progress.settle(at_s)
    summary = progress.heart.summary()
    assert summary is not None
    assert (progress.belt.moving_s, summary.seconds_in_zone) == (3.0, (0.0, 0.0, 3.0, 0.0, 0.0))


def test_activity_is_reps_heart_beats_and_a_moving_belt() -> None:
    progress = Progress(maximum_bpm=None)
    progress.add_speed(5.0, 0.0)
    progress.add_distance(6.0, 100.0)
    assert progress.last_activity_s == 0.0
    progress.add_speed(7.0, 3.0)
    assert progress.last_activity_s == 7.0
    progress.add_heart_rate(9.0, 80.0)
    assert progress.last_activity_s == 9.0
    progress.add_rep("squat", started_s=8.0, ended_s=10.0, depth=1.0, partial=True)
    assert progress.last_activity_s == 10.0
