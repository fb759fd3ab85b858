"""Rates, pace and patience, on a clock that the test holds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.processes.pacing import Backoff, FilePacer, KeepUp, LagMeter, RateGate, RateMeter


def taken(fps: float, times: list[float]) -> list[float]:
    gate = RateGate(fps)
    return [time_s for time_s in times if gate.wants(time_s)]


@pytest.mark.parametrize("wanted", [1, 2, 5, 10, 12.5, 15, 24, 25])
def test_a_gate_lets_through_what_is_wanted(wanted: float) -> None:
    source = [100 + n / 25 for n in range(25 * 20)]
    assert len(taken(wanted, source)) == pytest.approx(wanted * 20, abs=1)


@pytest.mark.parametrize("wanted", [25, 30, 100])
def test_a_gate_takes_every_frame_of_a_slower_source(wanted: float) -> None:
    source = [n / 25 for n in range(100)]
    assert taken(wanted, source) == source


def test_nothing_is_wanted_at_rate_zero() -> None:
    assert taken(0, [n / 25 for n in range(100)]) == []
    assert taken(-1, [n / 25 for n in range(100)]) == []


@given(st.floats(1, 60), st.floats(1, 60), st.lists(st.floats(-0.2, 0.2), min_size=50, max_size=200))
def test_jitter_does_not_change_the_rate(wanted: float, source: float, jitter: list[float]) -> None:
    times = [(n + shift) / source for n, shift in enumerate(jitter)]
    expected = len(times) * min(1.0, wanted / source)
    got = len(taken(wanted, times))
    assert got <= expected * 1.05 + 2
    assert got >= expected * 0.8 - 2


@pytest.mark.parametrize("idle", [1, 0.1])
def test_a_faster_rate_holds_at_once(idle: float) -> None:
    gate = RateGate(idle)
    assert gate.wants(0.0)
    assert not gate.wants(0.04)
    gate.fps = 25
    assert gate.wants(0.08)
    assert gate.wants(0.12)


def test_what_could_not_be_had_is_wanted_of_the_next() -> None:
    gate = RateGate(0.1)
    assert gate.wants(0.0)
    gate.missed()
    assert gate.wants(2.0)
    assert not gate.wants(4.0)
    assert gate.wants(12.0)


def test_a_gate_recovers_from_a_gap_without_a_burst() -> None:
    assert len(taken(10, [0.0, 0.1, *[60 + n / 25 for n in range(25)]])) == 2 + 10


def test_what_is_let_through_keeps_an_even_beat() -> None:
    times = taken(15, [n / 25 for n in range(250)])
    steps = {round(b - a, 3) for a, b in itertools.pairwise(times)}
    assert steps == {0.04, 0.08}


def test_a_file_is_shown_at_its_own_pace() -> None:
    pacer = FilePacer()
    pacer.begin_pass()
    due = [pacer.due_s(n * 0.04, 100 + n * 0.04) for n in range(10)]
    assert due == pytest.approx([100 + n * 0.04 for n in range(10)])


def test_time_goes_on_unbroken_over_the_seam() -> None:
    pacer = FilePacer()
    due: list[float] = []
    for _ in range(3):
        pacer.begin_pass()
        due += [pacer.due_s(n * 0.04, due[-1] if due else 5.0) for n in range(5)]
    assert due == pytest.approx([5.0 + n * 0.04 for n in range(15)])


def test_a_variable_rate_is_kept() -> None:
    pacer = FilePacer()
    positions = [0.0, 0.04, 0.5, 0.51, 1.2]
    assert [pacer.due_s(p, p) for p in positions] == pytest.approx(positions)


def test_a_file_that_fell_behind_a_little_catches_up_and_a_lot_goes_on_from_now() -> None:
    pacer = FilePacer()
    pacer.due_s(0.0, 0.0)
    assert pacer.due_s(0.04, 0.5) == pytest.approx(0.04)
    assert pacer.due_s(0.08, 30.0) == 30.0
    assert pacer.due_s(0.12, 30.0) == pytest.approx(30.04)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50))
def test_whatever_a_file_claims_time_moves_on_and_never_far(positions: list[float]) -> None:
    pacer = FilePacer()
    now_s = 0.0
    before = None
    for position in positions:
        due = pacer.due_s(position, now_s)
        if before is not None:
            assert 0 < due - before <= 3.0001
        before = now_s = due


def lags(delays: list[float], *, step_s: float = 0.04, since_s: float = 1e5) -> list[float]:
    """The lag of each picture of a camera whose pictures are read so much later than they were taken."""
    meter = LagMeter()
    return [meter.lag_s(n * step_s, since_s + n * step_s + delay) for n, delay in enumerate(delays)]


@given(st.floats(-1e6, 1e6), st.lists(st.floats(0, 0.3), min_size=1, max_size=100))
def test_a_reader_that_keeps_up_lags_by_no_more_than_the_network_jitters(
    since_s: float, jitter: list[float]
) -> None:
    got = lags(jitter, since_s=since_s)
    assert got[0] == 0.0
    assert all(0 <= lag <= 0.3 + 1e-6 for lag in got)


def test_a_lag_is_measured_and_so_is_its_end() -> None:
    got = lags([0.1] * 50 + [2.1] * 50 + [0.1] * 50)
    assert got == pytest.approx([0.0] * 50 + [2.0] * 50 + [0.0] * 50)


def test_a_lag_that_creeps_up_is_noticed() -> None:
    creeping = [n * 0.04 * 0.02 for n in range(25 * 120)]
    assert max(lags(creeping)) > 1.0


@pytest.mark.parametrize("drift", [-100e-6, 100e-6])
def test_clocks_that_drift_apart_are_no_lag(drift: float) -> None:
    assert max(lags([n * drift for n in range(4 * 3600)], step_s=1.0)) < 0.1


def test_a_camera_whose_clock_is_set_back_or_on_is_not_taken_for_a_slow_reader() -> None:
    meter = LagMeter()
    assert meter.lag_s(100.0, 5.0) == 0.0
    assert meter.lag_s(10.0, 5.04) == 0.0
    assert meter.lag_s(10.04, 5.58) == pytest.approx(0.5)
    assert meter.lag_s(900.0, 6.0) == 0.0


def test_pictures_that_change_places_do_not_start_the_measure_anew() -> None:
    meter = LagMeter()
    meter.lag_s(10.0, 0.0)
    assert meter.lag_s(9.92, 2.0) == pytest.approx(2.08)


def overloaded(decoding_s: float, *, seconds: float, key_every: int = 25) -> tuple[list[float], int]:
    """How late each decoded picture of a camera at 25 a second is, and how many; receiving one takes 1 ms."""
    keep_up, now_s, late, skipping = KeepUp(), 0.0, [], False
    for n in range(int(seconds * 25)):
        key = n % key_every == 0
        now_s = max(now_s, n / 25) + 0.001
        skipping = keep_up.leaves_out(n / 25, now_s, key=key) or (skipping and not key)
        if not skipping:
            now_s += decoding_s
            late.append(now_s - n / 25)
    return late, len(late)


@pytest.mark.parametrize("decoding_s", [0.041, 0.05, 0.1, 0.4])
def test_a_machine_that_is_too_slow_is_never_far_behind_and_does_what_it_can(decoding_s: float) -> None:
    late, decoded = overloaded(decoding_s, seconds=120)
    assert max(late) < 3.0 + 2 * decoding_s + 0.1
    assert decoded > 0.6 * 120 / decoding_s * min(1.0, 25 * decoding_s)


def test_a_machine_that_keeps_up_leaves_nothing_out() -> None:
    assert overloaded(0.03, seconds=60)[1] == 60 * 25


@pytest.mark.parametrize("speed", [0.0, 0.5, -1.0])
def test_a_source_whose_clock_is_wrong_is_heeded_no_more(speed: float) -> None:
    keep_up = KeepUp()
    left_out = [keep_up.leaves_out(n / 25 * speed, n / 25, key=n % 50 == 0) for n in range(25 * 60)]
    assert sum(left_out) <= 100
    assert not any(left_out[25 * 10 :])


def test_a_network_that_stood_still_is_made_up_for() -> None:
    keep_up = KeepUp()
    arrivals = [max(n / 25, 5.0 if 50 <= n < 125 else 0.0) + n * 1e-5 for n in range(500)]
    left_out = [keep_up.leaves_out(n / 25, at, key=n % 25 == 0) for n, at in enumerate(arrivals)]
    assert not any(left_out[125:])
    keep_up.leaves_out(20.0, 25.0, key=False)
    assert keep_up.leaves_out(20.04, 27.1, key=False), "its clock is still believed"


def test_a_reader_that_was_held_up_and_catches_up_leaves_nothing_out() -> None:
    keep_up, now_s = KeepUp(), 0.0
    for n in range(500):
        now_s = max(now_s, n / 25) + (3.0 if n == 100 else 0.01)
        assert not keep_up.leaves_out(n / 25, now_s, key=n % 250 == 0)


def test_patience_doubles_up_to_a_bound_and_is_renewed() -> None:
    backoff = Backoff(lambda: 1.0)
    assert [backoff.next_s() for _ in range(7)] == [0.5, 1, 2, 4, 8, 10, 10]
    backoff.reset()
    assert backoff.next_s() == 0.5


@given(st.floats(0, 1), st.integers(0, 5000))
def test_patience_stays_in_its_bounds_for_ever(chance: float, failures: int) -> None:
    backoff = Backoff(lambda: chance, _failures=failures)
    assert 0.375 <= backoff.next_s() <= 10.0


def test_a_meter_tells_the_rate_of_late() -> None:
    meter = RateMeter()
    assert meter.per_second(0.0) == 0.0
    for n in range(250):
        meter.mark(n / 25)
    assert meter.per_second(10.0) == pytest.approx(25, abs=0.5)
    assert meter.per_second(11.5) == pytest.approx(12.5, abs=0.5)
    assert meter.per_second(20.0) == 0.0


def test_a_meter_starts_without_a_leap() -> None:
    meter = RateMeter()
    meter.mark(5.0)
    assert meter.per_second(5.0) == 1.0


def test_a_meter_stays_small() -> None:
    meter = RateMeter()
    for n in range(100_000):
        meter.mark(n * 1e-6)
    assert len(meter._times) <= 1024
