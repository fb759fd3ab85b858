"""The token bucket against its definition."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.rate_limit import TokenBucket


def test_a_burst_passes_then_the_rate_holds() -> None:
    bucket = TokenBucket(per_s=2.0, burst=5.0)
    assert [bucket.take(10.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert [bucket.take(10.5), bucket.take(10.5), bucket.take(11.0)] == [True, False, True]


def test_rest_fills_it_to_the_brim_and_no_further() -> None:
    bucket = TokenBucket(per_s=100.0, burst=3.0)
    bucket.take(0.0)
    assert [bucket.take(1e6) for _ in range(4)] == [True, True, True, False]


@given(st.floats(0.5, 50.0), st.floats(1.0, 50.0), st.lists(st.floats(0.0, 2.0), max_size=80))
def test_no_window_ever_holds_more_than_burst_and_rate(
    per_s: float, burst: float, pauses_s: list[float]
) -> None:
    bucket, now_s, taken_s = TokenBucket(per_s, burst), 0.0, []
    for pause_s in pauses_s:
        now_s += pause_s
        if bucket.take(now_s):
            taken_s.append(now_s)
    for first, begun_s in enumerate(taken_s):
        for last, ended_s in enumerate(taken_s[first:], first):
            assert last - first + 1 <= burst + (ended_s - begun_s) * per_s + 1e-6


@given(st.floats(1.0, 50.0), st.integers(1, 200))
def test_who_keeps_to_the_rate_loses_nothing(per_s: float, messages: int) -> None:
    bucket = TokenBucket(per_s, burst=1.0)
    assert all(bucket.take(n * (1.0 / per_s) * 1.0001) for n in range(messages))


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    bucket = TokenBucket(per_s=1.0, burst=3.0)
    assert [bucket.take(at_s) for at_s in (100.0, 50.0, 99.0, 100.0, 101.0)] == [
        True,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(("per_s", "burst"), [(0.0, 5.0), (-1.0, 5.0), (1.0, 0.5)])
def test_a_bucket_that_never_gives_is_refused(per_s: float, burst: float) -> None:
    with pytest.raises(ValueError, match="positive rate"):
        TokenBucket(per_s, burst)
