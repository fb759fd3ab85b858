from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.upload.policy import (
    MAX_RETRY_AFTER_S,
    Backoff,
    BackoffSettings,
    Problem,
    http_date,
    retry_after_s,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SETTINGS = BackoffSettings(first_s=1.0, cap_s=300.0, person_s=60.0)
chances = st.floats(0, 1, exclude_max=True)


@given(st.lists(chances, min_size=1, max_size=40))
def test_waits_keep_their_bounds_and_grow_by_three_at_most(numbers: list[float]) -> None:
    draws = iter(numbers)
    backoff = Backoff(SETTINGS, random=lambda: next(draws))
    last_s = SETTINGS.first_s
    for _ in numbers:
        wait_s = backoff.failed("unreachable")
        assert SETTINGS.first_s <= wait_s <= min(SETTINGS.cap_s, max(SETTINGS.first_s, 3 * last_s)) + 1e-9
        last_s = wait_s


def test_waits_reach_the_cap_and_stay() -> None:
    backoff = Backoff(SETTINGS, random=lambda: 0.999)
    waits = [backoff.failed("failing") for _ in range(30)]
    assert waits[:3] == sorted(waits[:3])
    assert waits[-1] == SETTINGS.cap_s


def test_boxes_that_lost_the_cloud_together_come_back_apart() -> None:
    boxes = [Backoff(SETTINGS) for _ in range(300)]
    for _ in range(4):
        waits = [box.failed("unreachable") for box in boxes]
    slots = [sum(slot <= wait < slot + 2 for wait in waits) for slot in range(1, 82, 2)]
    assert max(slots) < 150


@pytest.mark.parametrize("problem", ["untrusted", "credentials", "unwanted"])
def test_where_only_a_person_can_help_it_is_slow_from_the_start(problem: Problem) -> None:
    assert Backoff(SETTINGS, random=lambda: 0.0).failed(problem) == 60.0


def test_success_begins_anew() -> None:
    backoff = Backoff(SETTINGS, random=lambda: 0.9)
    assert not backoff.probing
    first_s = backoff.failed("busy")
    backoff.failed("busy")
    assert (backoff.probing, backoff.failures) == (True, 2)
    backoff.succeeded()
    assert (backoff.probing, backoff.failed("busy")) == (False, first_s)


@given(chances, st.floats(0, MAX_RETRY_AFTER_S))
def test_never_sooner_than_asked_and_a_little_apart(chance: float, asked_s: float) -> None:
    wait_s = Backoff(SETTINGS, random=lambda: chance).failed("busy", retry_after_s=asked_s)
    assert asked_s <= wait_s <= asked_s + 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("99999999999", MAX_RETRY_AFTER_S),
        (format_datetime(NOON + timedelta(seconds=90), usegmt=True), 90),
        ("Sunday, 01-Mar-26 12:00:30 GMT", 30),
        ("Sun Mar  1 12:00:30 2026", 30),
        (format_datetime(NOON - timedelta(hours=1), usegmt=True), 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("Sun, 99 Foo 2026 99:99:99 GMT", None),
    ],
)
def test_both_forms_of_retry_after(value: str | None, expected: float | None) -> None:
    assert retry_after_s(value, NOON) == expected


@given(st.text())
def test_whatever_a_header_holds_is_no_error(text: str) -> None:
    wait_s = retry_after_s(text, NOON)
    assert wait_s is None or 0 <= wait_s <= MAX_RETRY_AFTER_S
    assert http_date(text) is None or http_date(text)
