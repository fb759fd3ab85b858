"""What the supervisor logs about a child that cannot be helped; the rest is in tests/faults."""

import logging
import time

import pytest

from gateway.processes.supervisor import Child, ChildChange, StartRefused, Supervisor


def refuse() -> None:
    raise StartRefused("no model")


def _turns(supervisor: Supervisor, count: int) -> None:
    """Try the child again and again, without waiting for its pauses."""
    for _ in range(count):
        for each in supervisor._watched:
            each.due_s = 0.0
            supervisor._start(each)


def test_a_child_that_is_refused_for_ever_is_not_news_for_ever(caplog: pytest.LogCaptureFixture) -> None:
    changes: list[ChildChange] = []
    supervisor = Supervisor()
    supervisor.add(Child(name="vision", start=refuse, on_change=changes.append))  # type: ignore[arg-type]  # it never returns
    supervisor._obey()
    with caplog.at_level(logging.WARNING):
        _turns(supervisor, 100)
    assert len(changes) == 100, "whoever shows the state hears of every attempt"
    assert all(change.refused and "no model" in change.reason for change in changes)
    assert len(caplog.records) <= 6
    assert not any(record.exc_info for record in caplog.records), "a refusal is no mistake of the code"


def test_another_reason_is_news_again(caplog: pytest.LogCaptureFixture) -> None:
    reasons = ["no model"] * 20 + ["disk full"] * 20

    def start() -> None:
        raise StartRefused(reasons.pop(0))

    supervisor = Supervisor()
    supervisor.add(Child(name="vision", start=start))  # type: ignore[arg-type]  # it never returns
    supervisor._obey()
    with caplog.at_level(logging.WARNING):
        _turns(supervisor, 40)
    assert [record.getMessage() for record in caplog.records if "disk full" in record.getMessage()] != []
    assert len(caplog.records) <= 8


def test_it_can_be_stopped_before_it_was_started_and_only_started_once() -> None:
    assert Supervisor().stop()
    supervisor = Supervisor()
    supervisor.start()
    with pytest.raises(RuntimeError, match="already"):
        supervisor.start()
    began_s = time.monotonic()
    assert supervisor.stop()
    assert supervisor.stop()
    assert time.monotonic() - began_s < 10.0
