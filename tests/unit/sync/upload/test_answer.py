import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.upload.answer import NotDelivered, Reply, check_status, read_answer

SENT = ("a", "b", "c")


def reply(document: object, status: int = 200, **headers: str) -> Reply:
    return Reply(status, headers, json.dumps(document).encode())


def test_each_record_once() -> None:
    document = {"acknowledged": ["c", "a"], "refused": [{"id": "b", "reason": "no"}], "more": 1}
    verdict = read_answer(reply(document, date="Sun, 01 Mar 2026 12:00:00 GMT"), SENT)
    assert verdict.acknowledged == {"a", "c"}
    assert verdict.refused == {"b": "no"}
    assert verdict.service_time == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        {"acknowledged": ["a", "b"], "refused": []},
        {"acknowledged": ["a", "b", "c", "d"], "refused": []},
        {"acknowledged": ["a", "b", "c", "c"], "refused": []},
        {"acknowledged": ["a", "b", "c"], "refused": [{"id": "c", "reason": "no"}]},
        {"acknowledged": ["a", "b"], "refused": [{"id": "c"}]},
        {"acknowledged": ["a", "b", ["c"]], "refused": []},
        {"acknowledged": "abc"},
        {"acknowledged": None, "refused": None},
        [],
        "abc",
        None,
        3,
    ],
)
def test_an_answer_that_does_not_account_for_every_record_is_none(document: Any) -> None:
    with pytest.raises(NotDelivered) as caught:
        read_answer(reply(document), SENT)
    assert caught.value.problem == "failing"


@given(st.binary(max_size=40) | st.from_regex(rb'\{"acknowledged": .{0,20}\}', fullmatch=True))
def test_whatever_bytes_come_nothing_else_is_raised(body: bytes) -> None:
    with pytest.raises(NotDelivered):
        read_answer(Reply(200, {}, body), SENT)


def test_a_reason_is_one_line_of_plain_text() -> None:
    refused = [{"id": each, "reason": "no\n\x1b[31m  2026-01-01 ERROR\u2028 fake"} for each in SENT]
    verdict = read_answer(reply({"acknowledged": [], "refused": refused}), SENT)
    assert set(verdict.refused.values()) == {"no [31m 2026-01-01 ERROR fake"}


def test_nesting_without_end_is_no_answer() -> None:
    with pytest.raises(NotDelivered):
        read_answer(Reply(200, {}, b"[" * 500_000), SENT)


@given(st.integers(100, 599))
def test_every_other_status_has_its_problem(status: int) -> None:
    if status == 200:
        check_status(Reply(status, {}, b""))
        return
    with pytest.raises(NotDelivered) as caught:
        check_status(reply({"detail": "so\n it  is"}, status))
    assert f"{status}: so it is" in str(caught.value)
    problem = caught.value.problem
    assert (problem == "too_large") == (status == 413)
    assert (problem == "credentials") == (status in {401, 403})
    assert (problem == "busy") == (status in {429, 503})
    assert (problem == "failing") == (status == 408 or (status >= 500 and status != 503))


def test_when_to_come_back() -> None:
    with pytest.raises(NotDelivered) as caught:
        check_status(reply({}, 429, **{"retry-after": "17"}))
    assert caught.value.retry_after_s == 17
    with pytest.raises(NotDelivered) as caught:
        check_status(reply({}, 503))
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"detail": 4}', b"[" * 500_000, b"\xff"])
def test_an_error_without_a_problem_document_is_told_by_its_status(body: bytes) -> None:
    with pytest.raises(NotDelivered, match=r"\(500\)"):
        check_status(Reply(500, {}, body))


def test_a_talkative_error_is_cut() -> None:
    with pytest.raises(NotDelivered) as caught:
        check_status(reply({"detail": "x" * 9999}, 500))
    assert len(str(caught.value)) < 300
