"""The throttle against the plain definition of it: so many failures a minute, each client for itself."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.api.throttle import WINDOW_S, FailureThrottle

STEPS = st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30), st.booleans()), max_size=60)


@given(STEPS, st.integers(1, 4))
def test_it_waits_exactly_as_long_as_the_window_is_full(
    steps: list[tuple[str, float, bool]], limit: int
) -> None:
    throttle = FailureThrottle(limit=limit)
    failures: dict[str, list[float]] = {"a": [], "b": []}
    now_s = 100.0
    for client, gap_s, fails in steps:
        now_s += gap_s
        recent = failures[client][-limit:]
        expected_s = max(0.0, recent[0] + WINDOW_S - now_s) if len(recent) == limit else 0.0
        assert throttle.wait_s(client, now_s) == expected_s
        if fails and not expected_s:
            throttle.failed(client, now_s)
            failures[client].append(now_s)
        assert sum(now_s - at_s < WINDOW_S for at_s in failures[client]) <= limit


def test_waiting_is_free_and_looking_is_no_failure() -> None:
    throttle = FailureThrottle(limit=1)
    assert [throttle.wait_s("a", 0.0) for _ in range(100)] == [0.0] * 100
    assert len(throttle) == 0


def test_who_failed_longest_ago_is_forgotten_first() -> None:
    throttle = FailureThrottle(limit=1, max_clients=3)
    for client in ("a", "b", "a", "c", "d"):
        throttle.failed(client, 0.0)
    assert len(throttle) == 3
    assert [throttle.wait_s(client, 1.0) > 0 for client in "abcd"] == [True, False, True, True]
