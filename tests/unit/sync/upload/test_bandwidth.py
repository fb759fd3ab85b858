import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.upload.bandwidth import TokenBucket


@given(
    rate=st.floats(1, 1e6),
    sizes=st.lists(st.integers(0, 100_000), min_size=1, max_size=50),
    pauses_s=st.lists(st.floats(0, 10), min_size=50, max_size=50),
)
def test_never_more_than_the_rate_and_one_burst(rate: float, sizes: list[int], pauses_s: list[float]) -> None:
    bucket = TokenBucket(rate, now_s=5.0)
    now_s, sent = 5.0, 0
    for size, pause_s in zip(sizes, pauses_s, strict=False):
        now_s += bucket.take(size, now_s)
        sent += size
        assert sent <= rate * (now_s - 5.0 + 1.0) * (1 + 1e-9) + 1e-3
        now_s += pause_s


def test_a_steady_flow_takes_as_long_as_the_rate_says() -> None:
    bucket = TokenBucket(1000.0, now_s=0.0)
    now_s = 0.0
    for _ in range(100):
        now_s += bucket.take(500, now_s)
    assert now_s == pytest.approx(49.0)  # 50 kB, less the burst of one second


def test_an_idle_line_saves_up_one_second_only() -> None:
    bucket = TokenBucket(1000.0, now_s=0.0)
    assert bucket.take(1000, 0.0) == 0
    assert bucket.take(1000, 3600.0) == 0
    assert bucket.take(1000, 3600.0) == pytest.approx(1.0)


def test_a_clock_that_stands_gives_nothing() -> None:
    bucket = TokenBucket(100.0, now_s=10.0)
    bucket.take(100, 10.0)
    assert bucket.take(50, 9.0) == pytest.approx(0.5)


def test_without_a_rate_everything_passes() -> None:
    bucket = TokenBucket(None, now_s=0.0)
    assert bucket.take(10**12, 0.0) == 0
    assert bucket.rate_bytes_s is None


@pytest.mark.parametrize("rate", [0, -1.0])
def test_a_rate_must_be_one(rate: float) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        TokenBucket(rate, now_s=0.0)
