"""The JSON form of a notification."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.dialects.envelope import MAX_CLOCK_DIFFERENCE_S, Envelope, measured_at, parse_envelope
from devices.rejection import FrameRejected

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
NOW_MS = int(NOW.timestamp() * 1000)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.binary(max_size=64), st.integers(0, 2**52), st.integers(0, 2**31), st.integers(-127, 20))
def test_parse_of_build_is_the_same(octets: bytes, ts_ms: int, seq: int, rssi: int) -> None:
    text = json.dumps({"ts_ms": ts_ms, "seq": seq, "hex": octets.hex(), "rssi": rssi})
    assert parse_envelope(text.encode()) == Envelope(octets, ts_ms, seq, rssi)


@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("ts_ms", "seq", "hex", "rssi", "more"), json_values))
)
def test_any_object_is_read_or_refused(document: dict[str, object]) -> None:
    try:
        envelope = parse_envelope(json.dumps(document).encode())
    except FrameRejected:
        return
    assert abs((measured_at(envelope.ts_ms, NOW) - NOW).total_seconds()) <= MAX_CLOCK_DIFFERENCE_S


def test_only_hex_is_needed_and_unknown_keys_are_the_bridges_own_business() -> None:
    assert parse_envelope(b'{"hex": "00D2", "firmware": "1.2"}') == Envelope(b"\x00\xd2")


@pytest.mark.parametrize(
    ("payload", "kind", "words"),
    [
        (b"\xff\xfe", "encoding", "not UTF-8 at octet 0"),
        (b'{"hex": "00\xc3("}', "encoding", "not UTF-8 at octet 11"),
        (b"", "json", "not JSON"),
        (b"{", "json", "not JSON"),
        (b"[]", "json", "is list, not an object"),
        (b"null", "json", "is NoneType"),
        (b"{}", "json", "'hex' is NoneType"),
        (b'{"hex": 12}', "json", "'hex' is int"),
        (b'{"hex": "0"}', "json", "not pairs of hex digits"),
        (b'{"hex": "zz"}', "json", "not pairs of hex digits"),
        (b'{"hex": "00", "seq": "7"}', "json", "'seq' is not a number"),
        (b'{"hex": "00", "seq": true}', "json", "'seq' is not a number"),
        (b'{"hex": "00", "ts_ms": NaN}', "json", "'ts_ms' is not a number"),
        (b'{"hex": "00", "ts_ms": 1e999}', "json", "'ts_ms' is not a number"),
        (b'{"hex": "00", "ts_ms": ' + b"9" * 400 + b"}", "json", "'ts_ms' is not a number"),
        (b'{"hex": "00", "ts_ms": ' + b"9" * 5000 + b"}", "json", "not JSON"),
        (b"[" * 100_000, "json", "nested too deeply"),
    ],
)
def test_refused(payload: bytes, kind: str, words: str) -> None:
    with pytest.raises(FrameRejected) as caught:
        parse_envelope(payload)
    assert caught.value.kind == kind
    assert words in caught.value.reason


def test_an_impossible_signal_strength_is_left_out() -> None:
    assert parse_envelope(b'{"hex": "00", "rssi": 127}').rssi_dbm is None


@pytest.mark.parametrize("off_ms", [0, -3000, 3000])
def test_a_credible_stamp_is_believed(off_ms: int) -> None:
    believed = measured_at(NOW_MS + off_ms, NOW)
    assert believed == NOW + timedelta(milliseconds=off_ms)


@pytest.mark.parametrize("ts_ms", [None, 0, 12_345, NOW_MS - 60_000, NOW_MS + 60_000, -(2**52), 2**52])
def test_otherwise_the_time_of_receipt_counts(ts_ms: int | None) -> None:
    assert measured_at(ts_ms, NOW) == NOW
