"""When an accelerator is given up and tried again, on a clock of the test's own."""

import pytest

from vision.runtimes.failover_policy import FailoverLimits, FailoverPolicy


def test_the_deadline_follows_the_usual_time_between_its_bounds() -> None:
    policy = FailoverPolicy()
    assert policy.deadline_s == 0.5
    policy.answered(0.01)
    assert policy.deadline_s == 0.5
    for _ in range(100):
        policy.answered(0.08)
    assert policy.deadline_s == pytest.approx(0.8, rel=0.01)
    for _ in range(100):
        policy.answered(0.4)
    assert policy.deadline_s == 1.5
    policy.promoted(1.0)
    assert policy.deadline_s == 0.5


def test_a_takeover_fits_into_two_seconds() -> None:
    assert FailoverLimits().most_s < 2.0


def test_the_first_attempt_is_at_once_and_retries_come_later_and_later_for_ever() -> None:
    policy = FailoverPolicy(FailoverLimits(first_retry_s=10, longest_retry_s=60))
    now_s, waits = 100.0, []
    assert policy.may_start(now_s)
    for _ in range(6):
        policy.failed(now_s)
        failed_s = now_s
        while not policy.may_start(now_s):
            now_s += 1
        waits.append(now_s - failed_s)
    assert waits == [10, 20, 40, 60, 60, 60]
    for _ in range(5000):
        policy.failed(now_s)
    assert policy.may_start(now_s + 60)


@pytest.mark.parametrize(("worked_s", "wait_s"), [(59.0, 20.0), (60.0, 10.0)])
def test_the_past_is_forgotten_once_it_worked_for_a_while(worked_s: float, wait_s: float) -> None:
    policy = FailoverPolicy()
    policy.failed(0.0)
    policy.promoted(10.0)
    policy.failed(10.0 + worked_s)
    assert not policy.may_start(10.0 + worked_s + wait_s - 0.1)
    assert policy.may_start(10.0 + worked_s + wait_s)


def test_an_attempt_that_never_worked_does_not_settle_anything() -> None:
    policy = FailoverPolicy()
    policy.promoted(0.0)
    policy.failed(100.0)
    policy.failed(200.0)
    assert not policy.may_start(219.0)
    assert policy.may_start(220.0)
