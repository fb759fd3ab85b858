import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.pseudonym import Pseudonym, Pseudonymiser
from sync.record import (
    KINDS,
    MAX_RECORD_BYTES,
    Record,
    RecordRejected,
    new_record,
    parse_record,
    parse_stamp,
    stamp,
)

ANNA = Pseudonymiser(bytes(32))("anna")
NOON = datetime(2026, 1, 2, 12, 0, 0, 123_000, tzinfo=UTC)
ID = "01939f3c-0d42-7a53-8f5c-2d1f1f1f1f1f"

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4),
    max_leaves=15,
)
bodies = st.dictionaries(text, json_values, max_size=5)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - the strategy adds the zone
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000)
)


def record(**changes: Any) -> Record:
    parts: dict[str, Any] = {
        "id": ID,
        "kind": "session",
        "created_at": NOON,
        "body": {"b": 1, "a": [1.5, None]},
    }
    return Record(**{**parts, **changes})


def test_the_form_on_the_wire() -> None:
    assert record(member=ANNA).to_json() == (
        '{"body":{"a":[1.5,null],"b":1},"created_at":"2026-01-02T12:00:00.123Z",'
        f'"id":"{ID}","kind":"session","member":"{ANNA}","schema":1}}'
    )


@given(body=bodies, created_at=moments)
def test_what_is_written_is_read_back(body: dict[str, Any], created_at: datetime) -> None:
    written = record(body=body, created_at=created_at, member=ANNA)
    assert parse_record(written.to_json()) == written
    assert parse_record(written.to_json().encode()) == written


@given(body=bodies)
def test_the_order_of_keys_does_not_show(body: dict[str, Any]) -> None:
    assert record(body=dict(reversed(body.items()))).to_json() == record(body=body).to_json()


def test_text_stays_readable() -> None:
    assert "Zoë 💪" in record(body={"note": "Zoë 💪"}).to_json()


@pytest.mark.parametrize(
    "body",
    [
        {"x": float("nan")}, {"x": float("inf")}, {"x": {1, 2}}, {"x": b"bytes"}, {"x": NOON},
        {"x": "\ud800"}, {(1, 2): "x"}, {1: "x", "a": "y"},
    ],
)  # fmt: skip
def test_a_body_that_is_not_json(body: dict[str, Any]) -> None:
    with pytest.raises(RecordRejected, match="record body is not JSON"):
        record(body=body).to_json()


def test_a_body_without_a_bottom() -> None:
    body: dict[str, Any] = {}
    body["self"] = body
    with pytest.raises(RecordRejected, match="record body is not JSON"):
        record(body=body).to_json()


def test_the_bound_on_size_is_exact() -> None:
    room = MAX_RECORD_BYTES - len(record(body={"x": ""}).to_json())
    assert len(record(body={"x": "a" * room}).to_json()) == MAX_RECORD_BYTES
    with pytest.raises(
        RecordRejected, match=f"has {MAX_RECORD_BYTES + 1} bytes, more than {MAX_RECORD_BYTES}"
    ):
        record(body={"x": "a" * (room + 1)}).to_json()
    with pytest.raises(RecordRejected, match="more than"):
        record(body={"x": "ä" * (room // 2 + 1)}).to_json()  # bytes count, not characters


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"kind": "workout"}, "record kind 'workout' is none of session, plan, device, health, erase"),
        ({"schema": 2}, "record schema 2 is not 1"),
        ({"id": "x"}, "is not a UUIDv7"),
        ({"id": str(uuid.uuid4())}, "is not a UUIDv7"),
        ({"id": ID.upper()}, "is not a UUIDv7"),
        ({"created_at": NOON.replace(tzinfo=None)}, "has no timezone"),
        ({"kind": "erase"}, "must say whom to erase"),
        ({"kind": "device", "member": ANNA}, "a device record must not be about a member"),
        ({"kind": "health", "member": ANNA}, "a health record must not be about a member"),
    ],
)
def test_parts_that_do_not_fit(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RecordRejected, match=reason):
        record(**changes)


def test_a_members_own_name_does_not_get_out_even_in_the_error() -> None:
    with pytest.raises(RecordRejected, match="not a pseudonym") as caught:
        record(member=Pseudonym("Anna Smith"))
    assert "Anna" not in str(caught.value)


def test_new_records_have_ids_that_sort_by_time() -> None:
    made = [new_record("health", {}) for _ in range(500)]
    assert sorted(made, key=lambda r: r.id) == made
    assert len({r.id for r in made}) == 500
    assert all(uuid.UUID(r.id).version == 7 for r in made)
    assert timedelta(0) <= datetime.now(UTC) - made[-1].created_at < timedelta(seconds=10)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_made(kind: Any) -> None:
    member = None if kind in {"device", "health"} else ANNA
    assert parse_record(new_record(kind, {"n": 1}, member=member, created_at=NOON).to_json()).kind == kind


def test_a_record_of_a_wrong_clock_says_so_and_others_say_nothing() -> None:
    plain = record(member=ANNA)
    assert "clock" not in json.loads(plain.to_json())
    restamped = replace(plain, clock="restamped")
    assert json.loads(restamped.to_json())["clock"] == "restamped"
    assert parse_record(restamped.to_json()) == restamped


def good(**changes: Any) -> str:
    document = json.loads(record(member=ANNA).to_json())
    return json.dumps({**document, **changes})


@pytest.mark.parametrize(
    ("wire", "reason"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        (b"\xff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "is not an object with exactly"),
        ("{}", "is not an object with exactly"),
        (good(extra=1), "is not an object with exactly"),
        (good(body=[]), "body is not an object"),
        (good(body={"x": float("nan")}), "NaN is no JSON number"),
        (good(id=1), "id and member must be text"),
        (good(member=1), "id and member must be text"),
        (good(kind=["session"]), "is none of"),
        (good(schema="1"), "is not 1"),
        (good(created_at=0), "is not an ISO 8601 moment"),
        (good(created_at="2026-01-02T12:00:00"), "is not an ISO 8601 moment with a timezone"),
        (good(created_at="yesterday"), "is not an ISO 8601 moment"),
        (good(created_at="0001-01-01T00:00:00+14:00"), "is not an ISO 8601 moment"),
        (good(created_at="9999-12-31T23:59:59-14:00"), "is not an ISO 8601 moment"),
        (good(clock="wrong"), "clock can only be 'restamped'"),
        (good(clock=["restamped"]), "clock can only be 'restamped'"),
        ("x" * (MAX_RECORD_BYTES + 1), "is longer than"),
    ],
)
def test_what_is_not_a_record(wire: str | bytes, reason: str) -> None:
    with pytest.raises(RecordRejected, match=reason):
        parse_record(wire)


@given(junk=st.binary(max_size=200))
def test_any_bytes_are_refused_with_a_reason(junk: bytes) -> None:
    with pytest.raises(RecordRejected):
        parse_record(junk)


@given(one=moments, other=moments)
def test_stamps_sort_as_time_does(one: datetime, other: datetime) -> None:
    assert (stamp(one) < stamp(other)) is (one < other)
    assert parse_stamp(stamp(one)) == one


def test_stamps_are_utc() -> None:
    assert stamp(NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))) == "2026-01-02T12:00:00.123Z"
