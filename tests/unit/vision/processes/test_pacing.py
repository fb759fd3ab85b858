"""Rates, pace and patience, on a clock that the test holds."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.processes.pacing import Backoff, FilePacer, RateGate, RateMeter


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


def test_a_faster_rate_holds_at_once() -> None:
    gate = RateGate(1)
    assert gate.wants(0.0)
    assert not gate.wants(0.04)
    gate.fps = 25
    assert gate.wants(0.08)
    assert gate.wants(0.12)


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
    due = []
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
