from hypothesis import given
from hypothesis import strategies as st

from sync.cloud.throttle import FailureThrottle


def test_whoever_is_wrong_ten_times_waits_until_the_first_is_a_minute_old() -> None:
    throttle = FailureThrottle()
    for second in range(10):
        assert throttle.wait_s("a", float(second)) == 0
        throttle.failed("a", float(second))
    assert throttle.wait_s("a", 10.0) == 50.0
    assert throttle.wait_s("b", 10.0) == 0
    assert throttle.wait_s("a", 60.0) == 0


def test_what_was_right_does_not_count() -> None:
    throttle = FailureThrottle(limit=1)
    for second in range(5):
        throttle.failed("a", float(second))
        throttle.succeeded("a")
    assert throttle.wait_s("a", 5.0) == 0
    assert len(throttle) == 0
    throttle.succeeded("nobody")


def test_it_remembers_only_so_many() -> None:
    throttle = FailureThrottle(limit=1, max_keys=2)
    for key in "abc":
        throttle.failed(key, 0.0)
    assert [throttle.wait_s(key, 0.0) for key in "abc"] == [0, 60, 60]


@given(st.lists(st.floats(0, 10), max_size=60), st.integers(1, 5))
def test_no_window_ever_has_more_tries_than_the_limit(pauses_s: list[float], limit: int) -> None:
    throttle, now_s, tried = FailureThrottle(limit=limit), 0.0, []
    for pause_s in pauses_s:
        now_s += pause_s
        if throttle.wait_s("a", now_s) == 0:
            throttle.failed("a", now_s)
            tried.append(now_s)
    for at_s in tried:
        assert sum(at_s <= other < at_s + 60 for other in tried) <= limit
