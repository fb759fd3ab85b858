from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from gateway.demo import TRAINEES, Trainee
from gateway.demo_past import WEEKS, past_of

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize("trainee", TRAINEES, ids=lambda each: each.member_id)
def test_the_same_seed_gives_the_same_past_and_another_one_another(trainee: Trainee) -> None:
    first, again, other = (list(past_of(trainee, seed, NOW)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize("trainee", TRAINEES, ids=lambda each: each.member_id)
def test_sessions_are_over_before_the_demo_begins_and_do_not_overlap(trainee: Trainee) -> None:
    past = list(past_of(trainee, 1, NOW))
    assert len(past) == len({each.id for each in past})
    assert past[0].started_at > NOW - timedelta(weeks=WEEKS + 1)
    ends = [each.ended_at for each in past]
    assert all(end is not None and end < NOW - timedelta(hours=12) for end in ends)
    for before, after in pairwise(past):
        assert before.ended_at is not None
        assert before.ended_at < after.started_at


@pytest.mark.parametrize("trainee", TRAINEES, ids=lambda each: each.member_id)
def test_sets_are_within_their_session(trainee: Trainee) -> None:
    for report in past_of(trainee, 1, NOW):
        assert report.ended_at is not None
        assert (report.sets == []) is (report.treadmill is not None)
        assert all(report.started_at < each.ended_at <= report.ended_at for each in report.sets)
