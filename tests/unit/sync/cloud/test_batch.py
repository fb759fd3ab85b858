import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.cloud.batch import MAX_RECORDS, BatchRefused, BatchTooLong, read_batch
from sync.record import MAX_RECORD_BYTES, Record

from .cloud_parts import NOON, SESSION, Records

RECORDS = Records()


def lines(*texts: str) -> bytes:
    return "\n".join(texts).encode()


def changed(record: Record, **changes: object) -> str:
    return json.dumps({**json.loads(record.to_json()), **changes})


def test_a_record_is_kept_as_it_was_sent() -> None:
    sent = RECORDS.session("anna")
    batch = read_batch(sent.to_json().encode())
    (kept,) = batch.records
    assert (kept.id, kept.kind, kept.created_at, kept.schema) == (sent.id, "session", NOON, 1)
    assert (kept.member, kept.clock) == (RECORDS.pseudonym("anna"), None)
    assert kept.body == json.dumps(SESSION, sort_keys=True, separators=(",", ":"))
    assert (batch.refused, batch.stripped) == ((), 0)


def test_that_the_clock_was_wrong_is_kept() -> None:
    (kept,) = read_batch(changed(RECORDS.session(), clock="restamped").encode()).records
    assert kept.clock == "restamped"


def test_nothing_is_an_empty_batch() -> None:
    assert read_batch(b"").records == ()


def test_a_last_line_may_end_but_none_may_be_empty() -> None:
    text = RECORDS.session().to_json().encode()
    assert len(read_batch(text + b"\n").records) == 1
    with pytest.raises(BatchRefused, match="line 2 is not JSON"):
        read_batch(text + b"\n\n" + text)


def test_there_is_a_most() -> None:
    line = b'{"id":"x"}'
    assert len(read_batch(b"\n".join([line] * MAX_RECORDS)).refused) == 1
    with pytest.raises(BatchTooLong, match="1001 records"):
        read_batch(b"\n".join([line] * (MAX_RECORDS + 1)))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"schema": 2}, "schema 2"),
        ({"kind": "picture"}, "picture"),
        ({"member": "Anna Kurnikova"}, "not a pseudonym"),
        ({"kind": "health"}, "must not be about a member"),
        ({"kind": "erase", "member": None}, "whom to erase"),
        ({"created_at": "yesterday"}, "ISO 8601"),
        ({"created_at": "2026-01-02T12:00:00"}, "timezone"),
        ({"created_at": "0001-01-01T00:00:00+14:00"}, ""),
        ({"body": []}, "body is not an object"),
        ({"body": {}}, "started_at"),
        ({"body": {**SESSION, "note": "\ud800"}}, "not JSON"),
        ({"body": {**SESSION, "note": "x" * MAX_RECORD_BYTES}}, "longer than"),
        ({"id": "x"}, "UUIDv7"),
        ({"more": 1}, "exactly the keys"),
    ],
)
def test_a_record_that_is_none_is_refused_with_its_id(changes: dict[str, Any], reason: str) -> None:
    good, bad = RECORDS.session(), RECORDS.session()
    batch = read_batch(lines(good.to_json(), changed(bad, **changes)))
    assert [each.id for each in batch.records] == [good.id]
    (refusal,) = batch.refused
    assert refusal.id == changes.get("id", bad.id)
    assert reason in refusal.reason
    assert "Kurnikova" not in refusal.reason


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", "null", '{"id":7}', '{"id":""}', '{"id":"a b"}', '{"id":"%s"}' % ("x" * 65), "{}"],
)
def test_a_line_without_an_id_refuses_the_batch(line: str) -> None:
    with pytest.raises(BatchRefused, match="line 1"):
        read_batch(lines(line, RECORDS.session().to_json()))


def test_numbers_that_are_none_are_refused() -> None:
    text = changed(RECORDS.session(), body={**SESSION, "extra": 1.5})
    for number in ("NaN", "Infinity", "1e999"):
        batch = read_batch(text.replace("1.5", number).encode())
        assert (len(batch.records), len(batch.refused)) == (0, 1)


def test_of_two_with_one_id_the_first_counts() -> None:
    first = RECORDS.session()
    second, bad = changed(first, body={**SESSION, "rpe": 7}), changed(first, schema=9)
    batch = read_batch(lines(first.to_json(), second, bad))
    assert [(each.id, "rpe" in each.body) for each in batch.records] == [(first.id, False)]
    assert batch.refused == ()
    batch = read_batch(lines(bad, first.to_json()))
    assert (batch.records, [each.id for each in batch.refused]) == ((), [first.id])


def test_what_tells_of_sleep_or_stress_is_left_out_and_the_rest_is_kept() -> None:
    told = RECORDS.session(
        sleep_hours=7.25,
        note="fine",
        more={"HRV": 41, "list": [{"feature": "stress_index", "value": 0.9}, 3]},
    )
    hidden = told.to_json().replace("sleep_hours", "sl\\u0065ep_hours")
    batch = read_batch(lines(hidden, RECORDS.session().to_json()))
    body = json.loads(batch.records[0].body)
    assert batch.stripped == 1
    assert body["note"] == "fine"
    assert body["more"] == {"list": [3]}
    assert not {"7.25", "41", "0.9"} & set(json.dumps(body).replace(",", " ").split())


json_texts = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
).map(json.dumps)


@settings(max_examples=60)
@given(st.lists(json_texts.map(str.encode) | st.binary(max_size=30), max_size=4))
@example([b"[" * 100_000])
@example([b'{"id":' + b"9" * 5000 + b"}"])
def test_whatever_comes_is_refused_or_read(texts: list[bytes]) -> None:
    good = RECORDS.session()
    try:
        batch = read_batch(b"\n".join([good.to_json().encode(), *texts]))
    except BatchRefused:
        return
    assert good.id in {each.id for each in batch.records}


@given(
    st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=12),
)
def test_every_id_is_in_exactly_one_list(wanted: list[tuple[int, bool]]) -> None:
    records = [RECORDS.session() for _ in range(5)]
    texts = [
        records[which].to_json() if good else changed(records[which], schema=2) for which, good in wanted
    ]
    batch = read_batch(lines(*texts))
    taken, refused = [each.id for each in batch.records], [each.id for each in batch.refused]
    assert sorted(taken + refused) == sorted({records[which].id for which, _ in wanted})
