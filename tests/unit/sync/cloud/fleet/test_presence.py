"""Whether a box is there, by when it was last heard of."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sync.cloud.fleet.presence import LATE, ONLINE, PRESENCES, presence

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = ("online", "late", "offline")
SILENCES = st.timedeltas(timedelta(), timedelta(days=400))


@settings(max_examples=60)
@given(SILENCES, SILENCES)
def test_who_is_silent_for_longer_is_never_more_there(one: timedelta, other: timedelta) -> None:
    states = [presence(last_seen_at=NOW - each, revoked_at=None, now=NOW) for each in sorted((one, other))]
    assert ORDER.index(states[0]) <= ORDER.index(states[1])


def test_the_last_moment_still_counts() -> None:
    tick = timedelta(microseconds=1)
    told = [
        presence(last_seen_at=NOW - silent, revoked_at=None, now=NOW)
        for silent in (-tick, ONLINE, ONLINE + tick, LATE, LATE + tick)
    ]
    assert told == ["online", "online", "late", "late", "offline"], "also of a clock that is ahead"


@given(SILENCES, st.none() | SILENCES)
@settings(max_examples=20)
def test_who_was_sent_away_is_so_whatever_was_heard(since: timedelta, silent: timedelta | None) -> None:
    seen = None if silent is None else NOW - silent
    assert presence(last_seen_at=seen, revoked_at=NOW - since, now=NOW) == "revoked"
    assert presence(last_seen_at=seen, revoked_at=None, now=NOW) in PRESENCES
    assert presence(last_seen_at=None, revoked_at=None, now=NOW) == "never"
