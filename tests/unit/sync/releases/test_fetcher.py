from hypothesis import given
from hypothesis import strategies as st

from sync.releases.fetcher import Limits

SECONDS = st.floats(min_value=0, max_value=1e6)


@given(received=st.integers(min_value=0, max_value=2**30), elapsed_s=SECONDS)
def test_what_is_fast_enough_once_was_fast_enough_before_and_with_more(
    received: int, elapsed_s: float
) -> None:
    limits = Limits()
    if not limits.too_slow(received, elapsed_s):
        assert not limits.too_slow(received, elapsed_s / 2)
        assert not limits.too_slow(received + 1, elapsed_s)


@given(size=st.integers(min_value=1, max_value=2**30))
def test_every_file_comes_to_an_end(size: int) -> None:
    """However it trickles, it is given up after a time that its length bounds."""
    limits = Limits()
    longest_s = limits.grace_s + size / limits.slowest_bytes_s
    assert limits.too_slow(size - 1, longest_s + 1)
    assert not limits.too_slow(size, longest_s - 1)


def test_the_first_seconds_may_be_slow() -> None:
    assert not Limits().too_slow(0, Limits().grace_s)
