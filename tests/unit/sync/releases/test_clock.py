from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.releases.clock import clock_trouble

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BUILT = datetime(2026, 11, 21, tzinfo=UTC)
MOMENTS = st.integers(min_value=0, max_value=50_000).map(lambda days: EPOCH + timedelta(days=days))


@given(now=MOMENTS, signed_at=MOMENTS)
def test_a_clock_is_wrong_only_when_something_proves_it(now: datetime, signed_at: datetime) -> None:
    trouble = clock_trouble(now, built_at=BUILT, current_until=signed_at + timedelta(days=1))
    if now >= max(BUILT, signed_at):
        assert trouble is None
    if now < max(BUILT, signed_at - timedelta(days=29)):
        assert trouble is not None
        assert f"{now:%Y-%m-%d}" in trouble


@given(now=MOMENTS)
def test_a_new_box_has_seen_nothing(now: datetime) -> None:
    trouble = clock_trouble(now, built_at=BUILT, current_until=None)
    assert (trouble is None) == (now >= BUILT)
