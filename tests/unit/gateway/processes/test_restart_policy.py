"""The restart policy, by properties and by the clock."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.processes.restart_policy import RestartLimits, RestartPolicy


def middle(low: float, high: float) -> float:
    return (low + high) / 2


def crash_loop(policy: RestartPolicy, *, exits: int, ran_s: float) -> list[tuple[float, bool]]:
    """Play a child that always runs for `ran_s`; returns (delay, degraded) after each exit."""
    now_s, verdicts = 100.0, []
    for _ in range(exits):
        now_s += ran_s
        verdict = policy.exited(now_s=now_s, ran_s=ran_s)
        verdicts.append((verdict.delay_s, verdict.degraded))
        now_s += verdict.delay_s
    return verdicts


def test_delays_double_until_the_cap_then_every_half_minute() -> None:
    verdicts = crash_loop(RestartPolicy(uniform=middle), exits=8, ran_s=0.1)
    assert verdicts[:5] == [(0.5, False), (1.0, False), (2.0, False), (4.0, False), (8.0, False)]
    assert verdicts[5:] == [(30.0, True)] * 3


def test_it_never_gives_up() -> None:
    assert crash_loop(RestartPolicy(), exits=500, ran_s=0.1)[-1] == (30.0, True)


def test_a_child_that_ends_every_twenty_seconds_backs_off_to_the_longest_delay() -> None:
    verdicts = crash_loop(RestartPolicy(uniform=middle), exits=12, ran_s=20.0)
    assert [degraded for _, degraded in verdicts] == [False] * 12
    assert verdicts[-1][0] == 30.0


def test_a_whole_window_of_running_forgives() -> None:
    policy = RestartPolicy(uniform=middle)
    crash_loop(policy, exits=7, ran_s=0.1)
    verdict = policy.exited(now_s=1000.0, ran_s=60.0)
    assert (verdict.delay_s, verdict.degraded, verdict.recent) == (0.5, False, 1)


def test_the_slow_pace_alone_does_not_forgive() -> None:
    # At one exit every 30 s only two fall into the window; the child is as broken as before.
    verdicts = crash_loop(RestartPolicy(), exits=20, ran_s=1.0)
    assert all(degraded for _, degraded in verdicts[5:])


@given(
    runs_s=st.lists(st.floats(0, 200), min_size=1, max_size=60),
    share=st.floats(0, 1),
    cap=st.integers(1, 8),
)
def test_every_delay_is_within_the_limits_and_the_cap_holds(
    runs_s: list[float], share: float, cap: int
) -> None:
    limits = RestartLimits(cap=cap)
    policy = RestartPolicy(limits=limits, uniform=lambda low, high: low + share * (high - low))
    now_s = 0.0
    fast_starts: list[float] = []
    for ran_s in runs_s:
        now_s += ran_s
        verdict = policy.exited(now_s=now_s, ran_s=ran_s)
        assert limits.first_s <= verdict.delay_s <= limits.longest_s
        assert 1 <= verdict.recent <= cap + 1
        if verdict.degraded:
            assert verdict.delay_s == limits.slow_s
        else:
            fast_starts.append(now_s)
            assert sum(1 for at_s in fast_starts if now_s - at_s < limits.window_s) <= cap
        now_s += verdict.delay_s


@given(st.integers(1, 10_000))
def test_delay_never_overflows(exits: int) -> None:
    policy = RestartPolicy(limits=RestartLimits(cap=20_000))
    policy._in_a_row = exits
    assert policy.exited(now_s=1.0, ran_s=0.0).delay_s <= 30.0
