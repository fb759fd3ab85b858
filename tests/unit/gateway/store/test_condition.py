"""What the store tells of itself: every change once, in words."""

import logging
from pathlib import Path

import pytest

from gateway.store.condition import Condition, StoreState
from gateway.store.file import StoreFull


def test_a_listener_hears_the_present_and_every_change_once() -> None:
    heard: list[StoreState] = []
    condition = Condition()
    condition.subscribe(heard.append)
    for error in (None, None, StoreFull("Full."), StoreFull("Full."), None):
        condition.note(error)
    assert [(each.level, each.reason) for each in heard] == [
        ("failed", "The store is not started."),
        ("ok", ""),
        ("failed", "Full."),
        ("ok", ""),
    ]


def test_a_fault_of_the_caller_is_no_trouble_of_the_store() -> None:
    condition = Condition()
    condition.note(ValueError("no such member"))
    assert (condition.state.level, condition.error) == ("ok", None)


def test_a_trouble_is_raised_anew_each_time() -> None:
    condition = Condition()
    condition.note(StoreFull("Full."))
    first, second = condition.error, condition.error
    assert first is not second
    assert isinstance(first, StoreFull)
    assert str(first) == str(second) == "Full."


def test_a_damaged_file_is_told_of_until_the_end(caplog: pytest.LogCaptureFixture) -> None:
    condition = Condition()
    with caplog.at_level(logging.INFO):
        condition.note(None, moved_aside=Path("db.corrupt"))
    condition.note(StoreFull("Full."))
    assert condition.state.moved_aside == Path("db.corrupt")
    condition.note(None)
    assert condition.state.level == "degraded"
    assert "kept as db.corrupt" in condition.state.reason
    assert [each.levelname for each in caplog.records] == ["WARNING", "ERROR", "WARNING"]
